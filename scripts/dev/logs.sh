#!/usr/bin/env bash
# Prints the log lines of a rehearsal's tasks, oldest first: scripts/dev/logs.sh [-name NAME]
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/../lib.sh"

status=$("$ROOT/scripts/dev/rehearse.sh" status "$@")
emulator=$(jq -er 'select(.running).emulator' <<<"$status") || fail "no rehearsal is running: make up"

# ask OPERATION BODY: the local AWS asks for no signature, only for the name of the service in its place.
ask() {
  curl --silent --show-error --fail --header 'Content-Type: application/x-amz-json-1.1' --header "X-Amz-Target: Logs_20140328.$1" \
    --header 'Authorization: AWS4-HMAC-SHA256 Credential=rehearsal/20260101/us-east-1/logs/aws4_request' --data "$2" "$emulator"
}

ask DescribeLogGroups '{}' | jq -c '.logGroups[] | {logGroupName}' | while read -r group; do
  ask FilterLogEvents "$group"
done | jq -rs '[.[].events[]] | sort_by(.timestamp)[] | .message'
