#!/usr/bin/env bash
# Writes what the binary was made from, as CycloneDX JSON: scripts/ci/sbom.sh FILE [LAYOUT]
# With the OCI layout of an image the list is that image's: the one file in it with its hash, and the crates of that file.
# A stripped static binary tells a scanner nothing, so the list comes from Cargo: crates of the x86_64 binary, without build tools.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

CYCLONEDX=0.5.9
tools="$MOTE_CACHE/tools/cargo-cyclonedx-$CYCLONEDX"

(($# == 1 || $# == 2)) || fail "usage: scripts/ci/sbom.sh FILE [LAYOUT]"
file=$1 layout=${2:-}
if ! has cargo-cyclonedx; then
  [[ -x $tools/bin/cargo-cyclonedx ]] ||
    with_progress "building cargo-cyclonedx $CYCLONEDX" cargo install --quiet --locked --root "$tools" "cargo-cyclonedx@$CYCLONEDX"
  PATH="$tools/bin:$PATH"
fi

# crates: Cargo's list, with the commit's own time and without the path of this folder: the same commit gives the same list.
crates() {
  SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)} cargo cyclonedx --quiet --format json --spec-version 1.5 \
    --describe binaries --no-build-deps --target x86_64-unknown-linux-musl
  jq 'walk(if type == "string" then sub("^path\\+file://[^#]*#"; "") else . end)' mote_bin.cdx.json
  rm -f mote_bin.cdx.json
}

# about_image: puts the image in the place of the binary, and the binary, with its hash, among what the image is made of.
about_image() {
  local manifest arch binary digest
  digest=$(jq -er '.manifests[0].digest' "$layout/index.json") || fail "$layout is no OCI layout"
  manifest=$layout/blobs/${digest/://}
  arch=$(jq -r '.manifests[0].platform.architecture' "$layout/index.json")
  binary=$(tar -xzOf "$layout/blobs/$(jq -r '.layers[0].digest' "$manifest" | tr : /)" mote | sha256sum | cut -d' ' -f1)
  # shellcheck disable=SC2016  # The names are jq's.
  jq --arg digest "$digest" --arg arch "$arch" --arg binary "$binary" '
    def sha256($content): {hashes: [{alg: "SHA-256", content: $content}]};
    .metadata.component as $mote
    | ("pkg:oci/mote@" + ($digest | @uri) + "?arch=" + $arch) as $image
    | .components = [$mote + sha256($binary)] + .components
    | .dependencies = [{ref: $image, dependsOn: [$mote["bom-ref"]]}] + .dependencies
    | .metadata.component = {type: "container", "bom-ref": $image, name: "mote", version: $mote.version, purl: $image}
        + sha256($digest | ltrimstr("sha256:"))'
}

mkdir -p "$(dirname "$file")"
if [[ -n $layout ]]; then crates | about_image >"$file"; else crates >"$file"; fi
log "$file lists $(grep -c '"purl"' "$file") packages"
