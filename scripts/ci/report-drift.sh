#!/usr/bin/env bash
# Opens an issue about a stack's drift, or adds to the one that is open: scripts/ci/report-drift.sh STACK FILE
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 2)) || fail "usage: scripts/ci/report-drift.sh STACK FILE"
stack=$1 file=$2
title="Stack $stack and AWS differ"

body=$(mktemp)
trap 'rm -f "$body"' EXIT
{
  printf 'The daily comparison of stack %s with AWS found a difference, or could not be made.\n\n````text\n' "$stack"
  if [[ -s $file ]]; then tail -c 50000 "$file"; else printf 'There is no output: the run ended before the comparison.\n'; fi
  printf '\n````\n\n%s/%s/actions/runs/%s\n' "$GITHUB_SERVER_URL" "$GITHUB_REPOSITORY" "$GITHUB_RUN_ID"
} >"$body"

number=$(gh issue list --repo "$GITHUB_REPOSITORY" --state open --limit 500 --json number,title \
  --jq "[.[] | select(.title == \"$title\")][0].number // empty")
if [[ -n $number ]]; then
  gh issue comment "$number" --repo "$GITHUB_REPOSITORY" --body-file "$body"
else
  gh issue create --repo "$GITHUB_REPOSITORY" --title "$title" --body-file "$body"
fi
