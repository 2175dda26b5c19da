#!/usr/bin/env bash
# Builds the static binary: scripts/dev/build.sh [x86_64|aarch64] leaves target/dist/mote-<arch>.
#
# TOOLCHAIN=rustup takes the compiler that rust-toolchain.toml names, with rustup's musl target; TOOLCHAIN=debian takes Debian's
# compiler, builds the standard library for musl with it and links with zig. Unset, it is the first of the two that works here.
# TOOLCHAIN=path takes cargo and rustc as they are in PATH, with the target: the flake's builds and shells do that.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

ARCH=${1:-x86_64}
case $ARCH in
x86_64 | aarch64) TARGET=$ARCH-unknown-linux-musl ;;
*) fail "scripts/dev/build.sh: architecture $ARCH is not known; x86_64 and aarch64 are" ;;
esac

# A person's own flags would change the bytes that everybody else gets, and flags in the environment hide those set here.
# nixpkgs' bash has no compgen, which would list them too.
# shellcheck disable=SC2031  # What a subshell sets further down is another matter.
for name in RUSTFLAGS CARGO_ENCODED_RUSTFLAGS "${!CARGO_BUILD_@}" "${!CARGO_PROFILE_@}" "${!CARGO_TARGET_@}"; do unset "$name"; done

# upper NAME: as Cargo spells it in the names of variables.
upper() { tr 'a-z-' 'A-Z_' <<<"$1"; }

# Panic messages name source files. Without these, the binary would hold the paths of the machine and differ from the next one's.
# MOTE_CRATES is where the flake has put the crates.
remaps() {
  local crates
  for crates in ${MOTE_CRATES:+"$MOTE_CRATES/"} "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/; do
    [[ ! -d $crates ]] || printf -- '--remap-path-prefix=%s=/crates\n' "${crates%/}"
  done
  printf -- '--remap-path-prefix=%s=/mote\n' "$PWD"
}

# use_flags FLAG ...: for the target only, as Cargo hides them from build scripts. This spelling allows spaces in paths.
use_flags() {
  local flags
  mapfile -t flags < <(printf '%s\n' "$@" && remaps)
  CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f' && printf '%s' "${flags[*]}")
  export CARGO_ENCODED_RUSTFLAGS
}

# Toolchains do not share a folder: each would throw away what the other has built.
use_target_dir() { export CARGO_TARGET_DIR="$PWD/target/$1"; }

rustup_has_target() { [[ -d "$(rustc +"$1" --print sysroot 2>/dev/null)/lib/rustlib/$TARGET" ]]; }

# Where the mirror cannot be reached rustup may wait for ever, hence the time limits.
rustup_ready() {
  local channel
  channel=$(rust_channel)
  has rustup && has cc || return 1
  rustc "+$channel" --version >/dev/null 2>&1 ||
    with_progress "Fetching Rust $channel" timeout 600 rustup toolchain install "$channel" --profile minimal --no-self-update || return 1
  rustup_has_target "$channel" ||
    with_progress "Fetching Rust's target $TARGET" timeout 120 rustup target add --toolchain "$channel" "$TARGET" || return 1
}

# Packed relative relocations take 30 KiB off a position-independent binary; musl applies them at the start.
# Functions that compiled to the same code are kept once; nothing here compares their addresses.
FLAGS=(-Ctarget-feature=+crt-static -Clink-arg=--pack-dyn-relocs=relr -Clink-arg=--icf=all)
# build_with CARGO ...: the linker comes with the toolchain, for every target, so the machine's own binutils have no part in the bytes.
build_with() {
  use_target_dir "$toolchain"
  with_progress "Fetching crates" "$@" fetch --locked --target "$TARGET"
  export "CARGO_TARGET_$(upper "$TARGET")_LINKER=rust-lld"
  use_flags "${FLAGS[@]}"
  with_progress "Compiling mote for $TARGET with $("$@" --version)" "$@" build --release --locked --target "$TARGET"
}

build_with_rustup() { build_with cargo "+$(rust_channel)"; }

build_with_path() { build_with cargo; }

# zig is a C compiler and linker for every target, in a Python package; it needs nothing of the machine.
zig_environment() {
  local place
  place=$MOTE_CACHE/tools/zig-$(short_hash tools/python/zig.txt)
  if [[ ! -x $place/bin/zig ]]; then
    # Made beside its place, so that an interrupted run leaves no half of it. A copy of Python's venv has absolute paths in
    # its scripts, hence the link-free wrapper for zig and the plain binary of cargo-zigbuild.
    rm -rf "$place.new"
    /usr/bin/python3 -m venv "$place.new"
    with_progress "Fetching zig" "$place.new/bin/pip" install --quiet --disable-pip-version-check --requirement tools/python/zig.txt
    # shellcheck disable=SC2016  # The wrapper works out its folder when it runs.
    printf '#!/bin/sh\nexec "$(dirname "$0")/python3" -m ziglang "$@"\n' >"$place.new/bin/zig"
    chmod +x "$place.new/bin/zig"
    rm -rf "$place"
    mv -T "$place.new" "$place"
  fi
  PATH="$place/bin:/usr/bin:$PATH"
  export ZIG_GLOBAL_CACHE_DIR="$MOTE_CACHE/zig" ZIG_LOCAL_CACHE_DIR="$MOTE_CACHE/zig"
}

# Debian ships no standard library for musl, so it is built from Debian's source of it; that needs the switch for unstable
# options. zig brings its own start files and C library, so rustc must not add those that it would otherwise expect.
build_with_debian() {
  scripts/dev/packages.sh rustc-web cargo-web rust-web-src gcc libc6-dev python3-venv
  zig_environment
  use_target_dir debian
  export RUSTC=/usr/bin/rustc CARGO=/usr/bin/cargo RUSTC_BOOTSTRAP=1
  with_progress "Fetching crates" /usr/bin/cargo fetch --locked --target "$TARGET"
  use_flags -Ctarget-feature=+crt-static -Clink-self-contained=no
  with_progress "Compiling mote and the standard library for $TARGET with Debian's $(rustc --version | cut -d' ' -f1,2)" \
    cargo-zigbuild zigbuild --release --locked --target "$TARGET" -Zbuild-std=std,panic_abort,panic_unwind
}

choose() {
  case ${TOOLCHAIN:-} in
  rustup | debian | path) printf '%s' "$TOOLCHAIN" ;;
  '') if rustup_ready; then printf rustup; else
    log "Rustup cannot provide Rust $(rust_channel) with its target $TARGET here, so Debian's compiler builds mote"
    printf debian
  fi ;;
  *) fail "TOOLCHAIN is $TOOLCHAIN; it must be rustup, debian or path, or unset for the first that works" ;;
  esac
}

toolchain=$(choose)
if [[ $toolchain == rustup ]]; then
  rustup_ready || fail "TOOLCHAIN=rustup needs rustup, a C compiler named cc, Rust $(rust_channel) and its target $TARGET"
fi
"build_with_$toolchain"

# Cargo decides what is up to date. The file is replaced in one step and only by another one, so its time tells when it changed.
built=$CARGO_TARGET_DIR/$TARGET/release/mote
result=target/dist/mote-$ARCH
mkdir -p target/dist
if ! cmp -s "$built" "$result"; then
  cp "$built" "$result.new"
  mv -T "$result.new" "$result"
fi
log "$result: $(stat -c %s "$result") bytes, by $toolchain"
