#!/usr/bin/env bash
# Builds Alertmanager in the version of go.mod beside this, once, and prints the folder that it is in: tools/alertmanager/build.sh
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/lib.sh
source ../../scripts/lib.sh

# build FOLDER: Alertmanager embeds the folder of its page, which its module does not have. A copy of the module with an empty file there has all
# that is used here, its API.
build() {
  local module
  module=$(go mod download -json github.com/prometheus/alertmanager | jq -er .Dir)
  cp -r "$module" "$scratch/alertmanager"
  chmod -R u+w "$scratch/alertmanager"
  mkdir -p "$scratch/alertmanager/ui/app/dist"
  : >"$scratch/alertmanager/ui/app/dist/none"
  cp go.mod go.sum "$scratch"
  go mod edit -replace "github.com/prometheus/alertmanager=$scratch/alertmanager" "$scratch/go.mod"
  CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -modfile="$scratch/go.mod" -o "$1/" github.com/prometheus/alertmanager/cmd/alertmanager
}

folder=$MOTE_CACHE/tools/alertmanager-$(short_hash go.sum)
mkdir -p "$MOTE_CACHE/tools"
# Two stages may ask for it at once.
exec 9>"$folder.lock"
flock 9
if [[ ! -d $folder ]]; then
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  mkdir -p "$folder.new"
  with_progress "Building Alertmanager (some minutes the first time)" build "$folder.new"
  # Moved there at the end, so that an interrupted run leaves no half of it.
  mv -T "$folder.new" "$folder"
fi
printf '%s' "$folder"
