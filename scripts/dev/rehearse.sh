#!/usr/bin/env bash
# Rehearses a deployment on this machine:
#   scripts/dev/rehearse.sh up|preview|destroy|status|run|down [-name NAME] [-stack STACK] [-set SETTING=VALUE ...]
# The work is in infra/cmd/localaws; here it is compiled, whenever it changed, and run. "test" runs its tests instead: a rehearsal of
# their own, from the first deployment to the last trace of it, beside any other.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/../lib.sh"

has go || fail "Go is missing: install Go 1.26 or later and have it on the PATH"
(($# > 0)) || fail "usage: scripts/dev/rehearse.sh up|preview|destroy|status|run|down|test [FLAGS]"

export MOTE_CACHE MOTE_ROOT="$ROOT"
# Each clone has a program of its own: two of them may differ.
program="$MOTE_CACHE/tools/rehearsal/$(printf %s "$ROOT" | sha256sum | head -c 12)"
mkdir -p "$(dirname "$program")"

# The first time this compiles the AWS packages as well; then it takes seconds.
with_progress "Compiling the rehearsal (the first time about three minutes)" go -C "$ROOT/infra" build -o "$program" ./cmd/localaws
[[ $1 == test ]] || exec "$program" "$@"

shift
make --silent -C "$ROOT" image >&2
go -C "$ROOT/infra" test -count=1 ./cmd/localaws/...
# A package of its own, since go shows what several packages say only when they have ended.
MOTE_REHEARSAL_PROGRAM="$program" exec go -C "$ROOT/infra" test -count=1 -timeout 25m -tags rehearsal -v "$@" ./cmd/localaws
