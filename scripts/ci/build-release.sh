#!/usr/bin/env bash
# Makes all that a release of this tree publishes, and checks each file: scripts/ci/build-release.sh FOLDER
# The release workflow runs this, and so does `make release-dry-run`.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 1)) || fail "usage: scripts/ci/build-release.sh FOLDER"
ARCH=all image/make.sh
scripts/ci/sbom.sh target/dist/sbom.json target/dist/image
scripts/ci/release-files.sh "$1"
scripts/ci/check-release.sh "$1"
