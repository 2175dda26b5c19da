#!/usr/bin/env bash
# Fuzzes the readers of heads and bodies: gateway/fuzz/run.sh [SECONDS for each, 600]
# The corpus is in the tree; what a run finds beyond it stays in the cache, and a crash is left in gateway/fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

SECONDS_EACH=${1:-600}
VERSION=0.13.2
[[ $SECONDS_EACH =~ ^[1-9][0-9]*$ ]] || fail "gateway/fuzz/run.sh: \"$SECONDS_EACH\" is no number of seconds"

tools=$MOTE_CACHE/cargo-fuzz-$VERSION
if [[ ! -x $tools/bin/cargo-fuzz ]]; then
  with_progress "Building cargo-fuzz $VERSION" cargo install --quiet --locked --root "$tools" "cargo-fuzz@$VERSION"
fi

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# fuzz TARGET: what libFuzzer says is worth reading only at its end.
fuzz() {
  "$tools/bin/cargo-fuzz" fuzz run --fuzz-dir gateway/fuzz --sanitizer none "$1" "$MOTE_CACHE/corpus/$1" "gateway/fuzz/corpus/$1" -- \
    -max_total_time="$SECONDS_EACH" -timeout=5 -rss_limit_mb=1024 -max_len=20000 >"$logs/$1" 2>&1 ||
    { tail -n 40 "$logs/$1" && return 1; }
}

# both: side by side, each on a core of its own where there are two.
both() {
  local status=0
  fuzz head &
  fuzz body || status=1
  wait $! || status=1
  return "$status"
}

for target in head body; do
  mkdir -p "$MOTE_CACHE/corpus/$target"
  # The service has no unsafe code, so there is nothing for a sanitizer to find, and without one the pinned compiler will do.
  with_progress "Building the fuzzer for $target" "$tools/bin/cargo-fuzz" fuzz build --fuzz-dir gateway/fuzz --sanitizer none "$target"
done
with_progress "Fuzzing head and body for $SECONDS_EACH s, side by side" both ||
  fail "a fuzzer found something; its input is in gateway/fuzz/artifacts"
for target in head body; do log "$target: $(grep '^Done' "$logs/$target"), no crash"; done
