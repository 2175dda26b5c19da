#!/usr/bin/env bash
# Turns static binaries into an OCI layout: image/assemble.sh OUTDIR BINARY ...
#
# One binary gives an image: one layer with one file. Several, each for another architecture, give one index of such images. The digest
# depends on the binaries and on the package's version alone: docs/decisions/0010-the-image-is-reproducible.md says why each option
# is there. Needs GNU tar and gzip, and jq.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C
unset GZIP TAR_OPTIONS

# shellcheck source=image/layer.sh
source "$(dirname "${BASH_SOURCE[0]}")/layer.sh"

fail() {
  printf 'error: image/assemble.sh: %s\n' "$*" >&2
  exit 1
}

# json FILTER [ARG ...]: one canonical line without a newline.
json() { jq -ncjS "$@"; }

# blob FILE: moves the file to where its digest says, and prints the digest.
blob() {
  local digest
  digest=$(sha256sum "$1" | cut -d' ' -f1)
  mv "$1" "$layout/blobs/sha256/$digest"
  printf 'sha256:%s' "$digest"
}

# size DIGEST: of a blob in the new layout, in bytes.
size() { stat -c %s "$layout/blobs/sha256/${1#sha256:}"; }

# architecture BINARY: the OCI name of the machine that the ELF header at offset 18 names.
architecture() {
  case $(od -An -tx1 -N20 "$1" | tr -d ' \n') in
  7f454c46*3e00) printf amd64 ;;
  7f454c46*b700) printf arm64 ;;
  *) fail "$1 is no ELF executable for x86_64 or aarch64" ;;
  esac
}

# package KEY: what Cargo.toml says of the package.
package() { sed -nE "/^\[(workspace\.)?package\]/,/^\[/s/^$1 *= *\"(.*)\"/\1/p" "$(dirname "${BASH_SOURCE[0]}")/../Cargo.toml"; }

config() {
  # shellcheck disable=SC2016  # The names are jq's.
  json --arg arch "$1" --arg diff_id "sha256:$(sha256sum "$work/layer.tar" | cut -d' ' -f1)" \
    --arg source "$(package repository)" --arg version "$(package version)" '{
      created: "1970-01-01T00:00:01Z", architecture: $arch, os: "linux",
      config: {
        User: "65532:65532", Entrypoint: ["/mote"], WorkingDir: "/", ExposedPorts: {"8080/tcp": {}},
        Labels: ({source: $source, version: $version, title: "mote"}
          | with_entries(select(.value != "") | .key |= "org.opencontainers.image." + .))
      },
      rootfs: {type: "layers", diff_ids: [$diff_id]},
      history: [{created: "1970-01-01T00:00:01Z", created_by: "image/assemble.sh"}]
    }'
}

manifest() {
  # shellcheck disable=SC2016
  json --arg config "$1" --argjson config_size "$(size "$1")" --arg layer "$2" --argjson layer_size "$(size "$2")" '{
    schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $config, size: $config_size},
    layers: [{mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: $layer, size: $layer_size}]
  }'
}

# descriptor DIGEST TYPE [ARCHITECTURE]: how an index names a manifest, or another index.
descriptor() {
  # shellcheck disable=SC2016
  json --arg digest "$1" --argjson size "$(size "$1")" --arg type "application/vnd.oci.image.$2.v1+json" --arg arch "${3:-}" \
    '{mediaType: $type, digest: $digest, size: $size} + if $arch == "" then {} else {platform: {architecture: $arch, os: "linux"}} end'
}

# index DESCRIPTOR ...
index() {
  jq -csjS '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: .}' <<<"$*"
}

# image BINARY: puts the image of one binary into the layout, and prints its descriptor.
image() {
  local arch layer config
  arch=$(architecture "$1")
  make_layer "$1" "$work"
  config "$arch" >"$work/config"
  layer=$(blob "$work/layer.tar.gz")
  config=$(blob "$work/config")
  manifest "$config" "$layer" >"$work/manifest"
  descriptor "$(blob "$work/manifest")" manifest "$arch"
}

# images BINARY ...: puts all of them there, and prints the descriptor of the whole: the image, or the index that names them in the order
# of their architectures, in whatever order they are listed.
images() {
  local binary one descriptors=()
  for binary; do
    one=$(image "$binary")
    descriptors+=("$one")
  done
  if (($# == 1)); then
    printf '%s' "${descriptors[0]}"
    return
  fi
  [[ $(jq -s 'map(.platform) | length == (unique | length)' <<<"${descriptors[*]}") == true ]] || fail "two binaries are for one architecture"
  mapfile -t descriptors < <(jq -csS 'sort_by(.platform.architecture)[]' <<<"${descriptors[*]}")
  index "${descriptors[@]}" >"$work/index"
  descriptor "$(blob "$work/index")" index
}

(($# >= 2)) || fail "usage: image/assemble.sh OUTDIR BINARY ..."
outdir=$1
shift
for binary; do [[ -f $binary ]] || fail "there is no binary $binary"; done
command -v jq >/dev/null || fail "jq is needed; on Debian: apt-get install jq"
check_gzip

# The layout is made beside its place, so that it gets there in one step, whole.
mkdir -p "$(dirname "$outdir")"
work=$(mktemp -d "$(dirname "$outdir")/.image.XXXXXX")
trap 'rm -rf "$work"' EXIT
layout=$work/layout
mkdir -p "$layout/blobs/sha256"

root=$(images "$@")
index "$(jq -cS '.annotations = {"org.opencontainers.image.ref.name": "latest"}' <<<"$root")" >"$layout/index.json"
printf '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
[[ ! -e $outdir || -f $outdir/oci-layout ]] || fail "$outdir exists and is no OCI layout; name another place or remove it"
# What is the same stays, for a caller that is reading it.
if ! diff -rq "$layout" "$outdir" >/dev/null 2>&1; then
  rm -rf "$outdir"
  mv -T "$layout" "$outdir"
fi
printf 'image   %s\ndigest  %s\n' "$outdir" "$(jq -r .digest <<<"$root")"
