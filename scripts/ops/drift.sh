#!/usr/bin/env bash
# Compares what is in AWS with what the stack says, and fails on a difference: scripts/ops/drift.sh STACK FILE
# FILE keeps what was found, without the account's number. Nothing is changed, in AWS or in the state.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 2)) || fail "usage: scripts/ops/drift.sh STACK FILE"
stack=$1 file=$2
mkdir -p "$(dirname "$file")"

# A comparison that hangs is ended before its job is, so that it is told.
LIMIT=${MOTE_LIMIT:-20m}

# The image that runs is what counts here, so it is read from the stack and not built anew.
compare() {
  local status=0
  scripts/ops/select-stack.sh "$stack" --existing || return
  # What another stack says, or this one said before, is no difference to AWS. The value of a secret is nothing that this role may read.
  timeout "$LIMIT" pulumi -C infra refresh --stack "$stack" --preview-only --expect-no-changes --exclude '**pulumi:pulumi:StackReference::**' \
    --exclude '**aws:secretsmanager/secretVersion:SecretVersion::**' --diff --non-interactive --color never --suppress-progress || status=$?
  ((status != 124)) || printf 'The comparison took more than %s and was ended.\n' "$LIMIT"
  return "$status"
}
compare 2>&1 | mask_account | tee "$file" >&2 || fail "stack $stack and AWS differ, or could not be compared; see above"
log "AWS has what stack $stack says"
