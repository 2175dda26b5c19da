#!/usr/bin/env bash
# Takes away the lock that a killed update has left on a stack: scripts/ops/unlock.sh STACK --confirm NAME
# Never while an update runs: two updates of one stack at a time destroy its state.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

[[ $# == 3 && $2 == --confirm ]] || fail "usage: scripts/ops/unlock.sh STACK --confirm NAME"
stack=$1 name=$3
[[ $name == "$stack" ]] || fail "the typed name is \"$name\", but the stack is \"$stack\": nothing was touched"
scripts/ops/select-stack.sh "$stack" --existing
pulumi -C infra cancel "$stack" --yes --non-interactive
log "stack $stack has no lock; look at its next preview before you change it"
