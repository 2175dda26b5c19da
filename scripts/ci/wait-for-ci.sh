#!/usr/bin/env bash
# Waits until CI has passed a commit, and fails when it has not: scripts/ci/wait-for-ci.sh COMMIT [SECONDS]
# SECONDS (4800) is how long CI may take. A required check on main does the same for pull requests; this holds for every push.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

INTERVAL=${MOTE_INTERVAL:-20}

(($# == 1 || $# == 2)) || fail "usage: scripts/ci/wait-for-ci.sh COMMIT [SECONDS]"
commit=$1 limit=${2:-4800}

# conclusion: of the newest run for the commit; empty while there is none or it is going on.
conclusion() {
  gh run list --repo "$GITHUB_REPOSITORY" --workflow ci.yml --commit "$commit" --limit 1 --json conclusion --jq '.[0].conclusion // empty'
}

log "waiting for CI of $commit"
until result=$(conclusion) && [[ -n $result ]]; do
  ((SECONDS < limit)) || fail "CI has no result for $commit after $limit s"
  sleep "$INTERVAL"
done
[[ $result == success ]] || fail "CI says \"$result\" of $commit: it is not deployed"
log "CI passed $commit"
