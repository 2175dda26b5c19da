#!/usr/bin/env bash
# Runs the strict set of linters over the Pulumi program. Building them takes three minutes the first time and the first run one more, so this
# is no stage of every test run.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/lib.sh
source ../scripts/lib.sh

with_progress "infra: golangci-lint" "$(go_tool golangci-lint golangci-lint)" run ./...
