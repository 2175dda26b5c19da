#!/usr/bin/env bash
# Has an OCI layout read by the programs that others read it with, and wants one digest of all of them: image/readers.sh LAYOUT
# They are skopeo (containers/image), umoci (its own reader) and crane (go-containerregistry, as the Pulumi program) by a registry.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 1)) || fail "usage: image/readers.sh LAYOUT"
layout=$1
scratch=$(mktemp -d)
registry=
trap 'kill $registry 2>/dev/null || true; rm -rf "$scratch"' EXIT

want=$(jq -er '.manifests[0].digest' "$layout/index.json") || fail "$layout is no OCI layout"

# agrees READER DIGEST
agrees() { [[ $2 == "$want" ]] || fail "$1 reads the digest $2 from $layout, but it is $want"; }

digest_of() { sha256sum | sed 's/\([0-9a-f]*\).*/sha256:\1/'; }

by_skopeo() {
  agrees "skopeo" "$(skopeo inspect --raw "oci:$layout:latest" | digest_of)"
  # Copying makes it read every blob and compare the digests.
  skopeo copy --all --quiet --insecure-policy --preserve-digests "oci:$layout:latest" "dir:$scratch/dir"
  agrees "skopeo's copy" "$(digest_of <"$scratch/dir/manifest.json")"
}

# umoci knows images only, not indexes of them.
by_umoci() {
  local layer
  layer=$(jq -er '.layers[0].digest' "$layout/blobs/${want/://}") || return 0
  umoci stat --image "$layout:latest" >"$scratch/stat"
  grep -qF "$layer" "$scratch/stat" || fail "umoci does not find the layer $layer"
  umoci unpack --rootless --image "$layout:latest" "$scratch/bundle" >/dev/null
}

start_registry() {
  crane=$(go_tool crane)
  "$crane" registry serve --address 127.0.0.1:0 2>"$scratch/registry" &
  registry=$!
  for _ in {1..100}; do
    ! grep -q 'serving on port' "$scratch/registry" || return 0
    sleep 0.1
  done
  fail "the registry in memory did not start: $(cat "$scratch/registry")"
}

by_crane() {
  local name
  start_registry
  name=localhost:$(sed -n 's/.*serving on port \([0-9]*\).*/\1/p' "$scratch/registry")/mote:test
  # A layout with one image is pushed as that image, one with an index as the index that it names.
  "$crane" push --insecure "$layout" "$name" >/dev/null 2>&1
  "$crane" validate --insecure --remote "$name" >/dev/null
  agrees "go-containerregistry through a registry" "$("$crane" digest --insecure "$name")"
}

by_skopeo
by_umoci
by_crane
