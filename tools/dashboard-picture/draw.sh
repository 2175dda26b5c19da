#!/usr/bin/env bash
# Draws the dashboard as Grafana does, from what a Prometheus has of the last minutes:
#   tools/dashboard-picture/draw.sh --prometheus URL --out FILE.png [--minutes N] [--width PIXELS] [--collapsed ROW ...]
# The panels are Grafana's own. They are fetched once, and kept outside the tree.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/../../scripts/lib.sh"

tool=$ROOT/tools/dashboard-picture
{ has node && has npm; } || "$ROOT/scripts/dev/packages.sh" nodejs npm
has chromium || has google-chrome || "$ROOT/scripts/dev/packages.sh" chromium

fetch() { cp "$tool/package.json" "$tool/package-lock.json" "$tool/.npmrc" "$1" && npm --prefix "$1" ci; }

packages=$(make_once "dashboard-picture-$(short_hash "$tool/package-lock.json")" "Fetching Grafana's panels (650 MB, a minute)" fetch)

# A module's packages are looked for beside it, and have no place in the tree.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -r "$tool/package.json" "$tool/draw.js" "$tool/src" "$scratch"
ln -s "$packages/node_modules" "$scratch/node_modules"
node "$scratch/draw.js" --dashboard "$ROOT/infra/components/observability/dashboards/mote.json" "$@"
