#!/usr/bin/env bash
# Writes what would change in a stack to FOLDER/STACK.md: scripts/ops/preview.sh STACK FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 2)) || fail "usage: scripts/ops/preview.sh STACK FOLDER"
stack=$1 file=$2/$1.md status=0
mkdir -p "$2"
text=$(mktemp)
trap 'rm -f "$text"' EXIT

preview() { pulumi -C infra preview --stack "$stack" --diff --non-interactive --color never --suppress-progress; }

# A stack that does not exist yet is news, not an error; select-stack.sh tells it by its exit code.
scripts/ops/select-stack.sh "$stack" --existing >"$text" 2>&1 || status=$?
if ((status == 0)); then
  preview >"$text" 2>&1 || status=$?
  mask_account <"$text" >&2
fi
{
  if ((status == 0)); then printf '### %s\n\n' "$stack"; else printf '### %s: no preview\n\n' "$stack"; fi
  printf '<details><summary>%s</summary>\n\n````text\n' "$(grep -E '^ +[0-9]+ (unchanged|change)|[0-9]+ to ' "$text" | paste -sd, || echo Pulumi says:)"
  # GitHub takes 65,536 characters in a comment, for all environments together.
  tail -c 20000 "$text" | mask_account
  printf '\n````\n</details>\n\n'
} >"$file"
((status == 0 || status == 3)) || fail "the preview of $stack failed, see above"
