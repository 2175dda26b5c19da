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

# In a process of its own, since the shell does not end at an error where its caller asks for it.
if [[ ${1:-} == build ]]; then
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  build "$2"
  exit
fi
make_once "alertmanager-$(short_hash go.sum)" "Building Alertmanager (some minutes the first time)" "$ROOT/tools/alertmanager/build.sh" build
