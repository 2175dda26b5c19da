#!/usr/bin/env bash
# Rehearses a deployment on this machine:
#   scripts/dev/rehearse.sh up|preview|destroy|status|run|observe|down|help [-name NAME] [-stack STACK] [-set SETTING=VALUE ...]
# The work is in infra/cmd/localaws; here it is compiled, whenever it changed, and run. "test" passes the scenarios in e2e/deployment
# instead: a rehearsal of their own, from the first deployment to the last trace of it, beside any other. "compile" only compiles.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/../lib.sh"

has go || fail "Go is missing: install Go 1.26 or later and have it on the PATH"

export MOTE_CACHE MOTE_ROOT="$ROOT"
# Each clone has a program of its own: two of them may differ.
program="$MOTE_CACHE/tools/rehearsal/$(printf %s "$ROOT" | sha256sum | head -c 12)"
mkdir -p "$(dirname "$program")"

# compile: Go finds out by itself what has to be compiled; the caller is told only when there is something to wait for. Of two stages of the tests
# that begin together, one compiles. With fewer collections of garbage the compiler takes a fifth less time.
compile() (
  flock 9
  build=(env GOGC=400 go -C "$ROOT/infra" build -o "$program" ./cmd/localaws)
  if [[ ! -e $program || -n $(find "$ROOT/infra" -newer "$program" -print -quit) ]]; then
    with_progress "Compiling the rehearsal (the first time about three minutes)" "${build[@]}"
  else
    "${build[@]}"
  fi
) 9>"$program.lock"
compile
[[ ${1:-} != compile ]] || exit 0
[[ ${1:-} == test ]] || exec "$program" "$@"

shift
# A scenario looks at the page of what is deployed.
has chromium || has google-chrome || "$ROOT/scripts/dev/packages.sh" chromium
# It is all that the images have in which a scenario runs Prometheus, and stands in for Grafana.
has busybox || "$ROOT/scripts/dev/packages.sh" busybox-static
make --silent -C "$ROOT" image >&2
go -C "$ROOT/tools/pulumi-offline" test -count=1 ./...
go -C "$ROOT/infra" test -count=1 ./cmd/localaws/...
# The scenarios give the program another home; what it has to compile is in the caches of this one.
GOCACHE=$(go env GOCACHE) GOMODCACHE=$(go env GOMODCACHE)
export GOCACHE GOMODCACHE
# By itself, since go shows what several packages say only when they have ended.
export MOTE_CALLS="$ROOT/target/calls/rehearsal"
rm -rf "$MOTE_CALLS"
mkdir -p "$MOTE_CALLS"
MOTE_REHEARSAL_PROGRAM="$program" go -C "$ROOT/e2e" test -count=1 -timeout 60m -v ./deployment "$@"
# With flags of go test some scenarios may have been left out.
all=(-of rehearsal)
(($# == 0)) || all=()
exec "$ROOT/e2e/judge/judge.sh" "${all[@]}" "$MOTE_CALLS"
