#!/usr/bin/env bash
# Measures mote beside its peers: builds or installs each, then runs all of them in turns under the limits of one Fargate task. Writes
# bench/RESULTS.md: what one request costs, and bench/KNEE.md: how many requests a second a task holds. Needs root, for control groups,
# and two cores: one for the servers, one for the load.
#   bench/run.sh                 the whole measurement, about an hour once all is built
#   PART=cost bench/run.sh       the first alone, ten minutes; PART=knee the second
#   ROUNDS=1 bench/run.sh        a quick look
#   BASE=../mote-before bench/run.sh  beside it mote as that checkout has it, with the ratios of the two
#   ONLY=mote,axum bench/run.sh  some of the peers; the results are then printed and not written
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

VEGETA=v12.13.0
OHA=1.16.0
# podinfo 6 is published under a module path without its major version, so the version is a commit of it.
PODINFO=v1.8.1-0.20250910200901-e86405a8674e
TARGET=x86_64-unknown-linux-musl

tools="$MOTE_CACHE/bench"

[[ $(uname -m) == x86_64 ]] || fail "the benchmark is for x86_64; this machine is $(uname -m)"
((EUID == 0)) || fail "control groups need root; run: sudo --preserve-env=PATH,HOME make bench"
(($(nproc) >= 2)) || fail "two cores needed, one for the servers and one for the load; this machine has $(nproc)"

# go_program NAME MODULE VERSION: a Go program in a folder named by its version.
go_program() {
  [[ -x $tools/$1-$3/$1 ]] && return
  GOBIN="$tools/$1-$3" with_progress "Building $1 $3" go install "$2@$3"
}

PART=${PART:-all}
case $PART in all | cost | knee) ;; *) fail "PART is $PART; it must be cost or knee, or unset for both" ;; esac
scripts/dev/packages.sh nginx-light wrk bubblewrap haproxy
if [[ $PART != cost && ! -x $tools/oha-$OHA/bin/oha ]]; then
  # It does not compile without TLS; the system's OpenSSL is the quickest of what it takes.
  scripts/dev/packages.sh libssl-dev pkg-config
  with_progress "Building oha $OHA" cargo install --quiet --locked --no-default-features --features native-tls --root "$tools/oha-$OHA" "oha@$OHA"
fi
go_program vegeta github.com/tsenart/vegeta/v12 "$VEGETA"
go_program podinfo github.com/stefanprodan/podinfo/cmd/podinfo "$PODINFO"
with_progress "Building the peer in Go" go -C bench/peers/go build -trimpath -ldflags='-s -w' -o "$tools/go-peer" .
# rust_peers [ARG ...]: as cargo does by itself, and static as mote is.
rust_peers() { cargo build --quiet --locked --release --manifest-path bench/peers/rust/Cargo.toml --target-dir "$tools/rust" "$@"; }
with_progress "Building the peers in Rust" rust_peers
with_progress "Building the peers in Rust for $TARGET" rust_peers --target "$TARGET"
scripts/dev/build.sh
if [[ -n ${BASE:-} ]]; then
  # Its script may lie elsewhere, as it did in earlier versions.
  build=scripts/dev/build.sh
  [[ -x $BASE/$build ]] || build=scripts/build.sh
  [[ -x $BASE/$build ]] || fail "BASE is $BASE, which has no script that builds mote"
  with_progress "Building mote of $BASE" "$BASE/$build"
  MOTE_BENCH_BASE=$(realpath "$BASE")/target/dist/mote-x86_64
  export MOTE_BENCH_BASE
fi
flask=$(python_tool bench-flask bench/peers/flask/requirements.txt)

# Five files a connection is far more than any peer needs, and the idle connections are ten thousand.
ulimit -n 50000 2>/dev/null || ulimit -n "$(ulimit -Hn)"
export MOTE_BENCH_TOOLS=$tools MOTE_BENCH_VENV=${flask%/bin}
export MOTE_BENCH_RUST=$tools/rust/$TARGET/release MOTE_BENCH_RUST_PLAIN=$tools/rust/release
export MOTE_BENCH_VEGETA=$tools/vegeta-$VEGETA/vegeta MOTE_BENCH_PODINFO=$tools/podinfo-$PODINFO/podinfo
export MOTE_BENCH_OHA=$tools/oha-$OHA/bin/oha PYTHONPATH=bench PYTHONDONTWRITEBYTECODE=1
python3 -m unittest --quiet harness.test_knee
[[ $PART == knee ]] || python3 -m harness
[[ $PART != cost ]] || exit 0
chart=$(python_tool bench-chart bench/harness/requirements.txt)
python3 -m harness.knee
"$chart/python" -m harness.chart bench/KNEE.json bench/KNEE.svg
