#!/usr/bin/env bash
# Collects the files of a release from target/dist: scripts/ci/release-files.sh FOLDER
# SHA256SUMS lists what is published beside it, and is what the provenance is about. notes.md is the release's text.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 1)) || fail "usage: scripts/ci/release-files.sh FOLDER"
folder=$1
version=$(package_version)
digest=$(scripts/ci/digest.sh)

rm -rf "$folder"
mkdir -p "$folder"
for arch in x86_64 aarch64; do cp "target/dist/mote-$arch" "$folder/mote-$version-$arch"; done
cp target/dist/sbom.json "$folder/sbom.cdx.json"
# The same bytes at each run: names in order, no owners, no times. The index names the images of both architectures.
for layout in image image-index; do
  tar --create --directory "target/dist/$layout" --sort=name --owner=0 --group=0 --numeric-owner --mode=go+rX,go-w --mtime=@0 \
    --file "$folder/mote-$version-$layout.tar" .
done
printf '%s\n' "$digest" >"$folder/mote-$version-image.digest"
(cd "$folder" && sha256sum -- * >../SHA256SUMS && mv ../SHA256SUMS .)
# shellcheck disable=SC2016  # The quotes are Markdown's.
printf 'Image: `%s`\n\n`scripts/ops/verify-release.sh v%s` rebuilds it and compares.\n' "$digest" "$version" >"$folder/notes.md"
log "$folder has the files of version $version; the image is $digest"
