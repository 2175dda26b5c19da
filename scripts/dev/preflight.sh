#!/usr/bin/env bash
# Lists at once everything that is needed and missing, with how to get it: scripts/dev/preflight.sh [up|test]
#
# Silent, with exit code 0, when all is there. What the scripts can install by themselves counts as there.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/../lib.sh"

goal=${1:-test}
[[ $goal == up || $goal == test ]] || fail "scripts/dev/preflight.sh: $goal is no goal; up and test are"
absent=()

# missing WHAT HOW
missing() { absent+=("$(printf '%-28s %s' "$1" "$2")"); }

# installable: whether scripts/dev/packages.sh can bring what Debian has.
installable() { can_sudo && has apt-get; }

# at_least WANTED HAVE: compares version numbers.
at_least() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1) == "$1" ]]; }

# debian PROGRAM PACKAGE: a program that a Debian package of any release has.
debian() { has "$1" || installable || missing "$1" "on Debian and Ubuntu: sudo apt-get install $2"; }

check_go() {
  local version
  version=$(go env GOVERSION 2>/dev/null || true)
  if [[ -n $version ]] && at_least 1.26 "${version#go}"; then return; fi
  missing "Go 1.26 or newer" "from https://go.dev/dl, unpacked to /usr/local/go, with /usr/local/go/bin in PATH${version:+ (here is $version)}"
}

# Rustup brings its own compiler but not the C compiler that build scripts are linked with. Without rustup Debian's compiler
# builds the binary, but the tests want clippy and rustfmt of the pinned version.
check_rust() {
  if has rustup && has cargo; then
    has cc || installable || missing "a C compiler named cc" "on Debian and Ubuntu: sudo apt-get install gcc libc6-dev"
  elif [[ $goal == test ]] || ! installable; then
    missing "Rust by rustup" "from https://rustup.rs, with ~/.cargo/bin in PATH"
  fi
}

# Debian splits venv off, and an interpreter without it only notices when it makes one.
check_python() {
  python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || installable ||
    missing "Python 3.11 with venv" "on Debian and Ubuntu: sudo apt-get install python3-venv"
}

check_docker() {
  if has docker && timeout 20 docker info >/dev/null 2>&1; then return; fi
  if ((EUID == 0)) && { has dockerd || has apt-get; }; then return; fi
  missing "a Docker engine, or root" "start Docker and add yourself to its group, or run this as root, which starts an engine of its own"
}

check_base() {
  local pair
  for pair in git:git make:make curl:curl jq:jq tar:tar gzip:gzip file:file readelf:binutils; do debian "${pair%:*}" "${pair#*:}"; done
  has sha256sum || missing sha256sum "GNU coreutils"
}

check_base
check_go
check_rust
check_python
check_docker

((${#absent[@]} > 0)) || exit 0
printf 'error: missing on this machine:\n' >&2
printf '  %s\n' "${absent[@]}" >&2
exit 1
