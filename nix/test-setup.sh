# Makes ready what nix/test.sh needs, which sources this: a store of its own, and this machine's tools as the stand-in for nixpkgs.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # Variables are the caller's, or for it.

NIXFMT=0.5.3
DEADNIX=1.3.1
linters=$MOTE_CACHE/tools/nix-lint-$NIXFMT-$DEADNIX

# is_current NIX: whether it is a Nix of these years, and not Debian's of 2022.
is_current() { [[ $(printf '2.20\n%s\n' "$("$1" --version 2>/dev/null | grep -oE '[0-9]+\.[0-9.]+')" | sort -V | head -1) == 2.20 ]]; }

# choose_nix: the machine's own Nix, and a current one that Debian has in its unstable suite.
choose_nix() {
  local newer=$MOTE_CACHE/tools/debian-sid-nix
  has nix || scripts/dev/packages.sh nix-bin
  machines_nix=$(command -v nix)
  mkdir "$scratch/nix"
  is_current nix || [[ -x $newer/run ]] ||
    with_progress "Fetching a current Nix of Debian" scripts/dev/unpack-debian.sh sid "$newer" nix-bin || log "there is none to be had here"
  [[ -x $newer/run ]] || return 0
  # It would look for its helpers in the machine's own place.
  printf '#!/bin/sh\nexec %s/run nix --option build-hook "" "$@"\n' "$newer" >"$scratch/nix/nix"
  chmod +x "$scratch/nix/nix"
  PATH=$scratch/nix:$PATH
}

# A store of its own, by the program alone: no daemon, no users for builds, nothing outside the cache, nothing fetched.
private_store() {
  mkdir -p "$place/conf" "$links"
  export NIX_STORE_DIR=$place/store NIX_STATE_DIR=$place/state NIX_LOG_DIR=$place/log NIX_CONF_DIR=$place/conf
  export NIX_REMOTE='' NIX_USER_CONF_FILES=/dev/null
  export NIX_CONFIG=$'experimental-features = nix-command flakes\nbuild-users-group =\nsubstituters =\nwarn-dirty = false\nsandbox = false'
}

# The crates as nixpkgs would lay them out for a build, in a place that is the same while Cargo.lock is.
vendor_crates() {
  crates=$place/crates-$(sha256sum <Cargo.lock | cut -c1-16)
  [[ ! -d $crates ]] || return 0
  with_progress "Fetching crates" cargo vendor --locked --versioned-dirs "$scratch/crates"
  cp Cargo.lock "$scratch/crates/"
  mkdir "$scratch/crates/.cargo"
  printf '[source.crates-io]\nreplace-with = "vendored-sources"\n\n[source.vendored-sources]\ndirectory = "cargo-vendor-dir"\n' \
    >"$scratch/crates/.cargo/config.toml"
  rm -rf "$place"/crates-*
  cp -r "$scratch/crates" "$crates.new"
  mv -T "$crates.new" "$crates"
}

# get_toolchains: what the stand-in takes from the machine, which a fresh one has not got yet.
get_toolchains() {
  local channel
  channel=$(rust_channel)
  quietly rustup toolchain install "$channel" --profile minimal --no-self-update --component rustfmt,clippy \
    --target x86_64-unknown-linux-musl,aarch64-unknown-linux-musl
  [[ -x $linters/bin/nixfmt && -x $linters/bin/deadnix ]] ||
    with_progress "Building nixfmt $NIXFMT and deadnix $DEADNIX" \
      cargo install --debug --quiet --locked --root "$linters" "nixfmt_rs@$NIXFMT" "deadnix@$DEADNIX"
  with_progress "Fetching the Go modules of the Pulumi program" go -C infra list -deps -test ./...
}

# tell KEY VALUE: puts a fact of this machine into the stand-in.
tell() { sed -i "s|^  $1 = .*|  $1 = \"$2\";|" "$tree/nix/stand-in/host.nix"; }

describe_host() {
  local channel tool bin=$place/bin
  channel=$(rust_channel)
  toolchain=$(rustc "+$channel" --print sysroot)
  # One folder that stays: a tool that another stage has built since must not make every derivation another one.
  mkdir -p "$bin"
  rm -f "$bin"/*
  for tool in "$linters"/bin/* "$(go env GOROOT)/bin/go" \
    "$MOTE_CACHE"/tools/{actionlint-*,zizmor-*/bin,cargo-deny-*/bin,cargo-cyclonedx-*/bin}/{actionlint,zizmor,cargo-deny,cargo-cyclonedx}; do
    [[ ! -x $tool ]] || ln -sf "$tool" "$bin"
  done
  tell path "$bin:/usr/bin:/bin"
  tell channel "$channel"
  tell toolchain "$toolchain"
  tell crates "$crates"
  tell go-cache "$(go env GOCACHE)"
  tell go-modules "$(go env GOMODCACHE)"
}

# use_sandbox: builds see this machine's programs and nothing else of it, if the kernel lets Nix do that.
use_sandbox() {
  local path paths=''
  for path in /bin /usr /lib /lib64 /etc/alternatives "$toolchain" "$crates" "$(go env GOROOT)" "$(go env GOCACHE)" "$(go env GOMODCACHE)" "$MOTE_CACHE/tools" "$place/bin"; do
    [[ ! -e $path ]] || paths+=" $path"
  done
  # shellcheck disable=SC2016  # The builder's own words.
  echo 'derivation { name = "probe-${toString builtins.currentTime}"; system = builtins.currentSystem; builder = "/bin/sh";
    args = [ "-c" "[ ! -e '"$ROOT"' ] && echo >$out; exit" ]; }' >"$scratch/probe.nix"
  local sandboxed=${NIX_CONFIG/sandbox = false/sandbox = true}$'\nsandbox-fallback = false\nsandbox-paths ='$paths
  if NIX_CONFIG=$sandboxed nix build --impure --no-link --file "$scratch/probe.nix" >"$scratch/probe" 2>&1; then
    NIX_CONFIG=$sandboxed
    log "builds run in a sandbox, by $(nix --version)"
  else
    without_sandbox=$(tail -1 "$scratch/probe")
  fi
}

# Newer versions of Nix look at one system alone unless told otherwise.
all_systems() { if "$1" flake check --help 2>/dev/null | grep -q -- --all-systems; then printf -- --all-systems; fi; }

# with_stand_in VERB [ARG ...]: a command of nix, or of the Nix that NIX names, with the stand-ins for both inputs.
with_stand_in() {
  local verb=$1
  shift
  [[ $verb != flake ]] || { verb+=" $1" && shift; }
  # shellcheck disable=SC2086  # A verb is one word or two.
  "${NIX:-nix}" $verb --no-write-lock-file --override-input nixpkgs "path:$tree/nix/stand-in" \
    --override-input rust-overlay "path:$tree/nix/stand-in/rust-overlay" "$@"
}

# build OUTPUT LINK [ARG ...]
build() {
  local output=$1 link=$2
  shift 2
  quietly with_stand_in build "path:$tree#$output" --out-link "$link" --print-build-logs "$@"
}

# names OUTPUT: what the flake has of it for this system.
names() { with_stand_in eval --json "path:$tree#$1.$system" --apply builtins.attrNames 2>/dev/null | jq -r '.[]'; }

# derivations: every derivation that the flake gives, for every system.
derivations() {
  local output
  for output in packages checks devShells formatter; do
    with_stand_in eval --json "path:$tree#$output" 2>/dev/null --apply \
      'let path = x: if x ? drvPath then x.drvPath else builtins.mapAttrs (_: path) x; in path'
  done
}
