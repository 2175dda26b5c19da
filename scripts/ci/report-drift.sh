#!/usr/bin/env bash
# Keeps one issue about a stack's drift: scripts/ci/report-drift.sh STACK OUTCOME FILE
# OUTCOME is that of the comparison. A difference opens the issue, another one adds to it, the same one is not told twice, and success
# closes it.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 3)) || fail "usage: scripts/ci/report-drift.sh STACK OUTCOME FILE"
stack=$1 outcome=$2 file=$3
title="Stack $stack and AWS differ"
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"

known=$(gh issue list --repo "$GITHUB_REPOSITORY" --state open --limit 500 --json number,title,body \
  --jq "[.[] | select(.title == \"$title\")][0] // empty")
number=$(jq -r .number <<<"$known")

if [[ $outcome == success ]]; then
  [[ -z $number ]] || gh issue close "$number" --repo "$GITHUB_REPOSITORY" --comment "AWS has what stack $stack says: $run"
  exit
fi

text="There is no output: the run ended before the comparison."
# Times differ from run to run and say nothing of the stack.
[[ ! -s $file ]] || text=$(grep -v '^ *Duration:' "$file" | tail -c 50000)
# By this line, invisible on the page, the next run knows whether it has something new to tell.
mark="<!-- drift: $(sha256sum <<<"$text" | cut -d' ' -f1) -->"
if [[ $(jq -r .body <<<"$known") == *"$mark"* ]]; then
  log "issue $number tells of this already"
  exit
fi

body=$(mktemp)
trap 'rm -f "$body"' EXIT
# shellcheck disable=SC2016  # The quotes are Markdown's.
printf '%s\nThe daily comparison of stack %s with AWS found a difference, or could not be made.\n\n````text\n%s\n````\n\n%s\n' \
  "$mark" "$stack" "$text" "$run" >"$body"
if [[ -n $number ]]; then
  gh issue edit "$number" --repo "$GITHUB_REPOSITORY" --body-file "$body"
  gh issue comment "$number" --repo "$GITHUB_REPOSITORY" --body "The difference is another one now: $run"
else
  gh issue create --repo "$GITHUB_REPOSITORY" --title "$title" --body-file "$body"
fi
