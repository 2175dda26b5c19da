#!/usr/bin/env bash
# Draws docs/dashboard.png: Grafana's dashboard of a rehearsal under load, with a deployment that succeeds and one that cannot: scripts/dev/picture.sh
# It takes a quarter of an hour, most of it so that there is something to see, and needs nothing but what "make up" needs, Node and Chromium.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

NAME=picture
# Between the parts, so that rates over a minute have settled.
PAUSE=120

started=()
scratch=$(mktemp -d)

end_all() {
  ((${#started[@]} == 0)) || kill "${started[@]}" 2>/dev/null || true
  scripts/dev/rehearse.sh down -name "$NAME" || true
  rm -rf "$scratch"
}

# deploy ARG ...: what is printed goes to the screen and into a file.
deploy() { scripts/dev/up.sh -name "$NAME" "$@" | tee "$scratch/up"; }

# after TEXT FILE: what follows a text on its line.
after() { sed -n "s/^.*$1 *//p" "$2" | head -n 1; }

# request RATE PATH [ARG ...]: asks again and again, each time another address.
request() {
  curl --silent --output "$scratch/response" --rate "$1" "${@:3}" "$url$2?[1-1000000]" &
  started+=("$!")
}

# load: of clients that ask for what there is and for what there is not, and of some whose requests the gateway rejects.
load() {
  request 30/s ""
  request 4/s nothing
  request 30/m "" --header "Expect: something"
}

wait_for() { with_progress "$1" sleep "$PAUSE"; }

[[ $# == 0 ]] || fail "there are no arguments: scripts/dev/picture.sh --help"
trap end_all EXIT
# A service without a path for health checks.
CGO_ENABLED=0 go -C e2e build -o "$scratch/nohealth" ./deployment/testdata/nohealth
image/assemble.sh "$scratch/broken" "$scratch/nohealth"

# Tasks that fail live for half a minute, so that Prometheus finds them before they are gone.
deploy -set healthCheckGracePeriodSeconds=30
url=$(after "is up:" "$scratch/up")
scripts/dev/observe.sh up -name "$NAME" | tee "$scratch/observe"
prometheus=$(after "Prometheus is up:" "$scratch/observe")
start=$SECONDS
load
wait_for "a quiet time"
deploy -set "message=the second version"
wait_for "the second version serves"
! deploy -image "$scratch/broken" || fail "the broken image was deployed"
wait_for "the second version goes on"
minutes=$(((SECONDS - start) / 60))
draw=(tools/dashboard-picture/draw.sh --prometheus "$prometheus" --minutes "$minutes")
"${draw[@]}" --out docs/dashboard.png --collapsed "USE: utilization, saturation, errors" --collapsed "Connections and rejections"
"${draw[@]}" --out docs/dashboard-whole.png
log "docs/dashboard.png and docs/dashboard-whole.png are drawn"
