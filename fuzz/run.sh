#!/usr/bin/env bash
# Fuzzes the readers of heads and bodies: fuzz/run.sh [SECONDS for each, 600]
# The corpus is in the tree; what a run finds beyond it stays in the cache, and a crash is left in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

SECONDS_EACH=${1:-600}
VERSION=0.13.2
[[ $SECONDS_EACH =~ ^[1-9][0-9]*$ ]] || fail "fuzz/run.sh: \"$SECONDS_EACH\" is no number of seconds"

tools=$MOTE_CACHE/cargo-fuzz-$VERSION
if [[ ! -x $tools/bin/cargo-fuzz ]]; then
  patiently "Building cargo-fuzz $VERSION" cargo install --quiet --locked --root "$tools" "cargo-fuzz@$VERSION"
fi

for target in head body; do
  found=$MOTE_CACHE/corpus/$target
  mkdir -p "$found"
  # The service has no unsafe code, so there is nothing for a sanitizer to find, and without one the pinned compiler will do.
  patiently "Building the fuzzer for $target" "$tools/bin/cargo-fuzz" fuzz build --sanitizer none "$target"
  patiently "Fuzzing $target for $SECONDS_EACH s" "$tools/bin/cargo-fuzz" fuzz run --sanitizer none "$target" \
    "$found" "fuzz/corpus/$target" -- -max_total_time="$SECONDS_EACH" -timeout=5 -rss_limit_mb=1024 -max_len=20000
done
say "no crash"
