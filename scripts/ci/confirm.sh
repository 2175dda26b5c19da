#!/usr/bin/env bash
# Accepts only the name of the stack, typed once more: scripts/ci/confirm.sh STACK NAME
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/../lib.sh"

(($# == 2)) || fail "usage: scripts/ci/confirm.sh STACK NAME"
[[ $1 == "$2" ]] || fail "the typed name is \"$2\", but the stack is \"$1\": nothing was touched"
