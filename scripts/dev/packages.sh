#!/usr/bin/env bash
# Installs the Debian packages that are missing, without questions and without starting a service: scripts/dev/packages.sh NAME ...
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/../lib.sh"

# Debian's maintainer scripts ask this program whether they may start a service; 101 is "no".
POLICY=/usr/sbin/policy-rc.d
MARK='# Written by mote for the time of one installation.'

installed() { [[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]; }

# A run that was killed may have left its own policy behind, so the mark decides whose it is, not who wrote it.
forbid_services() {
  if [[ ! -e $POLICY ]]; then printf '#!/bin/sh\n%s\nexit 101\n' "$MARK" >"$POLICY" && chmod 755 "$POLICY"; fi
}

allow_services() {
  if [[ -e $POLICY ]] && grep -qxF "$MARK" "$POLICY"; then rm -f "$POLICY"; fi
}

apt() { DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confold "$@"; }

# An installation before may have been killed; it is completed first, without which nothing is installed. The lists may be missing or name versions
# that the mirror no longer has; one update mends both.
install() {
  apt install --no-install-recommends "$@" || {
    DEBIAN_FRONTEND=noninteractive dpkg --force-confold --configure -a
    apt update && apt install --no-install-recommends "$@"
  }
}

(($# > 0)) || fail "usage: scripts/dev/packages.sh NAME ..."
has apt-get || fail "Debian packages needed: $*; this machine has no apt-get, so install their like by its own means"

missing=()
for name in "$@"; do installed "$name" || missing+=("$name"); done
((${#missing[@]} > 0)) || exit 0
can_sudo || fail "Debian packages missing: ${missing[*]}; run this as root, or first: sudo apt-get install ${missing[*]}"
((EUID == 0)) || exec sudo -n -- "$0" "$@"

# One installation at a time: two would quarrel about the policy file. A container need not have a folder for locks, but has what it would protect.
exec 9</var/lib/dpkg
flock 9
trap allow_services EXIT
forbid_services
with_progress "Installing Debian packages: ${missing[*]}" install "${missing[@]}" 9>&-
