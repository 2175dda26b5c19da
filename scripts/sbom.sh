#!/usr/bin/env bash
# Writes what the binary was made from, as CycloneDX JSON: scripts/sbom.sh FILE
# A stripped static binary tells a scanner nothing, so the list comes from Cargo: crates of the x86_64 binary, without build tools.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

CYCLONEDX=0.5.9
tools="$MOTE_CACHE/tools/cargo-cyclonedx-$CYCLONEDX"

(($# == 1)) || fail "usage: scripts/sbom.sh FILE"
file=$1
[[ -x $tools/bin/cargo-cyclonedx ]] ||
  patiently "building cargo-cyclonedx $CYCLONEDX" cargo install --quiet --locked --root "$tools" "cargo-cyclonedx@$CYCLONEDX"

# The commit's own time: the same commit gives the same list.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) PATH="$tools/bin:$PATH" cargo cyclonedx --quiet --format json --spec-version 1.5 \
  --describe binaries --no-build-deps --target x86_64-unknown-linux-musl
mkdir -p "$(dirname "$file")"
mv mote_bin.cdx.json "$file"
say "$file lists $(grep -c '"purl"' "$file") packages"
