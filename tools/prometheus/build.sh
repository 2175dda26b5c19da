#!/usr/bin/env bash
# Builds Prometheus and promtool in the versions of go.mod beside this, once, and prints the folder that they are in: tools/prometheus/build.sh
# Of the ways to find targets only those that the configuration uses are built in: with all of them it takes three times as long.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/lib.sh
source ../../scripts/lib.sh

export GOGC=400 CGO_ENABLED=0 GOFLAGS="-trimpath -tags=remove_all_sd,enable_aws_sd '-ldflags=-s -w'"
folder=$MOTE_CACHE/tools/prometheus-$(short_hash go.sum)
mkdir -p "$MOTE_CACHE/tools"
# Two stages may ask for it at once.
exec 9>"$folder.lock"
flock 9
if [[ ! -d $folder ]]; then
  mkdir -p "$folder.new"
  with_progress "Building Prometheus (ten minutes the first time)" \
    go build -o "$folder.new/" github.com/prometheus/prometheus/cmd/prometheus github.com/prometheus/prometheus/cmd/promtool
  # Moved there at the end, so that an interrupted run leaves no half of it.
  mv -T "$folder.new" "$folder"
fi
printf '%s' "$folder"
