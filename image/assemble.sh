#!/usr/bin/env bash
# Turns a static binary into an OCI layout with one layer that holds one file: image/assemble.sh BINARY OUTDIR.
#
# The labels come from IMAGE_SOURCE, IMAGE_REVISION and IMAGE_VERSION; what is unset is asked of Cargo.toml and git, what is empty
# gives no label. Prints the digest and the compressed size. The same binary and labels give the same digest on every machine:
# docs/decisions/0010-the-image-is-reproducible.md says why each option below is there.
set -euo pipefail
# shellcheck source=image/layout.sh
source "$(dirname "${BASH_SOURCE[0]}")/layout.sh"
unset GZIP TAR_OPTIONS

(($# == 2)) || fail "usage: image/assemble.sh BINARY OUTDIR"
BINARY=$1
OUTDIR=$2
TREE="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# What an image is made from. Any other commit gives the same image, so it must not change the revision that the image names.
CONTENT=(Cargo.toml Cargo.lock rust-toolchain.toml src gateway/Cargo.toml gateway/src image/assemble.sh image/layout.sh scripts/dev/build.sh)

# architecture: the OCI name of the machine that the ELF header at offset 18 names.
architecture() {
  case $(od -An -tx1 -N20 "$BINARY" | tr -d ' \n') in
  7f454c46*3e00) printf amd64 ;;
  7f454c46*b700) printf arm64 ;;
  *) fail "$BINARY is no ELF executable for x86_64 or aarch64" ;;
  esac
}

package() { sed -n "/^\[package\]/,/^\[/s/^$1 *= *\"\(.*\)\"/\1/p" "$TREE/Cargo.toml"; }

# source_url: where the package says it lives, else where the clone came from, if anybody can follow that.
source_url() {
  local url
  url=$(package repository)
  [[ -n $url ]] || url=$(git -C "$TREE" config remote.origin.url 2>/dev/null || true)
  if [[ $url == https://* && $url != *@* ]]; then printf '%s' "${url%.git}"; fi
}

# revision: the last commit that touched the content, marked when the tree holds something else.
revision() {
  local commit
  commit=$(git -C "$TREE" log -1 --format=%H -- "${CONTENT[@]}" 2>/dev/null || true)
  [[ -n $commit ]] || return 0
  [[ -z $(git -C "$TREE" status --porcelain -- "${CONTENT[@]}") ]] || commit+=-dirty
  printf '%s' "$commit"
}

# Every GNU gzip since 1.10 compresses to the same bytes. Another program by that name would give an image that works and has a
# digest of its own, which would go unnoticed before comparing.
check_gzip() {
  [[ $(seq 20000 | gzip -n -9 | sha256sum) == fc92c515a0f1b435* ]] ||
    fail "gzip here does not compress as GNU gzip does, so the digest would differ from everybody else's; put GNU gzip first in PATH"
}

# pack: the layer, one regular file that anybody may read and run and no user may write. GNU's own format is the one that is the
# same in tar 1.34 and 1.35.
pack() {
  install -m 555 "$BINARY" "$work/mote"
  tar --format=gnu --mtime=@1 --owner=0 --group=0 --numeric-owner --mode=0555 -C "$work" -cf "$work/layer.tar" mote
  gzip -n -9 <"$work/layer.tar" >"$work/layer.tar.gz"
}

config() {
  # shellcheck disable=SC2016  # The names are jq's.
  json --arg arch "$1" --arg diff_id "sha256:$(sha256sum "$work/layer.tar" | cut -d' ' -f1)" \
    --arg source "${IMAGE_SOURCE-$(source_url)}" --arg revision "${IMAGE_REVISION-$(revision)}" \
    --arg version "${IMAGE_VERSION-$(package version)}" '{
      created: "1970-01-01T00:00:01Z", architecture: $arch, os: "linux",
      config: {
        User: "65532:65532", Entrypoint: ["/mote"], WorkingDir: "/", ExposedPorts: {"8080/tcp": {}},
        Labels: ({source: $source, revision: $revision, version: $version, title: "mote"}
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

index() {
  # shellcheck disable=SC2016
  json --arg manifest "$1" --argjson size "$(size "$1")" --arg arch "$2" '{
    schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [{
      mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $manifest, size: $size,
      platform: {architecture: $arch, os: "linux"}, annotations: {"org.opencontainers.image.ref.name": "latest"}
    }]
  }'
}

[[ -f $BINARY ]] || fail "there is no binary $BINARY; scripts/dev/build.sh makes it"
begin_layout "$OUTDIR"

arch=$(architecture)
check_gzip
pack
config "$arch" >"$work/config"
layer=$(blob "$work/layer.tar.gz")
config=$(blob "$work/config")
manifest "$config" "$layer" >"$work/manifest"
manifest=$(blob "$work/manifest")
index "$manifest" "$arch" >"$layout/index.json"
compressed=$(($(size "$layer") + $(size "$config") + $(size "$manifest")))
finish_layout "$OUTDIR"

printf 'image   %s (linux/%s)\ndigest  %s\nsize    %s bytes compressed\n' "$OUTDIR" "$arch" "$manifest" "$compressed"
