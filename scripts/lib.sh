# Shared by the scripts in this folder: sourced, never run.
# Bash 4.4 or newer, GNU coreutils.
# shellcheck shell=bash

# shellcheck disable=SC2034  # It is for the scripts that source this file.
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# Without HOME, as in a bare environment, bash still finds the user's home by the name ~.
[[ -n ${HOME:-} ]] || export HOME=~

# Debian has servers such as nginx where a plain user's PATH does not look.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# Everything that outlives a run and does not belong in the tree lives here: tools that were built, virtual environments, the
# state of a running rehearsal.
MOTE_CACHE="${MOTE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mote}"

# log TEXT: what happens now, for the person who is watching.
log() { printf '==> %s\n' "$*" >&2; }

# fail TEXT: the one error that ends the script; on GitHub it is also an annotation of the run.
fail() {
  printf 'error: %s\n' "$*" >&2
  [[ ${GITHUB_ACTIONS:-} != true ]] || printf '::error::%s\n' "${*//$'\n'/%0A}" >&2
  exit 1
}

# summarize: puts what it reads into the summary of a run on GitHub, and nowhere elsewhere.
summarize() { cat >>"${GITHUB_STEP_SUMMARY:-/dev/null}"; }

# mask_account: copies what it reads without the numbers of AWS accounts, for what is published.
mask_account() { sed -E ':again; s/(^|[^0-9A-Za-z])[0-9]{12}([^0-9A-Za-z]|$)/\1************\2/; t again'; }

# introduce: prints what the script's first comment says of it, and ends it.
introduce() {
  # The script may have changed the folder since it was called by a relative path.
  [[ -e $0 ]] || cd "$OLDPWD" || exit
  sed -n '2,/^[^#]/{/^# shellcheck/d; s/^# \{0,1\}//p}' "$0"
  exit
}

# Each script answers these alike, before it does anything.
if (($# == 1)); then
  case $1 in
    -h | --help | help) introduce ;;
    -V | --version) printf '%s %s\n' "${0##*/}" "$(sed -n '/^\[package\]/,$s/^version *= *"\(.*\)"/\1/p' "$ROOT/Cargo.toml")" && exit ;;
  esac
fi

# wants WHAT EXPECTED ACTUAL: they are the same.
wants() { [[ $2 == "$3" ]] || fail "$1: want \"$2\", have \"$3\""; }

# has PROGRAM: whether it is on the PATH.
has() { command -v "$1" >/dev/null 2>&1; }

# rust_channel: the version of Rust that the whole tree is built with.
rust_channel() { sed -n 's/^channel *= *"\(.*\)"/\1/p' "$ROOT/rust-toolchain.toml"; }

# package_version: the version of mote, which Cargo.toml names.
package_version() { sed -nE '/^\[package\]/,$ { /^version *= *"(.*)"$/ { s//\1/p; q } }' "$ROOT/Cargo.toml"; }

# can_sudo: whether something can be done as root, because we are or because a CI machine's sudo asks for no password.
can_sudo() { ((EUID == 0)) || { [[ ${CI:-} == true ]] && sudo -n true 2>/dev/null; }; }

# with_progress TEXT COMMAND [ARG ...]: runs the command quietly, says every ten seconds that it is still going, and shows the whole of
# its output only when it fails.
with_progress() {
  local text=$1 log start status=0 pid
  shift
  log=$(mktemp)
  start=$SECONDS
  log "$text"
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    # Waiting in steps of one second keeps short commands short.
    sleep 1
    if (((SECONDS - start) % 10 == 0)); then printf '    still at it: %d s\n' "$((SECONDS - start))" >&2; fi
  done
  wait "$pid" || status=$?
  if ((status != 0)); then
    cat "$log" >&2
    rm -f "$log"
    return "$status"
  fi
  rm -f "$log"
}

# get_rust_tools: formatter and linter, without which a toolchain comes that is installed by rustup's smallest profile, as on GitHub's runners.
get_rust_tools() {
  ! (cd "$ROOT" && rustfmt --version && cargo-clippy --version) >/dev/null 2>&1 || return 0
  with_progress "Fetching rustfmt and clippy" timeout 600 rustup toolchain install --profile minimal --no-self-update \
    --component rustfmt,clippy "$(rust_channel)"
}

# as_group COMMAND [ARG ...]: runs it in a process group of its own, which ends with this script: by SIGTERM, and after ten seconds by SIGKILL. A reader
# at the end of a pipe sees that this script is gone, whatever ended it, and this script ends after the group.
as_group() {
  local status=0 group life reaper
  trap 'exit 143' TERM
  trap 'exit 130' INT HUP
  set -m
  "$@" </dev/null &
  set +m
  group=$!
  # shellcheck disable=SC2016  # The reader's own words.
  exec {life}> >(exec setsid bash -c 'trap "" TERM INT HUP
    read -r
    kill -TERM -- "-$1"
    for ((i = 0; i < 100; i++)); do kill -0 -- "-$1" || exit 0; sleep 0.1; done
    kill -KILL -- "-$1"' reaper "$group" >/dev/null 2>&1)
  reaper=$!
  trap 'exec {life}>&-; wait "$reaper" || true' EXIT
  wait "$group" || status=$?
  exit "$status"
}

# short_hash FILE: names a folder after what is in a file, so that another version is another folder.
short_hash() { sha256sum <"$1" | head -c 8; }

# make_once NAME TEXT COMMAND [ARG ...]: has a command fill a folder, which it gets as its last argument, once, and prints where that is. The name
# has a version in it. Two stages may ask for it at once, and an interrupted run leaves no half of it.
make_once() {
  local folder=$MOTE_CACHE/tools/$1 text=$2 lock
  shift 2
  mkdir -p "$MOTE_CACHE/tools"
  exec {lock}>"$folder.lock"
  flock "$lock"
  if [[ ! -d $folder ]]; then
    rm -rf "$folder.new"
    mkdir "$folder.new"
    with_progress "$text" "$@" "$folder.new" || return
    mv -T "$folder.new" "$folder"
  fi
  exec {lock}>&-
  printf '%s' "$folder"
}

# go_tool NAME [MODULE]: builds a tool of tools/go.mod, or of a module below tools/, once, and prints where it is.
go_tool() {
  local name=$1 module=$ROOT/tools/${2:-} package path
  path=$MOTE_CACHE/tools/$name-$(short_hash "$module/go.sum")/$name
  if [[ ! -x $path ]]; then
    package=$(go -C "$module" list -f '{{.ImportPath}}' tool | grep -E "/$name(/v[0-9]+)?\$") || fail "$module/go.mod has no tool $name"
    with_progress "Building $name" env GOGC=400 go -C "$module" build -o "$path" "$package"
  fi
  printf '%s' "$path"
}

# virtual_environment OPTION ... FOLDER: makes one and has pip install what the options say.
virtual_environment() {
  local folder=${!#}
  python3 -m venv "$folder" && "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "${@:1:$#-1}"
}

# python_tool NAME [REQUIREMENTS [OPTION ...]]: installs what tools/python/NAME.txt, or another file, lists, once, and prints the folder of its
# programs. They name the folder that they were made in, so what is no binary is run by "python -m".
python_tool() {
  local requirements=${2:-$ROOT/tools/python/$1.txt} folder
  folder=$(make_once "$1-$(short_hash "$requirements")" "Installing $1" virtual_environment "${@:3}" --requirement "$requirements") || return
  printf '%s/bin' "$folder"
}

# cargo_tool NAME: installs a program in the version that tools/cargo/Cargo.toml names, once, and prints the folder that it is in.
cargo_tool() {
  local version folder
  version=$(sed -n "s/^$1 *= *\"=\(.*\)\"/\1/p" "$ROOT/tools/cargo/Cargo.toml")
  [[ -n $version ]] || fail "tools/cargo/Cargo.toml has no $1"
  folder=$MOTE_CACHE/tools/$1-$version
  [[ -d $folder/bin ]] || with_progress "Building $1 $version" cargo install --quiet --locked --root "$folder" "$1@$version"
  printf '%s/bin' "$folder"
}

# OTHER_USER runs a command as another user of the same files, by a user namespace.
OTHER_USER=(unshare --user --map-user=12345 --map-group=54321)

# can_be_another_user WHAT: whether it can. A container's root or a chroot cannot, and then WHAT is said to be skipped.
can_be_another_user() {
  ! "${OTHER_USER[@]}" true 2>/dev/null || return 0
  log "skipped: $1: there are no user namespaces here, as in a container or a chroot"
  return 1
}

# copy_tree FOLDER: the tree as git would keep it, with what is not committed yet.
copy_tree() {
  mkdir -p "$1"
  git -C "$ROOT" ls-files -z --cached --others --exclude-standard --deduplicate | (
    cd "$ROOT" || exit
    while IFS= read -rd '' name; do [[ ! -e $name ]] || printf '%s\0' "$name"; done | tar --null -T - -cf -
  ) | tar -xf - -C "$1"
}
