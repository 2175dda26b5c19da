#!/usr/bin/env bash
# Writes the hash of the Pulumi program's Go modules into nix/checks.nix: nix/vendor-hash.sh [check]
# With "check" it only compares. The hash changes when a module changes or a package of one is used that was not used before.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

has nix || scripts/dev/packages.sh nix-bin
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# What nix/sources.nix takes, handled as Nix does before it takes the hash. It is a copy, since a folder named vendor in the tree
# would change how Go builds there.
copy_tree "$scratch"
with_progress "Collecting the Go modules" go -C "$scratch/infra" mod vendor
right=$(nix --extra-experimental-features nix-command hash path --sri "$scratch/infra/vendor")
present=$(sed -n 's/.*vendorHash = "\(.*\)";/\1/p' nix/checks.nix)

[[ $right != "$present" ]] || exit 0
[[ ${1:-} != check ]] || fail "vendorHash in nix/checks.nix is $present, but the modules have $right: run nix/vendor-hash.sh"
sed -i "s|vendorHash = \".*\";|vendorHash = \"$right\";|" nix/checks.nix
log "nix/checks.nix has the new hash $right"
