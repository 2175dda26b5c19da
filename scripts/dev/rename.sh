#!/usr/bin/env bash
# Makes this project your own, once and first: scripts/dev/rename.sh [--no-check] NAME [TITLE]
#   NAME        what everything is called from now on: crate, modules, Pulumi project, resources, metrics, variables (NAME_PORT)
#   TITLE       what prose calls it; without it, NAME
#   --no-check  leave out "make check" at the end
#
# What is this service's own and not yours goes: the bench beside other servers, recorded states, the bound of the image's size, the changelog, and
# this script. All of it happens in a copy that takes the place of the tree at its end, so an error changes nothing. To go back: git reset --hard
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/../lib.sh"

OLD=mote
# Words of Rust, and the first words of variables that other programs read.
TAKEN=' abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen if impl in let loop macro match mod
move mut override priv pub ref return self static struct super trait true try type typeof unsafe unsized use virtual where while yield
core std alloc proc-macro test main build deps examples incremental aws cargo docker git github go nix otel pulumi python rust xdg '

# check_name NAME: what Cargo, Go, Pulumi, Docker and AWS all take. With a stack of seven characters names are as long as AWS lets them be (infra/internal/names).
check_name() {
  local bad="NAME is \"$1\": it must"
  [[ $1 =~ ^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$ && $1 != *--* ]] ||
    fail "$bad be 1 to 20 lower-case letters, digits and single hyphens, begin with a letter and end with a letter or a digit"
  [[ $1 != internal && $1 != internal-* ]] || fail "$bad not begin with \"internal\": AWS keeps that for load balancers of its own"
  [[ ${TAKEN//$'\n'/ } != *" $1 "* ]] || fail "$bad be another word: Rust or a program that runs here has taken this one"
  ! grep -qxF "name = \"$1\"" "$ROOT/Cargo.lock" || fail "$bad be another word: a crate that this project uses is called so, or the project itself"
}

# check_tree: what is not committed would be lost by going back.
check_tree() {
  [[ $(git -C "$ROOT" rev-parse --show-toplevel 2>/dev/null) == "$ROOT" ]] || fail "$ROOT is no git repository of its own: git clone it, or git init and commit"
  [[ -z $(git -C "$ROOT" status --porcelain) ]] || fail "there are changes that are not committed: commit them first, so that \"git reset --hard\" goes back to them"
}

# drop_own: what is about this service among its peers, or was left by it.
drop_own() {
  # What it measured stays: "make simulate" takes the time of a request from there, and what a task holds is read beside it.
  git rm -rq -- bench ':!bench/RESULTS.md' ':!bench/KNEE.*' scripts/dev/rename.sh scripts/dev/rename-test.sh
  sed -i 's/^Measured on \(.*\) by .make bench./Measured before the project was renamed, on \1/; s/^By .make bench PART=knee., /Before the project was renamed, /' bench/*.md
  git rm -rq --ignore-unmatch -- image/size-limit '*/testdata/stack-*.json'
  sed -i '/^bench:/,/^$/d; /^\.PHONY/s/ bench\b//' Makefile
  sed -i '/^ *\.\.\/bench$/d' nix/sources.nix
  sed -i 's|, "/bench/[^"]*"||g' .github/dependabot.yml
  sed -i '/rename-test\.sh/d' scripts/dev/test.sh
  sed -i '/{stage: rename,/d' .github/workflows/ci.yml
  sed -i 's/the rest: bench, /the rest: /' README.md
  # What this project once called things may be the right word in yours.
  git rm -q tools/repolint/vocabulary.go tools/repolint/vocabulary_test.go
  sed -i 's/ terms,//' tools/repolint/main.go
  # A paragraph about renaming is of no use any more.
  { git grep -lzF scripts/dev/rename.sh -- '*.md' || true; } | xargs -0r perl -00 -i -ne 'print unless m{scripts/dev/rename\.sh}'
  sed -i '/^## Unreleased/q' CHANGELOG.md
}

# substitute NAME TITLE: the old name in each form that its place wants. Rust's identifiers, metrics and variables know no hyphens;
# "remote" and "promote" are other words.
substitute() {
  # shellcheck disable=SC2016  # The dollars are Perl's.
  git ls-files -z -- ':!LICENSE*' ':!*.sum' | OLD=$OLD NAME=$1 TITLE=$2 xargs -0 perl -i -pe '
    use Digest::SHA "sha256_hex";
    # As infra/internal/names makes them: names of a stack have 24 characters at most.
    sub cut { substr($_[0], 0, 19) =~ s/-+$//r }
    sub fit { length $_[0] <= 24 ? $_[0] : cut($_[0]) . "-" . substr(sha256_hex($_[0]), 0, 4) }
    BEGIN {
      ($old, $name, $title) = @ENV{qw(OLD NAME TITLE)};
      ($snake = $name) =~ tr/-/_/;
      ($camel = $name) =~ s/(?:^|-)(.)/\U$1/g;
    }
    s/(?<![A-Za-z-]|\.com\/|Stack::)$old-(default|dev|staging|prod|rehearsal)-alternate(?![a-z0-9])/fit(fit("$name-$1") . "-alternate")/ge;
    s/(?<![A-Za-z-]|\.com\/|Stack::)$old-(default|dev|staging|prod|rehearsal)(?![a-z0-9])/fit("$name-$1")/ge;
    s/(?<![A-Za-z-])$old-(?=\*)/length $name < 19 ? "$name-" : cut("$name-")/ge if $ARGV =~ m{^infra/};
    s/(?<![A-Za-z])\U$old\E(?![A-Za-z])/\U$snake/g;
    s/(?<![A-Za-z])\u$old(?![a-z])/$camel/g;
    s/(?<![A-Za-z])$old(?=::)/$snake/g if $ARGV =~ /\.rs$/;
    s/(?<![A-Za-z-])$old(?=_[a-z{*%])/$snake/g;
    s/(?<=[a-z]_)$old(?=_?[a-z(])/$snake/g;
    s/^# $old$/# $title/;
    s/(?<![A-Za-z"`\/-])$old(?= (?:is|serves|answers|has|needs) )/$title/g;
    s/(?<![A-Za-z])$old(?![a-z])/$name/g;
  '
  local path
  while IFS= read -r path; do
    mkdir -p "$(dirname "${path//$OLD/$1}")"
    git mv "$path" "${path//$OLD/$1}"
  done < <(git ls-files | grep -E "(^|[^a-z])$OLD([^a-z]|$)" || true)
}

# write_again: what is formatted or sorted by name.
write_again() {
  cargo fmt --all
  git ls-files -z '*.go' | xargs -0 gofmt -w
  local manifest
  for manifest in Cargo.toml gateway/fuzz/Cargo.toml; do
    cargo metadata --offline --format-version 1 --manifest-path "$manifest" >/dev/null 2>&1 || cargo metadata --format-version 1 --manifest-path "$manifest" >/dev/null
  done
  # The records are sorted; what else they and the tables of docs/configuration.md say follows from the names, as "make check" proves.
  local record
  for record in infra/stack/testdata/*.txt; do LC_ALL=C sort -o "$record" "$record"; done
}

# rename NAME TITLE: in the folder of the copy.
rename() {
  cd "$copy"
  drop_own
  substitute "$1" "$2"
  with_progress "formatting" write_again
  git add --all
  ! git grep --cached -nIiE "(^|[^a-z])$OLD([^a-z]|$)" -- ':!LICENSE*' ':!*.sum' || fail "the old name is still there"
}

# share_tools NAME: what was built for rehearsals and linters is found under the new name too. Links take no room.
share_tools() {
  local own=${XDG_CACHE_HOME:-$HOME/.cache}/$1
  [[ -d $MOTE_CACHE/tools && ! -e $own ]] || return 0
  mkdir -p "$own"
  cp -al "$MOTE_CACHE/tools" "$own/tools"
  # Each clone's own program is written again in its place.
  rm -rf "$own/tools/rehearsal"
}

check=yes
[[ ${1:-} != --no-check ]] || { check=no && shift; }
(($# > 0)) || fail "NAME is missing: scripts/dev/rename.sh --help"
name=$1 title=${2:-$1}
check_name "$name"
[[ $title =~ ^[[:alnum:]][[:alnum:]\ ._-]{0,59}$ ]] || fail "TITLE is \"$title\": it must be 1 to 60 letters, digits, spaces, dots and hyphens"
(($# < 3)) || fail "there are $# arguments: it must be NAME and TITLE, the title in quotes"
check_tree
has perl || "$ROOT/scripts/dev/packages.sh" perl
get_rust_tools

copy=$(mktemp -d)/$name
trap 'git -C "$ROOT" worktree remove --force "$copy" 2>/dev/null; rm -rf "$(dirname "$copy")"' EXIT
log "renaming $OLD to $name"
git -C "$ROOT" worktree add --quiet --detach "$copy" HEAD
(rename "$name" "$title")
git -C "$ROOT" read-tree -m -u HEAD "$(git -C "$copy" write-tree)"
share_tools "$name"
log "renamed; \"git diff --cached --stat\" shows what changed, \"git reset --hard\" goes back"
[[ $check == no ]] || make -C "$ROOT" check
log "now: git commit -m \"rename to $name\""
