#!/usr/bin/env bash
# Rehearses a deployment on this machine:
#   scripts/dev/rehearse.sh up|preview|destroy|status|run|observe|down|help [-name NAME] [-stack STACK] [-set SETTING=VALUE ...]
# The work is in infra/cmd/localaws; here it is compiled, whenever it changed, and run. "test" passes the scenarios in e2e/deployment
# instead: in rehearsals of their own, from the first deployment to the last trace of it, beside any other. "compile" only compiles.
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
# The scenarios give the program another home; what it has to compile is in the caches of this one.
GOCACHE=$(go env GOCACHE) GOMODCACHE=$(go env GOMODCACHE)
export GOCACHE GOMODCACHE
export MOTE_CALLS="$ROOT/target/calls/rehearsal" MOTE_REHEARSAL_PROGRAM="$program"
rm -rf "$MOTE_CALLS"
mkdir -p "$MOTE_CALLS"
# With flags of go test some scenarios may be left out, and the judge does not miss them.
if (($# > 0)); then
  go -C "$ROOT/e2e" test -count=1 -timeout 60m -v ./deployment "$@"
  exec "$ROOT/e2e/judge/judge.sh" "$MOTE_CALLS"
fi

# Two halves side by side, since each waits most of the time: the life of one stack with what is observed of it, and all other scenarios. A new one
# is in the second half. Beside them are the tests of the program itself.
LIFE='^Test(LocalAWS_(Port|Killed|Down)|Deploy_(First|Preview|Same|New|Earlier)|Observ|Alerts|Container|Replacements|Scaling|StatusPage|Existing_Repository)'
said=$(mktemp -d)
declare -A running=()
end_all() { ((${#running[@]} == 0)) || { kill "${!running[@]}" 2>/dev/null || true; wait; }; }
trap 'end_all; rm -rf "$said"' EXIT
trap 'exit 130' INT TERM

# beside NAME COMMAND [ARG ...]: what it says is shown when it has ended, in one piece.
beside() {
  local name=$1
  shift
  "$@" >"$said/$name" 2>&1 </dev/null &
  running[$!]=$said/$name
}

# scenarios FLAG ...: some of them, as go test runs them.
scenarios() {
  cd "$ROOT/e2e/deployment"
  exec "$said/scenarios" -test.v -test.timeout 60m "$@"
}

tests_of_the_program() {
  go -C "$ROOT/tools/pulumi-offline" test -count=1 ./...
  go -C "$ROOT/infra" test -count=1 ./cmd/localaws/...
}

# await: the first that fails ends the others.
await() {
  local pid status
  while ((${#running[@]} > 0)); do
    sleep 1
    for pid in "${!running[@]}"; do
      ! kill -0 "$pid" 2>/dev/null || continue
      status=0
      wait "$pid" || status=$?
      cat "${running[$pid]}"
      unset "running[$pid]"
      ((status == 0)) || return "$status"
    done
  done
}

go -C "$ROOT/e2e" test -c -o "$said/scenarios" ./deployment
# The one to watch; nothing is left to be shown of it.
scenarios -test.run "$LIFE" </dev/null 2>&1 &
running[$!]=/dev/null
beside others scenarios -test.skip "$LIFE"
beside program tests_of_the_program
await
"$ROOT/e2e/judge/judge.sh" -of rehearsal "$MOTE_CALLS"
