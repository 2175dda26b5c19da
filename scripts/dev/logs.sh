#!/usr/bin/env bash
# Prints the log lines of a rehearsal's tasks, or of its pods, oldest first: scripts/dev/logs.sh [-name NAME]
# The local AWS keeps those of tasks that have ended; a cluster keeps those of pods that are there, of their containers that run and ran before.
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

tasks() {
  ask DescribeLogGroups '{}' | jq -c '.logGroups[] | {logGroupName}' | while read -r group; do
    ask FilterLogEvents "$group"
  done | jq -rs '[.[].events[]] | sort_by(.timestamp)[] | .message'
}

# pods KUBECTL ARG ...: a container that has not run yet has no log, which kubectl says.
pods() {
  jq -r '.workloads[]?.pods[]? | [.namespace, .name, .restarts] | @tsv' <<<"$status" | while IFS=$'\t' read -r namespace name restarts; do
    ((restarts == 0)) || "$@" --namespace "$namespace" logs "$name" --timestamps --previous </dev/null || true
    "$@" --namespace "$namespace" logs "$name" --timestamps </dev/null || true
  done | LC_ALL=C sort --stable --key 1,1 | cut --delimiter ' ' --fields 2-
}

mapfile -t kubectl < <(jq -r '.kubectl[]?' <<<"$status")
if ((${#kubectl[@]} > 0)); then pods "${kubectl[@]}"; else tasks; fi
