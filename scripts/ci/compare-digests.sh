#!/usr/bin/env bash
# Accepts only that all files hold the same digest: scripts/ci/compare-digests.sh FILE FILE ...
# Each is what scripts/ci/digest.sh printed on a machine of its own.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/../lib.sh"

(($# >= 2)) || fail "usage: scripts/ci/compare-digests.sh FILE FILE ..."
for file in "$@"; do
  [[ $(<"$file") =~ ^sha256:[0-9a-f]{64}$ ]] || fail "$file holds no digest: \"$(<"$file")\""
  cmp --silent "$1" "$file" || fail "the images differ: $1 has $(<"$1"), $file has $(<"$file")"
done
log "$# images, one digest: $(<"$1")"
