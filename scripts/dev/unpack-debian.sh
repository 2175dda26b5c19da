#!/usr/bin/env bash
# Unpacks programs of another Debian suite with all that they need, beside this machine's own: scripts/dev/unpack-debian.sh SUITE FOLDER PACKAGE ...
# FOLDER/run PROGRAM [ARG ...] then runs one of them with its own libraries. Nothing is installed, and apt's own lists stay as they are.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# >= 3)) || fail "usage: scripts/dev/unpack-debian.sh SUITE FOLDER PACKAGE ..."
suite=$1 folder=$2
shift 2
[[ ! -x $folder/run ]] || exit 0
has apt-get || fail "this machine has no apt-get to fetch $* of Debian $suite with"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/state/lists/partial" "$scratch/cache/archives/partial"

# The mirror is the one that this machine uses; to a status file without entries everything is missing.
# shellcheck disable=SC2016  # The format is apt's.
printf 'deb %s %s main\n' "$(apt-get indextargets --format '$(SITE)' | grep -v security | head -1)" "$suite" >"$scratch/sources"
apt() {
  apt-get -q -o Dir::Etc::sourcelist="$scratch/sources" -o Dir::Etc::sourceparts=/dev/null -o Dir::State="$scratch/state" \
    -o Dir::State::status=/dev/null -o Dir::Cache="$scratch/cache" -o APT::Sandbox::User=root -o Acquire::Languages=none \
    -o Acquire::Retries=2 -o Acquire::http::Timeout=20 "$@"
}
apt update
apt install --yes --no-install-recommends --download-only "$@"

rm -rf "$folder.new"
mkdir -p "$folder.new"
for package in "$scratch"/cache/archives/*.deb; do dpkg-deb -x "$package" "$folder.new"; done
# shellcheck disable=SC2016  # The wrapper's own words.
printf '#!/bin/sh\nname=$1 here=%s\nshift\nexec "$here"/usr/lib*/ld-linux-*.so.* --library-path "$(echo "$here"/usr/lib/*-linux-gnu)" "$here/usr/bin/$name" "$@"\n' \
  "$folder" >"$folder.new/run"
chmod +x "$folder.new/run"
rm -rf "$folder"
mv -T "$folder.new" "$folder"
