#!/usr/bin/env bash
# Makes the release of a tag from a folder of files: scripts/ci/publish.sh TAG FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 2)) || fail "usage: scripts/ci/publish.sh TAG FOLDER"
tag=$1 folder=$2
(cd "$folder" && sha256sum --check --quiet SHA256SUMS) || fail "the files in $folder are not those that were collected"
gh release create "$tag" --repo "$GITHUB_REPOSITORY" --verify-tag --generate-notes --title "mote ${tag#v}" "$folder"/*
