#!/usr/bin/env bash
# Passes every test, quickest first: scripts/dev/test.sh [STAGE ...]
# A stage is a name and a command; the first that fails ends the run. With names only those stages run.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

wanted=("$@")
passed=0

# chosen NAME: whether the stage is to run.
chosen() {
  local name
  ((${#wanted[@]} > 0)) || return 0
  for name in "${wanted[@]}"; do [[ $name != "$1" ]] || return 0; done
  return 1
}

# stage NAME COMMAND [ARG ...]: runs one stage and says how long it took.
stage() {
  local name=$1 start=$SECONDS
  chosen "$name" || return 0
  shift
  log "test: $name"
  if ! "$@" </dev/null; then
    printf '%d passed, 1 failed\n' "$passed"
    fail "stage \"$name\" failed: $*"
  fi
  passed=$((passed + 1))
  log "test: $name passed in $((SECONDS - start)) s"
}

stage "lint" scripts/dev/lint.sh
stage "service" cargo test --locked
stage "audit" scripts/dev/audit.sh offline
stage "api" api/test.sh
stage "image" image/test.sh
stage "flake" nix/test.sh
stage "infra" infra/test.sh
stage "rehearsal" scripts/dev/rehearse.sh test
stage "deployments" scripts/dev/rehearse-deployments.sh

((passed > 0)) || fail "there is no stage \"${wanted[*]}\""
printf '%d passed, 0 failed\n' "$passed"
