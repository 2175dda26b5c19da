#!/usr/bin/env bash
# Tests of the flake, without nixpkgs: nix/stand-in takes its place, made of this machine's own tools, so that everything is evaluated
# and the flake's own builds really run, in a sandbox where the machine can. The name of each test says what it proves.
#   nix/test.sh           all of them
#   nix/test.sh test_...  those named
# shellcheck disable=SC2317  # Functions are called by their names.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh
# shellcheck source=nix/test-setup.sh
source nix/test-setup.sh

# What was built last stays, with what it needs, so that a second run builds only what has changed.
place=$MOTE_CACHE/nix
links=$place/results
system=$(uname -m)-linux

# Programs of the checks that come from nowhere but nixpkgs, or that another stage has to have built.
declare -A program=([actionlint]=actionlint [zizmor]=zizmor [shellcheck]=shellcheck [statix]=statix [deny]=cargo-deny [package-sbom]=cargo-cyclonedx)

# What scripts ask for, by the name of the program or of Debian's package, and the attribute of nixpkgs that has it. "-" is what every
# shell of nixpkgs has, or what it has Nix itself or the flake's toolchain for.
declare -A provided=([binutils]=- [readelf]=- [gcc]=- [cc]=- [libc6-dev]=- [tar]=- [gzip]=- [sha256sum]=- [nix]=- [nix-bin]=- [apt-get]=-
  [rustup]=- [cargo]=- [rustc-web]=- [cargo-web]=- [rust-web-src]=- [python3]=python3 [python3-venv]=python3 [git]=gitMinimal [make]=gnumake [curl]=curl [jq]=jq
  [file]=file [go]=go_1_26 [shellcheck]=shellcheck [skopeo]=skopeo [umoci]=umoci [qemu-user-static]=qemu-user [qemu-user]=qemu-user [qemu-aarch64]=qemu-user [qemu-aarch64-static]=qemu-user
  [diffoscope]=diffoscopeMinimal [diffoscope-minimal]=diffoscopeMinimal [nginx-light]=nginx [nginx]=nginx [haproxy]=haproxy [bubblewrap]=bubblewrap [libssl-dev]=openssl [pkg-config]=pkg-config [iproute2]=iproute2 [ip]=iproute2 [aws]=awscli2 [session-manager-plugin]=ssm-session-manager-plugin [busybox]=busybox [busybox-static]=busybox [wrk]=wrk [docker]=docker [dockerd]=docker
  [etcd]=etcd_3_6 [containerd]=containerd [runc]=runc [iptables]=iptables [tini]=tini [nsenter]=util-linux [unshare]=util-linux
  [cargo-cyclonedx]=cargo-cyclonedx [gh]=gh [chromium]=chromium [google-chrome]=chromium [watchexec]=watchexec [cargo-watch]=watchexec [pulumi]=pulumi-with-packages
  [perl]=perl [node]=nodejs [nodejs]=nodejs [npm]=nodejs [npx]=nodejs)

# skip REASON: ends a test that cannot be made here.
skip() {
  printf '%s\n' "$1" >"$scratch/reason"
  exit 77
}

# quietly COMMAND ...: shows the output only when it fails.
quietly() { "$@" >"$scratch/output" 2>&1 || { cat "$scratch/output" >&2; return 1; }; }

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
  local machine
  # shellcheck disable=SC2046  # It is one option or none.
  quietly with_stand_in flake check --no-build "path:$tree" $(all_systems nix)
  with_stand_in flake show --all-systems --json "path:$tree" 2>/dev/null >"$scratch/show.json" ||
    with_stand_in flake show --json "path:$tree" 2>/dev/null >"$scratch/show.json"
  # Newer versions of Nix put the outputs into another place of their answer.
  for machine in x86_64-linux aarch64-linux; do
    wants "packages for $machine" "default image image-aarch64 image-index sbom server server-aarch64" \
      "$(jq -r "(.inventory // .) | .packages | (.output.children // .)[\"$machine\"] | (.children // .) | keys | join(\" \")" "$scratch/show.json")"
  done
  wants "shells" "ci default" "$(names devShells | xargs)"
  wants "apps" "default rehearse" "$(names apps | xargs)"
}

# Equal derivations give equal outputs, so what the current Nix builds here the old one builds as well.
test_the_machines_nix_and_a_current_one_make_the_same_derivations() {
  [[ $(command -v nix) != "$machines_nix" ]] || skip "the machine's own $(nix --version) is the only one"
  local state=$scratch/state
  # shellcheck disable=SC2046
  NIX_STATE_DIR=$state NIX=$machines_nix quietly with_stand_in flake check --no-build "path:$tree" $(all_systems "$machines_nix")
  NIX_STATE_DIR=$state NIX=$machines_nix derivations >"$scratch/by-the-machines"
  derivations >"$scratch/by-the-current"
  (($(jq -r '.. | strings' "$scratch/by-the-current" | wc -l) > 40)) || fail "too few derivations: $(cat "$scratch/by-the-current")"
  diff <(jq -S . "$scratch/by-the-machines") <(jq -S . "$scratch/by-the-current")
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

# called: the Makefile, and every script that it or one of them names.
called() {
  local queue=(Makefile) seen=" " file word
  while ((${#queue[@]} > 0)); do
    file=${queue[0]} queue=("${queue[@]:1}")
    [[ $seen != *" $file "* ]] || continue
    seen+="$file "
    printf '%s\n' "$file"
    while read -r word; do
      [[ -f $word ]] || word=$(dirname "$file")/$word
      [[ ! -f $word ]] || queue+=("$(realpath --relative-to . "$word")")
    done < <(grep -ohE '[A-Za-z0-9_-][A-Za-z0-9_./-]*\.sh' "$file")
  done
}

# asked_for FILE ...: the programs that scripts look for, and the Debian packages that they install.
asked_for() {
  grep -hvE '^ *#' "$@" | grep -oE '\bhas [a-z][a-z0-9-]* *(\|\||&&|;|\)|$)' | sed -E 's/has ([a-z0-9-]*).*/\1/'
  grep -hvE '^ *#' "$@" | grep -oE 'packages\.sh( [a-z][a-z0-9.+-]*)+' | cut -d' ' -f2- | tr ' ' '\n'
  sed -nE 's/.*for pair in ([^;]*);.*/\1/p' scripts/dev/preflight.sh | tr ' ' '\n' | cut -d: -f1
}

test_the_shell_has_every_tool_that_a_target_of_the_makefile_calls() {
  local name attribute shell files
  mapfile -t files < <(called)
  ((${#files[@]} > 15)) || fail "too few scripts are found from the Makefile: ${files[*]}"
  shell=" $(with_stand_in eval --raw "path:$tree#devShells.$system.default.packages" --apply 'map (tool: tool.name + " ")' 2>/dev/null ||
    with_stand_in eval --json "path:$tree#devShells.$system.default.packages" --apply 'map (tool: tool.name)' | jq -r 'join(" ")') "
  while read -r name; do
    attribute=${provided[$name]:-}
    [[ -n $attribute ]] || fail "a script asks for $name: say in nix/test.sh which attribute of nixpkgs has it, and put that into nix/shells.nix"
    [[ $attribute == - || $shell == *" $attribute "* ]] || fail "nix develop lacks $attribute, which a script asks for by the name $name"
  done < <(asked_for "${files[@]}" | sort -u)
}

# The stand-in's bash lacks what nixpkgs' lacks, so builds cover the scripts that they run; this covers the others.
test_no_script_needs_a_bash_with_readline() {
  local found
  found=$(git ls-files '*.sh' .ci/run | grep -vxF -e nix/test.sh -e image/test.sh |
    xargs grep -nHE '(^|[;&|({] *|\$\( *)(compgen|complete|compopt|bind) ' || true)
  [[ -z $found ]] || fail "nixpkgs' bash has no such builtin: $found"
}

test_the_linters_of_the_flake_see_every_script() {
  local source
  source=$(with_stand_in eval --raw "path:$tree#checks.$system.shellcheck.linted" 2>/dev/null)
  wants "scripts" "$(cd "$tree" && find . -name '*.sh' -o -path './.ci/run' | sort)" \
    "$(cd "$source" && find . -name '*.sh' -o -path './.ci/run' | sort)"
}

test_the_flake_and_the_scripts_give_the_same_binary() {
  build server "$links/server"
  TOOLCHAIN=rustup quietly scripts/dev/build.sh
  cmp "$links/server/bin/mote" target/dist/mote-x86_64
}

test_the_flake_and_the_scripts_give_the_same_images() {
  local before
  build image "$links/image"
  before=$(nix hash path --sri "$links/image/")
  build image "$links/image" --rebuild
  wants "hash of the second image" "$before" "$(nix hash path --sri "$links/image/")"
  build image-index "$links/index"
  build server "$links/server"
  build server-aarch64 "$links/server-aarch64"
  quietly image/assemble.sh "$scratch/image" "$links/server/bin/mote"
  diff -r "$scratch/image" "$links/image"
  quietly image/assemble.sh "$scratch/index" "$links"/server{,-aarch64}/bin/mote
  diff -r "$scratch/index" "$links/index"
}

# The attestation names the commit; an image that did would be another one, and be rolled out, for each change of a document.
test_a_commit_that_changes_only_documents_makes_the_same_image() {
  local commit image=() clone=$scratch/clone
  cp -r "$tree" "$clone"
  git -C "$clone" init -q
  for commit in 1 2; do
    echo "$commit" >>"$clone/README.md"
    git -C "$clone" add -A
    git -C "$clone" -c user.name=test -c user.email=test@example.org commit -qm test
    image+=("$(with_stand_in eval --raw "git+file://$clone#packages.$system.image" 2>"$scratch/output")") || fail "$(cat "$scratch/output")"
  done
  [[ ${image[0]} == "$NIX_STORE_DIR"/* ]] || fail "no path of the store: ${image[0]}"
  wants "image" "${image[0]}" "${image[1]}"
  wants "image without git" "$(readlink "$links/image")" "${image[0]}"
}

test_a_path_of_the_store_in_the_binary_fails_the_build() {
  cp -r "$tree" "$scratch/leaky"
  # shellcheck disable=SC2016  # The line is the builder's.
  sed -i 's|^  build = .*|  build = "mkdir -p target/dist; echo $src >target/dist/mote-${arch}";|' "$scratch/leaky/nix/server.nix"
  if with_stand_in build "path:$scratch/leaky#server" --no-link >"$scratch/leak" 2>&1; then fail "the path was not noticed"; fi
  grep -q 'not allowed to refer to' "$scratch/leak"
}

# builds OUTPUT NAME: one thing of the flake is built; its test is named after it.
builds() {
  local needed=
  [[ $1 != checks ]] || needed=${program[$2]:-}
  [[ -z $needed ]] || PATH=$place/bin:/usr/bin:/bin has "$needed" || skip "$needed is not on this machine"
  [[ $1.$2 != checks.tests || -n ${MOTE_NIX_TESTS:-} ]] ||
    skip "these tests measure times and have a stage of their own; with MOTE_NIX_TESTS=1 they are run here too"
  build "$1.$system.$2" "$links/$1-$2"
}

test_the_bill_of_materials_is_about_the_image() {
  [[ -e $links/checks-package-sbom ]] || skip "it is not built"
  build sbom "$links/sbom"
  build sbom "$links/sbom" --rebuild
  wants "what it is about" "container sha256:$(jq -r '.metadata.component.hashes[0].content' "$links/sbom")" \
    "container $(jq -r '.manifests[0].digest' "$links/image/index.json")"
  wants "the hash of the file in it" "$(sha256sum <"$links/server/bin/mote" | cut -d' ' -f1)" \
    "$(jq -r '.components[] | select(.name == "mote").hashes[0].content' "$links/sbom")"
  wants "a crate of it" tiny_http "$(jq -r '.components[] | select(.name == "tiny_http").name' "$links/sbom")"
}

test_the_apps_run() {
  wants "version" "mote $(sed -n '/^\[package\]/,$s/^version *= *"\(.*\)"/\1/p' Cargo.toml)" \
    "$(with_stand_in run "path:$tree" -- --version 2>"$scratch/output")"
  if (cd "$scratch" && with_stand_in run "path:$tree#rehearse") >"$scratch/output" 2>&1; then fail "a rehearsal outside of a clone began"; fi
  grep -q 'run this in a clone of mote' "$scratch/output" || fail "$(cat "$scratch/output")"
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
  (cd "$tree" && PATH=$scratch/bin:$PATH ARCH=all image/make.sh && PATH=$scratch/bin:$PATH image/make.sh) >"$scratch/made"
  grep -qx 'builder nix' "$scratch/made" || fail "another builder: $(cat "$scratch/made")"
  diff -r "$tree/target/dist/image" "$links/image"
  diff -r "$tree/target/dist/image-index" "$links/index"
  cmp "$tree/target/dist/mote-x86_64" "$links/server/bin/mote"
  cmp "$tree/target/dist/mote-aarch64" "$links/server-aarch64/bin/mote"
  # The binary is known by now.
  printf '#!/bin/sh\nmkdir -p target/dist && cp -f %s/bin/mote target/dist/mote-x86_64\n' "$links/server" >"$tree/scripts/dev/build.sh"
  NIX_CONFIG='' "$tree/image/make.sh" | grep -qx 'builder scripts' || fail "Nix was taken with flakes switched off"
  if BUILDER=magic image/make.sh 2>"$scratch/why"; then fail "a builder that does not exist was taken"; fi
  grep -q 'it must be nix or scripts' "$scratch/why"
  if ARCH=mips image/make.sh 2>"$scratch/why"; then fail "an architecture that is not known was taken"; fi
  grep -q 'it must be x86_64, aarch64 or all' "$scratch/why"
}

# Nix fetches the modules of the Pulumi program by this hash, and cannot compute it beforehand.
test_the_hash_of_the_go_modules_is_right() {
  nix/vendor-hash.sh check
}

test_builds_are_sandboxed() { [[ -z ${without_sandbox:-} ]] || skip "this machine does not let Nix: $without_sandbox"; }

# endless_build: one for the test that kills it; the time is a mark of its process.
endless_build() {
  printf 'derivation { name = "endless"; system = builtins.currentSystem; builder = "/bin/sleep"; args = [ "%s" ]; }' "$MARK" >"$scratch/endless.nix"
  nix build --impure --no-link --file "$scratch/endless.nix"
}

# marked: what runs of such a test, by its builds and by its environment.
marked() { grep -lzE "^$MARK\$|^MARK[=]$MARK\$" /proc/[0-9]*/{cmdline,environ} 2>/dev/null | grep -v "/$$/" || true; }

test_a_run_that_is_killed_leaves_no_build_and_the_next_one_works_at_once() {
  local run until cache=$scratch/cache MARK=900.$BASHPID
  mkdir -p "$cache/nix"
  ln -s "$MOTE_CACHE/tools" "$cache"
  ln -s "$crates" "$cache/nix"
  MARK=$MARK MOTE_CACHE=$cache nix/test.sh endless_build >"$scratch/killed" 2>&1 &
  run=$! until=$((SECONDS + 180))
  while [[ $(marked) != */cmdline* ]]; do
    { kill -0 "$run" && ((SECONDS < until)); } || fail "the build does not begin: $(cat "$scratch/killed")"
    sleep 0.2
  done
  kill -KILL "$run" && { wait "$run" || true; } 2>/dev/null
  until=$((SECONDS + 30))
  while [[ -n $(marked) ]]; do
    ((SECONDS < until)) || fail "half a minute after the run was killed this runs: $(marked | xargs)"
    sleep 0.2
  done
  MOTE_CACHE=$cache quietly timeout 180 nix/test.sh test_builds_are_sandboxed
  ! grep -q Waiting "$scratch/output" || fail "the next run had to wait"
}

# prepare: what a fresh machine has not got yet.
prepare() {
  if has apt-get && ((EUID == 0)); then scripts/dev/packages.sh jq shellcheck; fi
  # Another run of this would replace what is compared here.
  mkdir -p "$MOTE_CACHE"
  exec 9>"$MOTE_CACHE/nix.lock"
  flock --nonblock 9 || { log "Waiting for another run of nix/test.sh"; flock 9; }
  get_toolchains
  copy_tree "$tree"
  mkdir -p "$place"
  vendor_crates
  choose_nix
  private_store
  describe_host
  use_sandbox
}

# run_test NAME COMMAND [ARG ...]: in a process of its own, in the background: only so does a failure inside a test end it.
run_test() {
  local name=$1 status=0 start=$SECONDS
  shift
  "$@" & wait $! || status=$?
  case $status in
  0) passed=$((passed + 1)) && log "ok: $name ($((SECONDS - start)) s)" ;;
  77) skipped+=("$name: $(<"$scratch/reason")") ;;
  *) fail "nix/test.sh: failed: $name" ;;
  esac
}

# run [TEST ...]
run() {
  local tests output name text
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  tree=$scratch/tree
  passed=0 skipped=()
  prepare
  mapfile -t tests < <(grep -oP '^test_\w+' "$0")
  (($# == 0)) || tests=("$@")
  if (($# == 0)); then
    for output in checks devShells; do
      for name in $(names "$output"); do run_test "$output $name is built" builds "$output" "$name"; done
    done
  fi
  for name in "${tests[@]}"; do
    text=${name#test_}
    run_test "${text//_/ }" "$name"
  done
  ((${#skipped[@]} == 0)) || printf '==> skipped: %s\n' "${skipped[@]}" >&2
  quietly nix store gc
  log "nix/test.sh: $passed passed, ${#skipped[@]} skipped"
}

# nothing REASON: ends where no test can be made.
nothing() { log "nix/test.sh: 0 passed, all skipped: $1" && exit; }
has nix || { ((EUID == 0)) && has apt-get; } || nothing "this machine has neither nix nor apt-get and root to install nix-bin"
{ has rustup && has go; } || nothing "the stand-in for nixpkgs is made of rustup's toolchain and Go, which are not here"
# A build that went on after this had been killed would hold the lock of the next run.
as_group run "$@"
