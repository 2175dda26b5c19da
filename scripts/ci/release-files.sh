#!/usr/bin/env bash
# Collects the files of a release from target/dist: scripts/ci/release-files.sh TAG FOLDER
# The tag has to be the version that Cargo.toml names, and on main.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 2)) || fail "usage: scripts/ci/release-files.sh TAG FOLDER"
tag=$1 folder=$2
version=$(cargo metadata --no-deps --offline --format-version 1 | jq -er '.packages[] | select(.name == "mote").version')
[[ $tag == "v$version" ]] || fail "the tag is \"$tag\", but Cargo.toml says version $version: the tag has to be v$version"
git merge-base --is-ancestor HEAD origin/main || fail "the tag $tag is on a commit that is not on main"
# Later versions are tried as upgrades of this one.
state=e2e/deployment/testdata/stack-$version.json
[[ -f $state ]] || fail "$state is missing: e2e/deployment/testdata/record.sh makes it; commit it before the tag"
digest=$(scripts/ci/digest.sh)

rm -rf "$folder"
mkdir -p "$folder"
for arch in x86_64 aarch64; do cp "target/dist/mote-$arch" "$folder/mote-$version-$arch"; done
cp target/dist/sbom.json "$folder/sbom.cdx.json"
# The same bytes at each run: names in order, no owners, no times. The index names the images of both architectures.
for layout in image image-index; do
  tar --create --directory "target/dist/$layout" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 \
    --file "$folder/mote-$version-$layout.tar" .
done
printf '%s\n' "$digest" >"$folder/mote-$version-image.digest"
(cd "$folder" && sha256sum -- * >../SHA256SUMS && mv ../SHA256SUMS .)
log "$folder has the files of $tag; the image is $digest"
