#!/usr/bin/env bash
# Builds Prometheus, promtool and Alertmanager in the versions of go.mod beside this, once, and prints the folder that they are in:
# tools/prometheus/build.sh. Of the ways to find targets only those that the configuration uses are built in: with all of them it takes
# three times as long.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/lib.sh
source ../../scripts/lib.sh

export CGO_ENABLED=0 GOFLAGS="-trimpath -tags=remove_all_sd,enable_aws_sd '-ldflags=-s -w'"

build() {
  go build -o "$1/" github.com/prometheus/prometheus/cmd/{prometheus,promtool}
  build_alertmanager "$1"
}

# build_alertmanager FOLDER: it embeds the folder of its page, which its module does not have. A copy of the module with an empty file there
# has all that is used here, its API.
build_alertmanager() {
  local module
  module=$(go mod download -json github.com/prometheus/alertmanager | jq -er .Dir)
  cp -r "$module" "$scratch/alertmanager"
  chmod -R u+w "$scratch/alertmanager"
  mkdir -p "$scratch/alertmanager/ui/app/dist"
  : >"$scratch/alertmanager/ui/app/dist/none"
  cp go.mod go.sum "$scratch"
  go mod edit -replace "github.com/prometheus/alertmanager=$scratch/alertmanager" "$scratch/go.mod"
  go build -modfile="$scratch/go.mod" -o "$1/" github.com/prometheus/alertmanager/cmd/alertmanager
}

folder=$MOTE_CACHE/tools/prometheus-$(short_hash go.sum)
mkdir -p "$MOTE_CACHE/tools"
# Two stages may ask for it at once.
exec 9>"$folder.lock"
flock 9
if [[ ! -d $folder ]]; then
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  mkdir -p "$folder.new"
  with_progress "Building Prometheus and Alertmanager (ten minutes the first time)" build "$folder.new"
  # Moved there at the end, so that an interrupted run leaves no half of it.
  mv -T "$folder.new" "$folder"
fi
printf '%s' "$folder"
