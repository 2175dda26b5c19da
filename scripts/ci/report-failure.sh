#!/usr/bin/env bash
# Opens an issue about a failed deployment, or adds to the one that is open: scripts/ci/report-failure.sh NEEDS
# NEEDS is the "needs" context as JSON. GitHub tells reviewers by itself that a deployment waits for them.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

TITLE="A deployment failed"

(($# == 1)) || fail "usage: scripts/ci/report-failure.sh NEEDS"
failed=$(jq -r '[to_entries[] | select(.value.result == "failure") | .key] | join(", ")' <<<"$1") || fail "the needs are not JSON: $1"
text="Failed: $failed, of commit $GITHUB_SHA.

$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"

number=$(gh issue list --repo "$GITHUB_REPOSITORY" --state open --limit 500 --json number,title \
  --jq "[.[] | select(.title == \"$TITLE\")][0].number // empty")
if [[ -n $number ]]; then
  gh issue comment "$number" --repo "$GITHUB_REPOSITORY" --body "$text"
else
  gh issue create --repo "$GITHUB_REPOSITORY" --title "$TITLE" --body "$text"
fi
