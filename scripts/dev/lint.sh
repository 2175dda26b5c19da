#!/usr/bin/env bash
# Formatters, linters and scanners over the whole tree; nothing is changed.
#   scripts/dev/lint.sh          check
#   scripts/dev/lint.sh tables   write the tables of docs/configuration.md from their sources
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# kept PATTERN ...: the files that git keeps or would keep.
kept() { git ls-files --cached --others --exclude-standard --deduplicate -- "$@"; }

rust() {
  log "lint: cargo fmt, clippy"
  cargo fmt --all --check
  with_progress "cargo clippy" cargo clippy --locked --workspace --all-targets -- --deny warnings
}

golang() {
  log "lint: gofmt, go vet"
  local unformatted module
  unformatted=$(kept '*.go' | xargs --no-run-if-empty gofmt -l)
  [[ -z $unformatted ]] || fail "gofmt would change: ${unformatted//$'\n'/, }"
  for module in $(kept '*go.mod'); do
    # A module may hold versions of tools alone.
    [[ -n $(go -C "$(dirname "$module")" list ./... 2>/dev/null) ]] || continue
    with_progress "go vet in $(dirname "$module")" go -C "$(dirname "$module")" vet ./...
  done
}

shell() {
  log "lint: shellcheck"
  local -a files
  mapfile -t files < <(kept '*.sh' '.ci/run' | sort)
  ((${#files[@]} > 0)) || fail "found no shell script to check"
  shellcheck --external-sources "${files[@]}"
}

workflows() {
  log "lint: actionlint, zizmor"
  "$(go_tool actionlint)"
  with_progress "zizmor" "$(python_tool zizmor)/zizmor" --quiet --offline --pedantic --strict-collection .github
}

repository() {
  log "lint: repolint"
  with_progress "tests of repolint, the dashboard, the workflow runner and the scripts" test_own_tools
  test_picture
  check
  with_progress "infra: mutations still change something" infra/mutate.sh --check
}

# These tests read files outside of their modules, where Go does not see that one has changed and takes what it remembers. So the sum of those
# files is a part of what is compiled. Some tests compile programs, which takes a cold and busy machine more than the ten minutes that Go gives.
test_own_tools() {
  local sum
  sum=$(kept '*.sh' .ci .github image tools docs/runbooks infra/components/observability Cargo.toml Makefile | xargs sha256sum | sha256sum)
  go -C tools/repolint test -timeout 30m ./...
  go -C tools/dashboards test -timeout 30m -ldflags "-X main.sum=${sum%% *}" ./...
  go -C e2e/workflows test -timeout 30m -ldflags "-X main.sum=${sum%% *}" ./runner ./flow ./scripts
}

# test_picture: a change of the dashboard that its picture cannot follow is noticed here. It needs Node alone.
test_picture() {
  if ! has node; then log "lint: tests of the dashboard's picture: skipped, since Node is not here" && return; fi
  with_progress "tests of the dashboard's picture" node --test tools/dashboard-picture/test/*.test.js
}

# check [ARG ...]: the repository's own rules, with what the service says of its settings.
check() {
  cargo run --quiet --locked -- --help >"$scratch/help"
  go -C tools/repolint run . -root "$ROOT" -service-help "$scratch/help" "$@"
}

if [[ ${1:-} == tables ]]; then
  check -write
  exit
fi
has shellcheck || scripts/dev/packages.sh shellcheck
get_rust_tools
rust
golang
infra/lint.sh
shell
workflows
repository
