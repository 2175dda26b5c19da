#!/usr/bin/env bash
# Leaves the binary and the image in target/dist and says who made them: image/make.sh
#
# BUILDER=nix takes them from the flake, BUILDER=scripts from scripts/dev/build.sh and image/assemble.sh. Unset, it is Nix where that is there
# with flakes switched on: then what is tried on a laptop is, bit for bit, what a release is made of.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

# Debian's Nix, for one, comes with flakes switched off; who has not switched them on does not want them used.
has_flakes() {
  local nix=(nix --extra-experimental-features nix-command)
  has nix || return 1
  # Older versions of Nix know only the second name.
  { "${nix[@]}" config show 2>/dev/null || "${nix[@]}" show-config; } 2>/dev/null | grep -qE '^experimental-features = (.* )?flakes( |$)'
}

by_nix() {
  mkdir -p target/dist
  with_progress "Building the image with Nix" nix build .#image --out-link target/dist/nix-image ||
    fail "Nix could not build the image; BUILDER=scripts builds it without Nix"
  with_progress "Taking the binary from Nix" nix build .#server --out-link target/dist/nix-server
  install -m755 target/dist/nix-server/bin/mote target/dist/mote-x86_64
  [[ ! -e target/dist/image || -f target/dist/image/oci-layout ]] || fail "target/dist/image exists and is no OCI layout; remove it"
  rm -rf target/dist/image
  cp -rL --no-preserve=mode target/dist/nix-image target/dist/image
  printf 'image   target/dist/image\ndigest  %s\n' "$(jq -r '.manifests[0].digest' target/dist/image/index.json)"
}

by_scripts() {
  has jq || scripts/dev/packages.sh jq
  scripts/dev/build.sh
  image/assemble.sh target/dist/mote-x86_64 target/dist/image
}

builder=${BUILDER:-$(if has_flakes; then echo nix; else echo scripts; fi)}
case $builder in
nix | scripts) "by_$builder" ;;
*) fail "BUILDER is $builder; it must be nix or scripts, or unset for nix where flakes are switched on" ;;
esac
printf 'builder %s\n' "$builder"
