#!/usr/bin/env bash
# Leaves binary and image in target/dist and says who made them: image/make.sh
#
# ARCH=x86_64, the default, or aarch64 is what the image in target/dist/image is for. ARCH=all makes the one for x86_64 and, in
# target/dist/image-index, an index of the images for both.
# BUILDER=nix takes them from the flake, BUILDER=scripts from scripts/dev/build.sh and image/assemble.sh. Unset, it is Nix where that is there
# with flakes switched on: then what is tried on a laptop is, bit for bit, what a release is made of.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

ARCH=${ARCH:-x86_64}
case $ARCH in
x86_64) archs=(x86_64) attribute=image ;;
aarch64) archs=(aarch64) attribute=image-aarch64 ;;
all) archs=(x86_64 aarch64) attribute=image ;;
*) fail "ARCH is $ARCH; it must be x86_64, aarch64 or all" ;;
esac

# Debian's Nix, for one, comes with flakes switched off; who has not switched them on does not want them used.
has_flakes() {
  local nix=(nix --extra-experimental-features nix-command)
  has nix || return 1
  # Older versions of Nix know only the second name.
  { "${nix[@]}" config show 2>/dev/null || "${nix[@]}" show-config; } 2>/dev/null | grep -qE '^experimental-features = (.* )?flakes( |$)'
}

# take_image ATTRIBUTE LAYOUT: copies what Nix has built, unless the same is there.
take_image() {
  local link=target/dist/nix-$1
  with_progress "Building $1 with Nix" nix build ".#$1" --out-link "$link" ||
    fail "Nix could not build the image; BUILDER=scripts builds it without Nix"
  [[ ! -e $2 || -f $2/oci-layout ]] || fail "$2 exists and is no OCI layout; remove it"
  if ! diff -rq "$link" "$2" >/dev/null 2>&1; then
    rm -rf "$2"
    cp -rL --no-preserve=mode "$link" "$2"
  fi
  printf 'image   %s\ndigest  %s\n' "$2" "$(jq -r '.manifests[0].digest' "$2/index.json")"
}

by_nix() {
  local arch
  local -A server=([x86_64]=server [aarch64]=server-aarch64)
  mkdir -p target/dist
  for arch in "${archs[@]}"; do
    with_progress "Taking the binary for $arch from Nix" nix build ".#${server[$arch]}" --out-link "target/dist/nix-server-$arch"
    install -m755 "target/dist/nix-server-$arch/bin/mote" "target/dist/mote-$arch"
  done
  take_image "$attribute" target/dist/image
  [[ $ARCH != all ]] || take_image image-index target/dist/image-index
}

by_scripts() {
  local arch
  has jq || scripts/dev/packages.sh jq
  for arch in "${archs[@]}"; do scripts/dev/build.sh "$arch"; done
  image/assemble.sh target/dist/image "target/dist/mote-${archs[0]}"
  [[ $ARCH != all ]] || image/assemble.sh target/dist/image-index "${archs[@]/#/target/dist/mote-}"
}

builder=${BUILDER:-$(if has_flakes; then echo nix; else echo scripts; fi)}
case $builder in
nix | scripts) "by_$builder" ;;
*) fail "BUILDER is $builder; it must be nix or scripts, or unset for nix where flakes are switched on" ;;
esac
printf 'builder %s\n' "$builder"
