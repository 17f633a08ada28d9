#!/bin/sh
# Makes the secrets of compose.yaml, random ones, as files beside this script. Those that exist stay as they are.
# Only their owner may enter the folder; the files in it can be read by the users of the containers they are mounted in.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets
cd secrets

word() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
# make NAME: what comes on standard input, unless the file exists.
make() {
  if [ ! -e "$1" ]; then
    cat >"$1.new"
    chmod 444 "$1.new"
    mv "$1.new" "$1"
  fi
}

for name in postgres-password goals-client-secret alignment-client-secret notifications-client-secret gateway-client-secret \
  operator-client-secret keycloak-admin-password person-password grafana-admin-password; do
  word | make "$name"
done
for process in goals alignment notifications; do
  printf 'postgresql://postgres:%s@postgres:5432/%s' "$(cat postgres-password)" "$process" | make "$process-database-url"
done
printf '{"keys": [{"kid": "webhooks-1", "purpose": "webhooks", "key": "%s"}]}' "$(head -c 32 /dev/urandom | base64)" |
  make encryption-keys
