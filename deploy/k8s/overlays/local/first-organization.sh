#!/bin/sh
# Makes the organization "org_local" with the administrator of the realm, and prints a token of theirs (valid ten minutes).
# Run again, it only prints a new token. Needs kubectl and curl.
set -eu

secret() { kubectl -n goldenthread get secret "$1" -o "go-template={{index .data \"$2\" | base64decode}}"; }

folder=$(mktemp -d)
forwards=""
# shellcheck disable=SC2086
trap 'kill $forwards 2>/dev/null || true; rm -rf "$folder"' EXIT

# forward SERVICE: the Service's port 8080 on a free port of this machine, which is in $port, until the script ends.
forward() {
  : >"$folder/$1"
  kubectl -n goldenthread port-forward "service/$1" :8080 >"$folder/$1" 2>&1 &
  forwards="$forwards $!"
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    port=$(sed -n 's/^Forwarding from 127\.0\.0\.1:\([0-9]*\) .*/\1/p' "$folder/$1")
    [ -z "$port" ] || return 0
    kill -0 $! 2>/dev/null || break
    sleep 1
  done
  echo "kubectl does not forward $1: $(cat "$folder/$1")" >&2
  return 1
}

# post URL OPTION ...: tries for some seconds, until the port is there.
post() { curl -sS --fail-with-body --retry 20 --retry-connrefused --retry-delay 1 "$@"; }

# token: the form comes on standard input, so that no process list shows the secrets in it.
token() {
  answer=$(post --data-binary @- "http://127.0.0.1:$keycloak/realms/goldenthread/protocol/openid-connect/token")
  found=$(printf %s "$answer" | sed -n 's/.*"access_token" *: *"\([^"]*\)".*/\1/p')
  [ -n "$found" ] || { echo "Keycloak gave no token: $answer" >&2; return 1; }
  printf %s "$found"
}

forward goldenthread-keycloak
keycloak=$port
forward goldenthread-goals
goals=$port

operator=$(printf 'grant_type=client_credentials&client_id=goldenthread-operator&client_secret=%s' \
  "$(secret goldenthread-operator client-secret)" | token)
printf 'header = "Authorization: Bearer %s"\n' "$operator" |
  post --config - --json '{"id": "org_local", "name": "My organization", "admin_name": "Local administrator",
    "admin_subject": "5f6f1c0e-6a1f-4a9e-8a55-0d7f5a8b1c01"}' "http://127.0.0.1:$goals/v1/organizations" >&2
printf '\n' >&2
printf 'grant_type=password&client_id=goldenthread-people&username=admin&password=%s' \
  "$(secret goldenthread-keycloak person-password)" | token
printf '\n'
