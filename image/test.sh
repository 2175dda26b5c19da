#!/usr/bin/env bash
# Tests of the binary and the image. The name of each says what it proves.
#   image/test.sh           all of them
#   image/test.sh test_...  those named
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh
# shellcheck source=image/elf.sh
source image/elf.sh

# Bytes that the compressed image may have: a promise of this service, so without the file there is none.
SIZE_LIMIT=image/size-limit

scratch=$(mktemp -d)
server=
trap 'rm -rf "$scratch"' EXIT

binary=target/dist/mote-x86_64
image=target/dist/image
version=$(package_version)

# assemble OUTDIR [COMMAND ...]: assembles with COMMAND in front, and prints the digest.
assemble() {
  local outdir=$1
  shift
  "$@" image/assemble.sh "$outdir" "$binary" | awk '$1 == "digest" { print $2 }'
}

digest() { jq -r '.manifests[0].digest' "$1/index.json"; }
blob() { printf '%s/blobs/%s' "$1" "${2/://}"; }
manifest() { cat "$(blob "$1" "$(digest "$1")")"; }
config() { cat "$(blob "$1" "$(manifest "$1" | jq -r .config.digest)")"; }
layer() { blob "$1" "$(manifest "$1" | jq -r '.layers[0].digest')"; }

test_the_binaries_are_static_and_stripped() {
  elf_is_static "$binary" || fail "$binary is not a static, stripped executable"
  elf_is_static target/dist/mote-aarch64 || fail "target/dist/mote-aarch64 is not a static, stripped executable"
  # The check itself must be able to say no.
  ! elf_is_static "$(command -v bash)" || fail "bash passes for a static binary"
}

test_no_path_of_the_machine_is_in_the_binaries() {
  local arch
  for arch in x86_64 aarch64; do
    grep -qaF /crates/tiny_http "target/dist/mote-$arch" || fail "no path of a crate is found in mote-$arch; is this test blind?"
    ! grep -qaF -e "$HOME/" -e "$PWD/" -e "${CARGO_HOME:-$HOME/.cargo}" "target/dist/mote-$arch" ||
      fail "mote-$arch holds a path of this machine"
  done
}

test_two_builds_in_different_folders_give_the_same_bytes() {
  image/reproduce.sh
}

# nixpkgs' bash is built without readline, so it lacks these builtins; such a bash builds in the shells of the flake.
test_flags_in_the_environment_change_nothing_even_under_a_bash_without_readline() {
  local before
  before=$(sha256sum <"$binary")
  echo 'enable -n bind compgen complete compopt' >"$scratch/plain-bash"
  ! BASH_ENV=$scratch/plain-bash bash -c compgen 2>/dev/null || fail "this bash still has compgen"
  BASH_ENV=$scratch/plain-bash RUSTFLAGS=-Copt-level=0 CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_BUILD_RUSTFLAGS=-Cdebuginfo=2 scripts/dev/build.sh
  wants "hash of $binary" "$before" "$(sha256sum <"$binary")"
}

test_a_second_build_keeps_the_binary_and_is_quick() {
  local before start=$SECONDS
  before=$(stat -c %Y.%i "$binary")
  scripts/dev/build.sh
  wants "time and inode of $binary" "$before" "$(stat -c %Y.%i "$binary")"
  ((SECONDS - start <= 15)) || fail "a build of nothing took $((SECONDS - start)) s"
}

test_the_image_has_exactly_one_file_and_no_shell() {
  wants "layers" 1 "$(manifest "$image" | jq '.layers | length')"
  wants "content of the layer" "-r-xr-xr-x 0/0 $(stat -c %s "$binary") 1970-01-01 00:00:01 mote" \
    "$(TZ=UTC tar --numeric-owner --full-time -tvzf "$(layer "$image")" | tr -s ' ')"
  tar -xzOf "$(layer "$image")" mote | cmp - "$binary"
}

test_the_image_runs_mote_as_a_plain_user() {
  wants "settings" '["65532:65532",["/mote"],null,{"8080/tcp":{}},"amd64","linux"]' \
    "$(config "$image" | jq -c '[.config.User, .config.Entrypoint, .config.Cmd, .config.ExposedPorts, .architecture, .os]')"
}

# What collecting metrics costs is the kernel's count of processor time, which a busy machine changes little; the bar is eight times what is seen.
test_a_scrape_takes_at_most_a_thousandth_of_the_quarter_core() {
  scripts/dev/scrape-cost.py "$binary" 2000
}

test_the_labels_name_title_and_version_and_no_commit() {
  wants "labels" "{\"title\":\"mote\",\"version\":\"$("$binary" --version | cut -d' ' -f2)\"}" \
    "$(config "$image" | jq -cS '.config.Labels | with_entries(.key |= ltrimstr("org.opencontainers.image.")) | del(.source)')"
}

# The attestation names the commit. An image that did would be another one, and be rolled out, for each change of a document.
test_a_commit_that_changes_only_documents_makes_the_same_image() {
  local clone=$scratch/clone
  copy_tree "$clone"
  git -C "$clone" init -q
  commit_in "$clone"
  wants "digest in a clone" "$(digest "$image")" "$("$clone/image/assemble.sh" "$scratch/c1" "$binary" | awk '$1 == "digest" { print $2 }')"
  echo more >>"$clone/README.md"
  commit_in "$clone"
  wants "digest after the commit" "$(digest "$image")" "$("$clone/image/assemble.sh" "$scratch/c2" "$binary" | awk '$1 == "digest" { print $2 }')"
  sed -i '0,/^version = .*/s//version = "9.9.9"/' "$clone/Cargo.toml"
  ! grep -q "$(digest "$image")" <("$clone/image/assemble.sh" "$scratch/c3" "$binary") || fail "another version has the same digest"
}

commit_in() {
  git -C "$1" add -A
  git -C "$1" -c user.name=test -c user.email=test@example.org commit -qm test
}

test_the_digest_is_the_same_for_each_user_folder_and_time() {
  local want
  want=$(digest "$image")
  wants "a second time" "$want" "$(assemble "$scratch/again")"
  wants "another umask" "$want" "$(umask 077 && assemble "$scratch/umask")"
  wants "another time zone and locale" "$want" "$(TZ=Pacific/Chatham LC_ALL=C.UTF-8 LANG=C.UTF-8 assemble "$scratch/zone")"
  wants "options in the environment" "$want" "$(TAR_OPTIONS=--transform=s/mote/x/ GZIP=--rsyncable assemble "$scratch/options")"
  mkdir "$scratch/other"
  cp "$binary" "$scratch/other/server"
  touch -d 2001-02-03 "$scratch/other/server"
  chmod 700 "$scratch/other/server"
  wants "another name, folder, mode and time of the binary" "$want" "$(binary=$scratch/other/server assemble "$scratch/deep/er")"
  ! can_be_another_user "another user" || wants "another user" "$want" "$(assemble "$scratch/user" "${OTHER_USER[@]}")"
}

# other_tools: a folder of wrappers for tar, gzip and jq of another Debian release, each with its own libraries.
other_tools() {
  local suite=trixie place program
  ! grep -q "VERSION_CODENAME=$suite" /etc/os-release || suite=bookworm
  place=$MOTE_CACHE/tools/debian-$suite
  [[ -x $place/run ]] || with_progress "Fetching tar, gzip and jq of Debian $suite" scripts/dev/unpack-debian.sh "$suite" "$place" tar gzip jq
  mkdir -p "$scratch/tools"
  for program in tar gzip jq; do
    printf '#!/bin/sh\nexec %s/run %s "$@"\n' "$place" "$program" >"$scratch/tools/$program"
    chmod +x "$scratch/tools/$program"
  done
}

test_another_release_of_tar_gzip_and_jq_gives_the_same_digest() {
  other_tools
  [[ $("$scratch/tools/tar" --version) != "$(tar --version)" ]] || fail "the other tar is the same as this one"
  wants "other tools: $("$scratch/tools/tar" --version | head -1), $("$scratch/tools/gzip" --version | head -1)" \
    "$(digest "$image")" "$(PATH=$scratch/tools:$PATH assemble "$scratch/tools-image")"
}

test_another_compressor_by_the_name_of_gzip_is_refused() {
  mkdir -p "$scratch/fake"
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nexec %s -n -8\n' "$(command -v gzip)" >"$scratch/fake/gzip"
  chmod +x "$scratch/fake/gzip"
  if PATH=$scratch/fake:$PATH image/assemble.sh "$scratch/refused" "$binary" 2>"$scratch/why"; then fail "it was taken"; fi
  grep -q 'put GNU gzip first in PATH' "$scratch/why"
}

test_only_a_layout_is_ever_replaced() {
  mkdir "$scratch/precious"
  touch "$scratch/precious/file"
  if image/assemble.sh "$scratch/precious" "$binary" 2>/dev/null; then fail "a folder that is no layout was replaced"; fi
  [[ -f $scratch/precious/file ]]
  if image/assemble.sh "$scratch/text" README.md 2>/dev/null; then fail "a text was taken for a binary"; fi
}

test_the_compressed_image_is_small() {
  local size
  size=$(($(manifest "$image" | jq '.config.size + .layers[0].size') + $(manifest "$image" | wc -c)))
  log "compressed image: $size bytes"
  [[ ! -e $SIZE_LIMIT ]] || ((size <= $(<"$SIZE_LIMIT"))) || fail "the compressed image has $size bytes; at most $(<"$SIZE_LIMIT") are allowed"
}

test_skopeo_umoci_and_a_registry_agree_on_the_digest() {
  image/readers.sh "$image"
}

test_an_index_names_both_images_under_one_digest() {
  local arm=target/dist/mote-aarch64
  image/assemble.sh "$scratch/arm64" "$arm"
  image/assemble.sh "$scratch/index" "$binary" "$arm"
  image/assemble.sh "$scratch/other-way" "$arm" "$binary"
  wants "another order" "$(digest "$scratch/index")" "$(digest "$scratch/other-way")"
  wants "images" "[\"$(digest "$image")\",\"$(digest "$scratch/arm64")\"]" "$(manifest "$scratch/index" | jq -c '[.manifests[].digest]')"
  image/readers.sh "$scratch/index"
  if image/assemble.sh "$scratch/twice" "$binary" "$binary" 2>/dev/null; then fail "one architecture was taken twice"; fi
}

# release: makes, once, what a release would publish.
release() {
  [[ -d $scratch/release ]] || BUILDER=scripts scripts/ci/build-release.sh "$scratch/release"
}

test_a_release_would_be_whole() {
  release
  wants "files" "SHA256SUMS mote-$version-aarch64 mote-$version-image-index.tar mote-$version-image.digest mote-$version-image.tar mote-$version-x86_64 notes.md sbom.cdx.json" \
    "$(find "$scratch/release" -type f -printf '%f\n' | LC_ALL=C sort | xargs)"
}

# refused WHAT WHY COMMAND ...: a release in which COMMAND has changed something, and of which the sums were made anew, is refused.
refused() {
  local what=$1 why=$2
  shift 2
  rm -rf "$scratch/changed"
  cp -r "$scratch/release" "$scratch/changed"
  (cd "$scratch/changed" && "$@" && sha256sum -- mote-* sbom.cdx.json >SHA256SUMS)
  if scripts/ci/check-release.sh "$scratch/changed" >"$scratch/why" 2>&1; then fail "a release was accepted with $what"; fi
  grep -q "$why" "$scratch/why" || fail "a release with $what: want \"$why\", have $(cat "$scratch/why")"
}

test_a_release_is_refused_when_one_of_its_files_is_wrong() {
  local x86=mote-$version-x86_64 arm=mote-$version-aarch64 tar=mote-$version-image.tar
  release
  refused "a binary for another machine" "machine of $arm" cp "$x86" "$arm"
  refused "a binary that is not static" "is not a static" cp "$(command -v bash)" "$x86"
  refused "a binary of another version" "what $x86 says" sed -i "s/$version/9.9.9/g" "$x86"
  refused "another digest" "digest of the image" eval "echo sha256:$(printf '0%.0s' {1..64}) >mote-$version-image.digest"
  refused "notes without the digest" "notes.md does not name" eval 'echo none >notes.md'
  refused "another image" "machine of\|digest of the image" cp "mote-$version-image-index.tar" "$tar"
  refused "an SBOM of something else" "image that the SBOM is about" sed -i 's/"container"/&/; 0,/"content": "[0-9a-f]*"/s//"content": "0"/' sbom.cdx.json
  refused "an SBOM without a serial number" "format of the SBOM" sed -i '/serialNumber/d' sbom.cdx.json
  refused "one more file" ": files:" touch more
  cp -r "$scratch/release" "$scratch/cut"
  truncate -s 100 "$scratch/cut/$tar"
  if scripts/ci/check-release.sh "$scratch/cut" 2>"$scratch/why"; then fail "a release with half a file was accepted"; fi
  grep -q 'not those that were collected' "$scratch/why"
}

# Panic messages name files of the crates that are linked. What Cargo compiles for tests, or for a feature that is off, is not in the binary.
test_the_bill_of_materials_lists_what_the_binary_is_made_of() {
  local clone listed unused crate
  release
  listed=" $(jq -r '.components[] | .name + "-" + .version' "$scratch/release/sbom.cdx.json" | xargs) "
  for crate in $(grep -aoE '/crates/[a-z0-9_-]+-[0-9.]+/' "$binary" | cut -d/ -f3 | sort -u) mote-"$version" gateway-"$version"; do
    [[ $listed == *" $crate "* ]] || fail "$crate is in the binary and not on the list: $listed"
  done
  for unused in proptest errno windows-sys; do
    grep -q "^name = \"$unused\"" Cargo.lock || fail "Cargo.lock has no $unused"
    [[ $listed != *" $unused-"* ]] || fail "$unused is on the list and not in the binary"
  done
  wants "references to what is not on the list" "[]" "$(jq -c '[.metadata.component["bom-ref"], .components[]["bom-ref"]] as $known
    | [.dependencies[] | .ref, .dependsOn[]?] - $known' "$scratch/release/sbom.cdx.json")"
  wants "references that are used twice" "" "$(jq -r '[.metadata.component, .components[]] | group_by(.["bom-ref"])[] | select(length > 1)[0].name' "$scratch/release/sbom.cdx.json")"
  # A clone is most often called as the project is, and Cargo names its crates otherwise then.
  for clone in mote other; do
    copy_tree "$scratch/$clone"
    SOURCE_DATE_EPOCH=1 "$scratch/$clone/scripts/ci/sbom.sh" "$scratch/$clone.json"
  done
  cmp "$scratch/mote.json" "$scratch/other.json"
  ! grep -q "$scratch\|file://" "$scratch/mote.json" || fail "the list names a folder of this machine"
}

test_an_image_for_aarch64_alone_can_be_made() {
  local made=$scratch/arm-tree/target/dist
  # make image writes to target/dist, so it is another tree's; the binaries are taken over.
  copy_tree "$scratch/arm-tree"
  mkdir -p "$made"
  # shellcheck disable=SC2016  # The script's own argument.
  printf '#!/bin/sh\ncp %s/target/dist/mote-"$1" target/dist/\n' "$PWD" >"$scratch/arm-tree/scripts/dev/build.sh"
  make --silent --directory "$scratch/arm-tree" image ARCH=aarch64 BUILDER=scripts
  wants "architecture" "arm64" "$(config "$made/image" | jq -r .architecture)"
  tar -xzOf "$(layer "$made/image")" mote | cmp - target/dist/mote-aarch64
}

# eventually COMMAND ...: succeeds within ten seconds.
eventually() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    ! "$@" >/dev/null 2>&1 || return 0
    sleep 0.1
  done
  fail "did not happen within 10 s: $*"
}

test_the_file_in_the_image_runs_alone_in_an_empty_root() {
  ((EUID == 0)) || { log "skipped: an empty root needs the rights of root"; return; }
  umoci unpack --image "$image:latest" "$scratch/bundle" >/dev/null 2>&1
  wants "files" "/mote" "$(cd "$scratch/bundle/rootfs" && find . -type f | sed 's/^.//')"
  wants "version" "$("$binary" --version)" "$(chroot --userspec=65532:65532 "$scratch/bundle/rootfs" /mote --version)"
}

test_the_aarch64_binary_starts_and_answers_health() {
  local port emulator=qemu-aarch64
  has "$emulator" || emulator+=-static
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  MOTE_ADDRESS=127.0.0.1 MOTE_PORT=$port MOTE_METRICS_PORT=0 "$emulator" target/dist/mote-aarch64 >"$scratch/aarch64" 2>&1 &
  server=$!
  eventually curl -sf "http://127.0.0.1:$port/health"
  wants "GET /health" '{"status":"ok"}' "$(curl -s "http://127.0.0.1:$port/health")"
  MOTE_PORT=$port "$emulator" target/dist/mote-aarch64 healthcheck
  kill "$server"
  wait "$server" || fail "it did not end by itself after SIGTERM: $(cat "$scratch/aarch64")"
  server=
}

has apt-get && scripts/dev/packages.sh file binutils jq skopeo umoci qemu-user-static curl
scripts/dev/build.sh
scripts/dev/build.sh aarch64
image/assemble.sh "$image" "$binary"

# One process each, so that a test that fails cannot leave a server or a variable behind.
mapfile -t tests < <(grep -oP '^test_\w+' "$0")
(($# == 0)) || tests=("$@")
for name in "${tests[@]}"; do
  status=0 start=$SECONDS
  (trap 'kill $server 2>/dev/null || true' EXIT; "$name") & wait $! || status=$?
  ((status == 0)) || fail "image/test.sh: failed: $name"
  name=${name#test_}
  log "ok: ${name//_/ } ($((SECONDS - start)) s)"
done
log "image/test.sh: ${#tests[@]} passed"
