#!/usr/bin/env bash
# Passes every test, quickest first. A stage is a name and a command; the first that fails ends the run.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

passed=0

# stage NAME COMMAND [ARG ...]: runs one stage and says how long it took.
stage() {
  local name=$1 start=$SECONDS
  shift
  say "test: $name"
  if ! "$@" </dev/null; then
    printf '%d passed, 1 failed\n' "$passed"
    fail "stage \"$name\" failed: $*"
  fi
  passed=$((passed + 1))
  say "test: $name passed in $((SECONDS - start)) s"
}

stage "lint" scripts/lint.sh
stage "audit" scripts/audit.sh offline

printf '%d passed, 0 failed\n' "$passed"
