#!/usr/bin/env bash
# Prometheus beside the service: scripts/dev/observe.sh test
#   test   has promtool check configuration and rules, and play made series through the alerts
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

definitions=infra/components/observability

check_definitions() {
  log "observe: promtool on configuration, rules and alerts"
  local scratch
  scratch=$(mktemp -d)
  # Side by side, as a task has them.
  cp "$definitions/rules.yaml" "$definitions/testdata/limits.yaml" "$definitions/testdata/prometheus.yaml" "$scratch"
  "$tools/promtool" check config --lint=all --lint-fatal "$scratch/prometheus.yaml"
  "$tools/promtool" check rules --lint=all --lint-fatal "$scratch/rules.yaml" "$scratch/limits.yaml"
  rm -rf "$scratch"
  with_progress "promtool test rules" "$tools/promtool" test rules "$definitions"/testdata/*_test.yaml
}

case ${1:-} in
test)
  tools=$(tools/prometheus/build.sh)
  check_definitions
  ;;
*) fail "usage: scripts/dev/observe.sh test" ;;
esac
