#!/usr/bin/env bash
# Tests of the flake, without nixpkgs: nix/stand-in takes its place, made of this machine's own tools, so that everything is evaluated
# and the flake's own builds really run. The name of each test says what it proves.
#   nix/test.sh           all of them
#   nix/test.sh test_...  those named
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

NIXFMT=0.5.3
DEADNIX=1.3.1

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/tree
# What was built last stays, with what it needs, so that a second run builds only what has changed.
links=$MOTE_CACHE/nix/results
linters=$MOTE_CACHE/tools/nix-lint-$NIXFMT-$DEADNIX

# wants WHAT EXPECTED ACTUAL: they are the same.
wants() { [[ $2 == "$3" ]] || fail "$1: want \"$2\", have \"$3\""; }

# A store of its own, by the program alone: no daemon, no users for builds, nothing outside the cache, nothing fetched.
private_store() {
  has nix || scripts/dev/packages.sh nix-bin
  local place=$MOTE_CACHE/nix
  mkdir -p "$place/conf" "$links"
  export NIX_STORE_DIR=$place/store NIX_STATE_DIR=$place/state NIX_LOG_DIR=$place/log NIX_CONF_DIR=$place/conf
  export NIX_REMOTE='' NIX_USER_CONF_FILES=/dev/null
  export NIX_CONFIG=$'experimental-features = nix-command flakes\nsandbox = false\nbuild-users-group =\nsubstituters =\nwarn-dirty = false'
}

get_linters() {
  [[ -x $linters/bin/nixfmt && -x $linters/bin/deadnix ]] ||
    with_progress "Building nixfmt $NIXFMT and deadnix $DEADNIX" \
      cargo install --debug --quiet --locked --root "$linters" "nixfmt_rs@$NIXFMT" "deadnix@$DEADNIX"
}

# The crates as nixpkgs would lay them out for a build, in a place that is the same while Cargo.lock is.
vendor_crates() {
  crates=$MOTE_CACHE/nix/crates-$(sha256sum <Cargo.lock | cut -c1-16)
  [[ ! -d $crates ]] || return 0
  with_progress "Fetching crates" cargo vendor --locked --versioned-dirs "$scratch/crates"
  cp Cargo.lock "$scratch/crates/"
  mkdir "$scratch/crates/.cargo"
  printf '[source.crates-io]\nreplace-with = "vendored-sources"\n\n[source.vendored-sources]\ndirectory = "cargo-vendor-dir"\n' \
    >"$scratch/crates/.cargo/config.toml"
  rm -rf "$MOTE_CACHE"/nix/crates-*
  cp -r "$scratch/crates" "$crates.new"
  mv -T "$crates.new" "$crates"
}

# tell KEY VALUE: puts a fact of this machine into the stand-in.
tell() { sed -i "s|^  $1 = .*|  $1 = \"$2\";|" "$tree/nix/stand-in/host.nix"; }

describe_host() {
  local channel tools=("$linters/bin")
  channel=$(rust_channel)
  # What other stages have built.
  for tool in "$MOTE_CACHE"/tools/{actionlint-*,zizmor-*/bin,cargo-deny-*/bin,cargo-cyclonedx-*/bin}; do
    [[ ! -d $tool ]] || tools+=("$tool")
  done
  tell path "$(IFS=: && printf '%s' "${tools[*]}"):/usr/bin:/bin"
  tell channel "$channel"
  tell toolchain "$(rustc "+$channel" --print sysroot)"
  tell crates "$crates"
}

# Newer versions of Nix look at one system alone unless told otherwise.
all_systems() { if nix flake check --help 2>/dev/null | grep -q -- --all-systems; then printf -- --all-systems; fi; }

# with_stand_in VERB [ARG ...]: a command of nix, with the stand-ins for both inputs.
with_stand_in() {
  nix "$@" --no-write-lock-file --override-input nixpkgs "path:$tree/nix/stand-in" \
    --override-input rust-overlay "path:$tree/nix/stand-in/rust-overlay"
}

# quietly COMMAND ...: shows the output only when it fails.
quietly() { "$@" >"$scratch/output" 2>&1 || { cat "$scratch/output" >&2; return 1; }; }

# build OUTPUT LINK [ARG ...]
build() {
  local output=$1 link=$2
  shift 2
  quietly with_stand_in build "path:$tree#$output" --out-link "$link" --print-build-logs "$@"
}

test_the_flake_is_one_page_and_pins_each_input_once() {
  (($(wc -l <flake.nix) <= 150)) || fail "flake.nix has $(wc -l <flake.nix) lines; at most 150 are allowed"
  wants "inputs" "nixpkgs root rust-overlay" "$(jq -r '.nodes | keys | join(" ")' flake.lock)"
  wants "the input of rust-overlay" '["nixpkgs"]' "$(jq -c '.nodes["rust-overlay"].inputs.nixpkgs' flake.lock)"
  wants "inputs without a commit, hash or time" "" "$(jq -r '.nodes | del(.root) | to_entries[] | select(.value.locked
    | (.rev | test("^[0-9a-f]{40}$")) and (.narHash | test("^sha256-[A-Za-z0-9+/]{43}=$")) and .lastModified > 1700000000
    | not) | .key' flake.lock)"
}

# Nix compares the lock with the inputs that the flake names before it fetches any.
test_the_lock_is_for_the_inputs_that_the_flake_names() {
  quietly nix flake metadata "path:$tree" --no-update-lock-file
  cp -r "$tree" "$scratch/other"
  sed -i 's/nixos-26.05/nixos-25.11/' "$scratch/other/flake.nix"
  if nix flake metadata "path:$scratch/other" --no-update-lock-file >/dev/null 2>&1; then fail "another branch passes with the old lock"; fi
}

test_every_output_evaluates_for_both_systems() {
  local system
  # shellcheck disable=SC2046  # It is one option or none.
  quietly with_stand_in flake check --no-build "path:$tree" $(all_systems)
  with_stand_in flake show --json "path:$tree" 2>/dev/null >"$scratch/show.json"
  for system in x86_64-linux aarch64-linux; do
    wants "packages for $system" "default image image-aarch64 image-index sbom server server-aarch64" \
      "$(jq -r ".packages[\"$system\"] | keys | join(\" \")" "$scratch/show.json")"
    wants "shells for $system" "ci default" "$(jq -r ".devShells[\"$system\"] | keys | join(\" \")" "$scratch/show.json")"
    wants "apps for $system" "default rehearse" "$(jq -r ".apps[\"$system\"] | keys | join(\" \")" "$scratch/show.json")"
  done
}

# The stand-in has the attributes of the table and no others, so that everything evaluates proves that none is missing there.
test_the_table_of_attributes_has_what_is_used_and_nothing_else() {
  local attribute file commit
  while IFS=$'\t' read -r attribute file commit; do
    [[ $file =~ ^(pkgs|lib)/.*\.nix$ && $commit =~ ^([0-9a-f]{40}|master)$ ]] || fail "$attribute has no file or commit in the table"
    grep -qwF -- "${attribute##*.}" flake.nix nix/*.nix || fail "$attribute is in the table but not used"
  done < <(grep -v '^#' nix/stand-in/attributes.tsv)
  sed -i '/^skopeo\t/d' "$tree/nix/stand-in/attributes.tsv"
  if with_stand_in flake check --no-build "path:$tree" >"$scratch/missing" 2>&1; then fail "an attribute that is missing is not noticed"; fi
  grep -q skopeo "$scratch/missing"
  cp nix/stand-in/attributes.tsv "$tree/nix/stand-in/attributes.tsv"
}

test_the_flake_and_the_scripts_give_the_same_binary() {
  build server "$links/server"
  TOOLCHAIN=rustup quietly scripts/dev/build.sh
  cmp "$links/server/bin/mote" target/dist/mote-x86_64
}

test_the_image_is_the_same_when_it_is_built_again() {
  local before
  build image "$links/image"
  before=$(nix hash path --sri "$links/image/")
  build image "$links/image" --rebuild
  wants "hash of the second image" "$before" "$(nix hash path --sri "$links/image/")"
  quietly image/readers.sh "$links/image"
  # The flake has no clone to ask for the address or the revision.
  IMAGE_SOURCE=$(sed -n 's/^repository *= *"\(.*\)"/\1/p' Cargo.toml) IMAGE_REVISION='' \
    quietly image/assemble.sh "$links/server/bin/mote" "$scratch/by-hand"
  diff -r "$scratch/by-hand" "$links/image"
}

test_the_index_names_the_images_of_both_architectures() {
  build image-index "$links/index"
  quietly image/readers.sh "$links/index"
  build image-aarch64 "$links/image-aarch64"
  wants "images" "$(jq -r '.manifests[].digest' "$links"/{image,image-aarch64}/index.json)" \
    "$(jq -r '.manifests[].digest' "$links/index/blobs/$(jq -r '.manifests[0].digest' "$links/index/index.json" | tr : /)")"
}

test_a_path_of_the_store_in_the_binary_fails_the_build() {
  cp -r "$tree" "$scratch/leaky"
  # shellcheck disable=SC2016  # The line is the builder's.
  sed -i 's|^    install -Dm555 .*|    (cat target/dist/mote-${arch}; echo $src) \| install -D /dev/stdin $out/bin/mote|' \
    "$scratch/leaky/nix/server.nix"
  if with_stand_in build "path:$scratch/leaky#server" --no-link >"$scratch/leak" 2>&1; then fail "the path was not noticed"; fi
  grep -q 'not allowed to refer to' "$scratch/leak"
}

# check NAME PROGRAM: builds the check where its program is; a person without it has said so by not running the stage that builds it.
check() {
  if [[ -z ${2:-} ]] || PATH="$(sed -n 's/^  path = "\(.*\)";/\1/p' "$tree/nix/stand-in/host.nix")" has "$2"; then
    build "checks.$(uname -m)-linux.$1" "$links/check-$1"
  else
    log "skipped: check $1, since $2 is not built here yet"
  fi
}

# The crate's own tests have a stage of their own; here clippy compiles them, from no more files than the flake gives them.
test_the_checks_pass() {
  check fmt
  check clippy
  check image-has-one-file
  check image-is-the-same-twice
  check nixfmt
  check deadnix
  check shellcheck shellcheck
  check actionlint actionlint
  check zizmor zizmor
  check deny cargo-deny
}

test_the_bill_of_materials_is_about_the_image() {
  if ! compgen -G "$MOTE_CACHE/tools/cargo-cyclonedx-*" >/dev/null; then log "skipped: cargo-cyclonedx is not built here yet"; return; fi
  build sbom "$links/sbom"
  build sbom "$links/sbom" --rebuild
  wants "what it is about" "container sha256:$(jq -r '.metadata.component.hashes[0].content' "$links/sbom")" \
    "container $(jq -r '.manifests[0].digest' "$links/image/index.json")"
  wants "the hash of the file in it" "$(sha256sum <"$links/server/bin/mote" | cut -d' ' -f1)" \
    "$(jq -r '.components[] | select(.name == "mote").hashes[0].content' "$links/sbom")"
  wants "a crate of it" tiny_http "$(jq -r '.components[] | select(.name == "tiny_http").name' "$links/sbom")"
}

test_the_app_runs_mote() {
  local program
  build default "$links/default"
  program=$(with_stand_in eval --raw "path:$tree#apps.$(uname -m)-linux.default.program" 2>/dev/null)
  wants "version" "mote $(sed -n 's/^version *= *"\(.*\)"/\1/p' Cargo.toml)" "$("$program" --version)"
}

# Where Nix has flakes switched on, as it has in here, `make image` takes the image from it. A nix in front of the real one adds the
# stand-ins, which no other run needs.
test_make_image_takes_nix_where_it_is_there_and_says_so() {
  mkdir "$scratch/bin"
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nif [ "$1" = build ]; then set -- "$@" %s; fi\nexec %s "$@"\n' \
    "--no-write-lock-file --override-input nixpkgs path:$tree/nix/stand-in --override-input rust-overlay path:$tree/nix/stand-in/rust-overlay" \
    "$(command -v nix)" >"$scratch/bin/nix"
  chmod +x "$scratch/bin/nix"
  (cd "$tree" && PATH=$scratch/bin:$PATH image/make.sh) >"$scratch/made"
  grep -qx 'builder nix' "$scratch/made" || fail "another builder: $(cat "$scratch/made")"
  diff -r "$tree/target/dist/image" "$links/image"
  cmp "$tree/target/dist/mote-x86_64" "$links/server/bin/mote"
  NIX_CONFIG='' image/make.sh | grep -qx 'builder scripts' || fail "Nix was taken with flakes switched off"
  if BUILDER=magic image/make.sh 2>"$scratch/why"; then fail "a builder that does not exist was taken"; fi
  grep -q 'it must be nix or scripts' "$scratch/why"
}

# Nix fetches the modules of the Pulumi program by this hash, and cannot compute it beforehand.
test_the_hash_of_the_go_modules_is_right() {
  nix/vendor-hash.sh check
}

if ! has nix && ! { ((EUID == 0)) && has apt-get; }; then
  log "skipped: the flake, since this machine has neither nix nor apt-get and root to install nix-bin"
  exit
fi
if has apt-get && ((EUID == 0)); then scripts/dev/packages.sh jq skopeo umoci shellcheck; fi
# Another run of this would replace what is compared here.
mkdir -p "$MOTE_CACHE"
exec 9>"$MOTE_CACHE/nix.lock"
flock --nonblock 9 || { log "Waiting for another run of nix/test.sh"; flock 9; }
private_store
get_linters
copy_tree "$tree"
vendor_crates
describe_host

mapfile -t tests < <(grep -oP '^test_\w+' "$0")
(($# == 0)) || tests=("$@")
for name in "${tests[@]}"; do
  # A process of its own, in the background: only so does a failure inside a test end it.
  status=0
  "$name" & wait $! || status=$?
  ((status == 0)) || fail "nix/test.sh: failed: $name"
  name=${name#test_}
  log "ok: ${name//_/ }"
done
quietly nix store gc
log "nix/test.sh: ${#tests[@]} passed"
