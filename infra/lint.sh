#!/usr/bin/env bash
# Runs the strict set of linters over the Pulumi program. Building them takes three minutes the first time, and the first run one more: infra/lint.sh
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/lib.sh
source ../scripts/lib.sh

golangci=$(go_tool golangci-lint golangci-lint)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# wants_refusal PACKAGE IMPORT RULE: a file that imports what its package may not is refused by the rule of that name.
wants_refusal() {
  local module=github.com/mote-dev/mote/infra
  rm -rf "$scratch/infra"
  mkdir -p "$scratch/infra/$1" "$scratch/infra/$2"
  cp .golangci.yml go.mod "$scratch/infra"
  printf 'package planted\n\nimport _ "%s/%s"\n' "$module" "$2" >"$scratch/infra/$1/planted.go"
  printf 'package imported\n' >"$scratch/infra/$2/imported.go"
  (cd "$scratch/infra" && "$golangci" run --allow-serial-runners --enable-only depguard ./... 2>&1) >"$scratch/output" || true
  grep -q "not allowed from list '$3'" "$scratch/output" || fail "$1 may import $2: $(<"$scratch/output")"
}

wants_refusal components/network config components
wants_refusal components/network components/service components
wants_refusal internal/names config config
# Its memory is several gigabytes as it is, when nothing is in its cache.
with_progress "infra: golangci-lint" env GOGC=100 "$golangci" run --allow-serial-runners ./...
