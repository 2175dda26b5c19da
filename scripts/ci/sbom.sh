#!/usr/bin/env bash
# Writes what the binary was made from, as CycloneDX JSON: scripts/ci/sbom.sh FILE [LAYOUT]
# With the OCI layout of an image the list is that image's: the one file in it with its hash, and the crates of that file.
# A stripped static binary tells a scanner nothing, so the list comes from Cargo: crates of the x86_64 binary, without build tools.
# Of an image that this project did not build it says only which one it is: what that is made of is known where it was built.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 1 || $# == 2)) || fail "usage: scripts/ci/sbom.sh FILE [LAYOUT]"
file=$1 layout=${2:-}
# get_cyclonedx: the flake brings its own.
get_cyclonedx() { has cargo-cyclonedx || PATH="$(cargo_tool cargo-cyclonedx):$PATH"; }

TARGET=x86_64-unknown-linux-musl

# linked: the crates that the binary is made of. Cargo's metadata, of which the list is made, also has those that a feature would add.
linked() {
  cargo tree --quiet --locked --edges normal --target "$TARGET" --prefix none --package mote --format '{p}' | cut -d' ' -f1,2 | sed 's/ v/@/' | sort -u
}

# crates: Cargo's list, with the commit's own time and without what depends on the folder: the same commit gives the same list. Cargo
# names a crate of the workspace by its folder, and by its name only where the two differ.
crates() {
  SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)} cargo cyclonedx --quiet --format json --spec-version 1.5 \
    --describe binaries --no-build-deps --target "$TARGET"
  # shellcheck disable=SC2016  # The names are jq's.
  jq --arg linked "$(linked)" '
    walk(if type == "string" then
      sub("^path\\+file://[^#]*/(?<folder>[^/#]+)#(?<name>.*)$"; if .name | contains("@") then .name else .folder + "@" + .name end)
      | sub("\\?download_url=file://.*$"; "")
    else . end)
    | ($linked | split("\n")) as $linked
    | .components |= map(select(.name + "@" + .version | IN($linked[])))
    | [.metadata.component["bom-ref"], .components[]["bom-ref"]] as $known
    | .dependencies |= map(select(.ref | IN($known[])) | if .dependsOn then .dependsOn |= map(select(IN($known[]))) else . end)' mote_bin.cdx.json
  rm -f mote_bin.cdx.json
}

# about_image: puts the image in the place of the binary, and the binary, with its hash, among what the image is made of.
about_image() {
  local arch binary
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

# is_own: whether the image is this project's, with one file in one layer.
is_own() {
  local layers
  mapfile -t layers < <(jq -r '.layers[].digest' "$manifest")
  ((${#layers[@]} == 1)) && [[ $(tar -tzf "$layout/blobs/${layers[0]/://}" 2>/dev/null | head -n 2) == mote ]]
}

# named: the image as a whole, under the name and the version that its labels state. Without them it is known by its digest.
named() {
  # shellcheck disable=SC2016  # The names are jq's.
  jq --arg digest "$digest" '
    (.config.Labels // {}) as $labels
    | ($labels["org.opencontainers.image.title"] // "image") as $name
    | ("pkg:oci/" + ($name | ascii_downcase | @uri) + "@" + ($digest | @uri) + "?arch=" + .architecture) as $image
    | {bomFormat: "CycloneDX", specVersion: "1.5", version: 1,
        metadata: {component: {type: "container", "bom-ref": $image, name: $name, version: ($labels["org.opencontainers.image.version"] // $digest),
          purl: $image, hashes: [{alg: "SHA-256", content: ($digest | ltrimstr("sha256:"))}]}},
        components: [], compositions: [{aggregate: "unknown", assemblies: [$image]}]}' "$layout/blobs/$(jq -r '.config.digest' "$manifest" | tr : /)"
}

# number: CycloneDX wants a serial number, and a reproducible list a reproducible one: a UUID of version 8 from the list's own hash.
number() {
  local list hash variant
  list=$(jq 'del(.serialNumber)')
  hash=$(sha256sum <<<"$list" | cut -d' ' -f1)
  variant=$(printf %x $((0x${hash:16:1} & 3 | 8)))
  jq --arg serial "urn:uuid:${hash:0:8}-${hash:8:4}-8${hash:13:3}-$variant${hash:17:3}-${hash:20:12}" '.serialNumber = $serial' <<<"$list"
}

mkdir -p "$(dirname "$file")"
if [[ -n $layout ]]; then
  digest=$(jq -er '.manifests[0].digest' "$layout/index.json") || fail "$layout is no OCI layout"
  manifest=$layout/blobs/${digest/://}
  if ! is_own; then
    named | number >"$file"
    log "$file names the image $digest and no parts of it: $layout was not built by this project"
    exit
  fi
fi
# The flake writes it in a sandbox, about the image that it has built.
if [[ ${BUILDER:-} == nix && -n $layout ]]; then
  with_progress "Generating the SBOM with Nix" nix build .#sbom --out-link target/dist/nix-sbom
  install -m644 target/dist/nix-sbom "$file"
  exit
fi
get_cyclonedx
if [[ -n $layout ]]; then crates | about_image | number >"$file"; else crates | number >"$file"; fi
log "$file lists $(grep -c '"purl"' "$file") packages"
