#!/usr/bin/env bash
# Succeeds only if every job succeeded: scripts/ci/all-green.sh NEEDS, where NEEDS is the "needs" context as JSON. A skipped job is
# not green: a required check must not pass because something did not run.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 1)) || fail "usage: scripts/ci/all-green.sh NEEDS"
bad=$(jq --null-input --raw-output --argjson needs "$1" '$needs | if length > 0 then [to_entries[] | select(.value.result != "success") | "\(.key): \(.value.result)"] | join(", ")
  else "there are no jobs" end') || fail "the needs are not JSON: $1"
jq -r '"| job | result |\n|---|---|", (to_entries[] | "| \(.key) | \(.value.result) |")' <<<"$1" | summarize
[[ -z $bad ]] || fail "not green: $bad"
log "all green"
