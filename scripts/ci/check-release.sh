#!/usr/bin/env bash
# Accepts only the files of a release that are whole, do what they are for, and agree with each other: scripts/ci/check-release.sh FOLDER
# Each binary is run, that of another processor in qemu's user mode.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh
# shellcheck source=image/elf.sh
source image/elf.sh

(($# == 1)) || fail "usage: scripts/ci/check-release.sh FOLDER"
folder=$1
version=$(package_version)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# same WHAT EXPECTED ACTUAL
same() { wants "$folder: $1" "$2" "$3"; }

hash() { sha256sum <"$1" | cut -d' ' -f1; }

# starts ARCH COMMAND ...: runs a binary of an architecture.
starts() {
  local emulator=qemu-$1
  has "$emulator" || emulator+=-static
  [[ $(uname -m) != "$1" ]] || emulator=/usr/bin/env
  "$emulator" "${@:2}"
}

# get_programs: those of the checks. nixpkgs calls qemu's by the first name, Debian by the second.
get_programs() {
  local other=x86_64 needed
  [[ $(uname -m) != x86_64 ]] || other=aarch64
  for needed in jq file readelf; do has "$needed" || scripts/dev/packages.sh jq file binutils; done
  has "qemu-$other" || has "qemu-$other-static" || scripts/dev/packages.sh qemu-user-static
}

# check_binary ARCH
check_binary() {
  local binary=$folder/mote-$version-$1
  same "machine of mote-$version-$1" "$1" "$(elf_machine "$binary")"
  elf_is_static "$binary" || fail "$binary is not a static, stripped executable"
  cp "$binary" "$scratch/mote"
  chmod 755 "$scratch/mote"
  same "what mote-$version-$1 says" "mote $version" "$(starts "$1" "$scratch/mote" --version)"
}

# unpack LAYOUT: every blob of it is what its name says.
unpack() {
  local blob
  mkdir "$scratch/$1"
  tar -xf "$folder/mote-$version-$1.tar" -C "$scratch/$1"
  for blob in "$scratch/$1"/blobs/sha256/*; do same "hash of a blob of $1" "${blob##*/}" "$(hash "$blob")"; done
}

# content LAYOUT DIGEST: the hash of the one file in an image.
content() {
  local blobs=$scratch/$1/blobs layer
  layer=$(jq -er '.layers | if length == 1 then .[0].digest else empty end' "$blobs/${2/://}") || fail "$2 is no image of one layer"
  tar -xzOf "$blobs/${layer/://}" mote | sha256sum | cut -d' ' -f1
}

# check_image: digest, notes and index are about the same image, and what is in each image is the binary beside it.
check_image() {
  local digest index arch
  digest=$(<"$folder/mote-$version-image.digest")
  [[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || fail "$folder/mote-$version-image.digest holds \"$digest\", no digest"
  unpack image
  unpack image-index
  same "digest of the image" "$digest" "$(jq -r '[.manifests[].digest] | join(" ")' "$scratch/image/index.json")"
  grep -qF "$digest" "$folder/notes.md" || fail "$folder/notes.md does not name $digest"
  index=$scratch/image-index/blobs/$(jq -er '.manifests[0].digest | sub(":"; "/")' "$scratch/image-index/index.json")
  same "architectures of the index" "amd64 arm64" "$(jq -r '[.manifests[].platform.architecture] | sort | join(" ")' "$index")"
  for arch in amd64:x86_64 arm64:aarch64; do
    digest=$(jq -r --arg arch "${arch%:*}" '.manifests[] | select(.platform.architecture == $arch).digest' "$index")
    same "the file in the image for ${arch%:*}" "$(hash "$folder/mote-$version-${arch#*:}")" "$(content image-index "$digest")"
    [[ $arch == arm64:* ]] || same "the index's image for amd64" "$(<"$folder/mote-$version-image.digest")" "$digest"
  done
}

# check_sbom: what actions/attest asks of CycloneDX, and that the list is about this image and binary.
check_sbom() {
  local sbom=$folder/sbom.cdx.json
  same "format of the SBOM" "CycloneDX 1.5 urn:uuid:" "$(jq -r '[.bomFormat, .specVersion, .serialNumber[:9]] | join(" ")' "$sbom")"
  same "the image that the SBOM is about" "$(<"$folder/mote-$version-image.digest")" "sha256:$(jq -r '.metadata.component.hashes[0].content' "$sbom")"
  same "the binary in the SBOM" "$(hash "$folder/mote-$version-x86_64")" "$(jq -r '.components[] | select(.name == "mote").hashes[0].content' "$sbom")"
}

get_programs
(cd "$folder" && sha256sum --check --quiet SHA256SUMS) || fail "the files in $folder are not those that were collected"
published="$(printf "mote-$version-%s " aarch64 image-index.tar image.digest image.tar x86_64)sbom.cdx.json"
same "files of the provenance" "$published" "$(cut -d' ' -f3 "$folder/SHA256SUMS" | xargs)"
same "files" "SHA256SUMS ${published% *} notes.md sbom.cdx.json" "$(find "$folder" -mindepth 1 -printf '%f\n' | LC_ALL=C sort | xargs)"
for arch in x86_64 aarch64; do check_binary "$arch"; done
check_image
check_sbom
log "$folder: $(wc -l <"$folder/SHA256SUMS") files, all as they should be"
