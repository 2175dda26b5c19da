#!/usr/bin/env bash
# Renames copies of this tree, and sees that nothing of the old name is left and that all of it still compiles: scripts/dev/rename-test.sh [--rehearse]
# With --rehearse the first of them is also deployed to a local AWS under its new name, and taken down again.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/../lib.sh"

OLD=mote
# A usual name, the shortest, and one of twenty characters with hyphens, of which names on AWS are cut.
NAMES=(quotes a twenty-characters-xy)

# At one place: Go's cache goes by paths, and what has not changed since the last run is not compiled again.
scratch=$ROOT/target/renamed
rm -rf "$scratch"
mkdir -p "$scratch"
trap 'rm -rf "$scratch"' EXIT
# What is built here shares nothing with the tree's own builds, and is there the next time.
export CARGO_TARGET_DIR=$ROOT/target/rename
# So are the caches that carry a project's name; compiled Go is shared.
GOCACHE=$(go env GOCACHE) XDG_CACHE_HOME=$scratch/cache
export GOCACHE XDG_CACHE_HOME
mkdir -p "$XDG_CACHE_HOME/$OLD/tools/built"

# fresh FOLDER: a repository with all of the tree in one commit.
fresh() {
  copy_tree "$1"
  git -C "$1" init --quiet
  git -C "$1" add --all
  git -C "$1" -c user.name=test -c user.email=test@localhost -c commit.gpgsign=false commit --quiet --message "the tree"
}

# refuses FOLDER EXPECTED ARG ...: the rename ends with that error and leaves the tree as it was.
refuses() {
  local folder=$1 expected=$2 before said
  shift 2
  before=$(git -C "$folder" status --porcelain)
  ! said=$("$folder/scripts/dev/rename.sh" --no-check "$@" 2>&1) || fail "renaming to \"$*\" must be an error"
  [[ $said == *"error: "*"$expected"* ]] || fail "renaming to \"$*\": want \"$expected\", have \"$said\""
  [[ $(git -C "$folder" status --porcelain) == "$before" && $(git -C "$folder" worktree list | wc -l) == 1 ]] || fail "renaming to \"$*\" left something"
}

refusals() {
  local folder=$scratch/refusals
  fresh "$folder"
  refuses "$folder" "begin with a letter" 9lives
  refuses "$folder" "1 to 20" "a-name-of-21-letters-"
  refuses "$folder" "begin with \"internal\"" internal-quotes
  refuses "$folder" "Rust or a program that runs here" fn
  refuses "$folder" "a crate that this project uses" log
  refuses "$folder" "TITLE is" quotes 'a/b'
  mkdir "$scratch/bin"
  printf '#!/bin/sh\necho error: no cargo today\nexit 1\n' >"$scratch/bin/cargo"
  chmod +x "$scratch/bin/cargo"
  PATH=$scratch/bin:$PATH refuses "$folder" "no cargo today" quotes
  touch "$folder/more"
  refuses "$folder" "not committed" quotes
}

# renamed FOLDER NAME: nothing of the old name is left, in no file and in no file's name; the licences name who made this, and sums are random letters.
renamed() {
  (
    cd "$1"
    "$1/scripts/dev/rename.sh" --no-check "$2"
    ! git grep -nIiE "(^|[^a-z])$OLD" -- ':!LICENSE*' ':!*.sum' || fail "$2: the old name is still there"
    ! git ls-files | grep -iE "(^|[^a-z])$OLD" || fail "$2: the old name is still in a path"
    [[ -d $XDG_CACHE_HOME/$2/tools/built ]] || fail "$2: the tools of the old name have to be built again"
    ! git grep -nIE "rename(-test)?\.sh|bench/[a-z]" -- ':!docs/decisions' ':!tools/repolint' || fail "$2: something names what went"
    cargo fmt --all --check
    with_progress "$2: cargo check" cargo check --quiet --locked --workspace --all-targets
    with_progress "$2: go vet" go -C infra vet ./...
  )
}

# rehearsed FOLDER NAME: what is compiled for a rehearsal is that of this tree.
rehearsed() {
  local prefix
  prefix=$(tr a-z- A-Z_ <<<"$2")
  export "${prefix}_CACHE=$MOTE_CACHE"
  make -C "$1" up NAME=renamed | tee "$scratch/up"
  make -C "$1" down NAME=renamed
  grep -q "^$2 is up: http" "$scratch/up" || fail "$2: the rehearsal says something else"
}

[[ ${1:-} =~ ^(--rehearse)?$ ]] || fail "there is no flag $1: the flag is --rehearse"
get_rust_tools
refusals
for name in "${NAMES[@]}"; do
  fresh "$scratch/$name"
  renamed "$scratch/$name" "$name"
done
# What is generated followed from the name, also where names on AWS are cut.
with_progress "golden records of $name" go -C "$scratch/$name/infra" test -count=1 ./stack -run Golden
[[ ${1:-} != --rehearse ]] || rehearsed "$scratch/quotes" quotes
log "ok: three names"
