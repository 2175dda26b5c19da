#!/usr/bin/env bash
# Builds Prometheus's own page, which its Go module has as source alone, once, and prints the folder to start Prometheus in:
# tools/prometheus/page.sh. Without npm, or where a package cannot be had, it prints nothing and says why; all but the page is there then.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/lib.sh
source ../../scripts/lib.sh

# install: with the versions that Prometheus was released with, else, where a registry does not have all of them, with others that its
# package.json allows. The components of Mantine have one version, and not each is in each registry.
install() {
  local pnpm=(npx --yes pnpm@10)
  "${pnpm[@]}" install --frozen-lockfile --ignore-scripts --filter '@prometheus-io/mantine-ui...' && return
  rm -rf pnpm-lock.yaml node_modules ./*/node_modules ./*/*/node_modules
  sed -i -E 's#("@mantine/[a-z-]+": )"[^"]*"#\1"^9.6.0"#' mantine-ui/package.json
  "${pnpm[@]}" install --no-frozen-lockfile --ignore-scripts --filter '@prometheus-io/mantine-ui...'
}

# build FOLDER: the folder has the name, and the page the place, at which Prometheus looks for it.
build() {
  local module page=$1/prometheus/web/ui/static
  module=$(go mod download -json github.com/prometheus/prometheus | jq -er .Dir)
  cp -r "$module/web/ui/." "$scratch"
  chmod -R u+w "$scratch"
  cd "$scratch"
  # Another page, and what only development needs.
  rm -rf react-app
  install
  for part in lezer-promql codemirror-promql; do npx --yes pnpm@10 --filter "@prometheus-io/$part" run build; done
  (cd mantine-ui && npx vite build)
  mkdir -p "$page"
  mv mantine-ui/dist "$page/mantine-ui"
}

# In a process of its own, since the shell does not end at an error where its caller asks for it.
if [[ ${1:-} == build ]]; then
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  build "$2"
  exit
fi
has npx || { log "no page of Prometheus: npm is missing" && exit; }
version=$(cat "$ROOT/tools/prometheus/"{page.sh,go.sum} | sha256sum | head -c 8)
folder=$(make_once "prometheus-page-$version" "Building Prometheus's page (two minutes the first time)" "$ROOT/tools/prometheus/page.sh" build) \
  || { log "no page of Prometheus: npm could not build it" && exit; }
printf '%s/prometheus' "$folder"
