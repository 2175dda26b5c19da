#!/usr/bin/env bash
# Keeps one comment with all previews on a pull request: scripts/ci/comment.sh NUMBER FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 2)) || fail "usage: scripts/ci/comment.sh NUMBER FOLDER"
number=$1 folder=$2
# The first line of the bot's comment, invisible on the page: by it the next run knows which one to update. A person may quote it.
MARK='<!-- mote: preview -->'

body=$(mktemp)
trap 'rm -f "$body"' EXIT
printf '%s\n' "$MARK" >"$body"
for stack in dev staging prod; do
  if [[ -f $folder/$stack.md ]]; then cat "$folder/$stack.md"; else printf '### %s: no preview\n\n' "$stack"; fi
done >>"$body"

comments="repos/$GITHUB_REPOSITORY/issues/$number/comments"
id=$(gh api --paginate "$comments" --jq ".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$MARK\"))) | .id" | head -n 1)
if [[ -n $id ]]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field "body=@$body"
else
  gh api --silent --method POST "$comments" --field "body=@$body"
fi
