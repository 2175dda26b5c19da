# Shared by the scripts in this folder: sourced, never run.
# Bash 4 or newer, GNU coreutils.
# shellcheck shell=bash

# shellcheck disable=SC2034  # It is for the scripts that source this file.
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# Without HOME, as in a bare environment, bash still finds the user's home by the name ~.
[[ -n ${HOME:-} ]] || export HOME=~

# Everything that outlives a run and does not belong in the tree lives here: tools that were built, virtual environments, the
# state of a running rehearsal.
MOTE_CACHE="${MOTE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mote}"

# log TEXT: what happens now, for the person who is watching.
log() { printf '==> %s\n' "$*" >&2; }

# fail TEXT: the one error that ends the script.
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# has PROGRAM: whether it is on the PATH.
has() { command -v "$1" >/dev/null 2>&1; }

# rust_channel: the version of Rust that the whole tree is built with.
rust_channel() { sed -n 's/^channel *= *"\(.*\)"/\1/p' "$ROOT/rust-toolchain.toml"; }

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

# copy_tree FOLDER: the tree as git would keep it, with what is not committed yet.
copy_tree() {
  mkdir -p "$1"
  git -C "$ROOT" ls-files -z --cached --others --exclude-standard --deduplicate | (
    cd "$ROOT" || exit
    while IFS= read -rd '' name; do [[ ! -e $name ]] || printf '%s\0' "$name"; done | tar --null -T - -cf -
  ) | tar -xf - -C "$1"
}
