#!/usr/bin/env bash
# Builds binary and image here and once more from scratch, as two people would on two machines, and wants the same bytes: image/reproduce.sh
#
# The second build has another folder, user, umask, time zone, locale, home and place of crates. The one here is whatever Cargo keeps from
# earlier builds, so it is seen as well that those leave no trace. On a difference diffoscope shows it.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# make_image FOLDER [COMMAND ...]: the whole way from source to layout, with COMMAND in front of each step.
make_image() {
  local folder=$1
  shift
  (
    cd "$folder"
    "$@" scripts/dev/build.sh
    "$@" image/assemble.sh target/dist/image target/dist/mote-x86_64
  )
}

another_user() {
  # Rustup's own folder stays, so that the compiler need not be fetched a second time.
  export RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup} MOTE_CACHE
  export HOME="$scratch/home of another" USER=another LOGNAME=another TZ=Pacific/Chatham LC_ALL=C.UTF-8
  export CARGO_HOME="$HOME/crates"
  mkdir -p "$HOME"
  umask 077
  copy_tree "$scratch/another folder"
  local as=()
  ! can_be_another_user "another user, not another home and folder" || as=("${OTHER_USER[@]}")
  make_image "$scratch/another folder" "${as[@]}"
}

show_difference() {
  has diffoscope || scripts/dev/packages.sh diffoscope-minimal binutils || true
  if has diffoscope; then diffoscope "$1" "$2" >&2 || true; else diff -rq "$1" "$2" >&2 || true; fi
}

log "The build here"
make_image "$ROOT"
log "The build by another user in another folder"
(another_user)

for made in mote-x86_64 image; do
  first=target/dist/$made second="$scratch/another folder/target/dist/$made"
  if ! diff -r "$first" "$second" >/dev/null; then
    show_difference "$first" "$second"
    fail "two builds of the same source differ: $made"
  fi
done
log "The same bytes twice: $(jq -r '.manifests[0].digest' target/dist/image/index.json)"
