#!/bin/sh
# Makes the Secrets of this overlay with random passwords. Those that exist already stay as they are.
set -eu
cd "$(dirname "$0")"
umask 077
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

word() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
keys() { printf '{"keys": [{"kid": "webhooks-1", "purpose": "webhooks", "key": "%s"}]}' "$(head -c 32 /dev/urandom | base64)"; }
exists() { kubectl -n goldenthread get secret "$1" >/dev/null 2>&1; }
# make NAME KEY=VALUE ...: values travel in files, so that no process list shows them.
make() {
  name=$1; shift
  exists "$name" && return
  from=""
  for pair in "$@"; do
    printf %s "${pair#*=}" >"$folder/${pair%%=*}"
    from="$from --from-file=$folder/${pair%%=*}"
  done
  # shellcheck disable=SC2086
  kubectl -n goldenthread create secret generic "$name" $from
}

kubectl apply -f namespace.yaml
make goldenthread-postgres "password=$(word)"
password=$(kubectl -n goldenthread get secret goldenthread-postgres -o 'go-template={{.data.password | base64decode}}')
for process in goals alignment notifications; do
  make "goldenthread-$process" "client-secret=$(word)" \
    "database-url=postgresql://postgres:$password@goldenthread-postgres:5432/$process"
done
make goldenthread-keys "encryption-keys=$(keys)"
make goldenthread-gateway "client-secret=$(word)"
make goldenthread-operator "client-secret=$(word)"
make goldenthread-keycloak "admin-password=$(word)" "person-password=$(word)"
