#!/usr/bin/env bash
# Joins layouts of one image each into one layout whose single digest names them all: image/index.sh OUTDIR LAYOUT LAYOUT ...
set -euo pipefail
# shellcheck source=image/layout.sh
source "$(dirname "${BASH_SOURCE[0]}")/layout.sh"

(($# >= 3)) || fail "usage: image/index.sh OUTDIR LAYOUT LAYOUT ..."
OUTDIR=$1
shift
for part in "$@"; do [[ -f $part/index.json ]] || fail "$part is no OCI layout"; done
begin_layout "$OUTDIR"

# The order is that of the architectures' names, in whatever order the layouts are listed.
for part in "$@"; do cp -f "$part"/blobs/sha256/* "$layout/blobs/sha256/"; done
# shellcheck disable=SC2016  # The names are jq's.
json --slurpfile parts <(cat "${@/%//index.json}") '{
  schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json",
  manifests: [$parts[].manifests[] | del(.annotations)] | sort_by(.platform.architecture)
}' >"$work/index"
[[ $(jq '.manifests | length == (map(.platform) | unique | length)' "$work/index") == true ]] ||
  fail "two of the layouts are for one architecture"
index=$(blob "$work/index")
# shellcheck disable=SC2016
json --arg index "$index" --argjson size "$(size "$index")" '{
  schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json",
  manifests: [{
    mediaType: "application/vnd.oci.image.index.v1+json", digest: $index, size: $size,
    annotations: {"org.opencontainers.image.ref.name": "latest"}
  }]
}' >"$layout/index.json"
finish_layout "$OUTDIR"

printf 'index   %s (%s images)\ndigest  %s\n' "$OUTDIR" "$#" "$index"
