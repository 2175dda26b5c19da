#!/usr/bin/env bash
# Publishes the release of a tag from a folder of files: scripts/ci/publish.sh TAG FOLDER
# It is a draft until it is whole, so a run that was interrupted can be started again.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 2)) || fail "usage: scripts/ci/publish.sh TAG FOLDER"
tag=$1 folder=$2
(cd "$folder" && sha256sum --check --quiet SHA256SUMS) || fail "the files in $folder are not those that were collected"
mapfile -t files < <(cut -d' ' -f3 "$folder/SHA256SUMS")
gh release view "$tag" --repo "$GITHUB_REPOSITORY" >/dev/null 2>&1 ||
  gh release create "$tag" --repo "$GITHUB_REPOSITORY" --draft --verify-tag --generate-notes --notes-file "$folder/notes.md" --title "mote ${tag#v}"
gh release upload "$tag" --repo "$GITHUB_REPOSITORY" --clobber "${files[@]/#/$folder/}" "$folder/SHA256SUMS"
gh release edit "$tag" --repo "$GITHUB_REPOSITORY" --draft=false
