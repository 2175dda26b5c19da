#!/usr/bin/env bash
# Runs the strict set of linters over the Pulumi program. Building them takes three minutes the first time and the first run one more, so this
# is no stage of every test run.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/lib.sh
source ../scripts/lib.sh

VERSION=v2.15.0
tool="$MOTE_CACHE/tools/golangci-lint-$VERSION/golangci-lint"

[[ -x $tool ]] || GOBIN="$(dirname "$tool")" with_progress "building golangci-lint $VERSION" \
  go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$VERSION"
with_progress "infra: golangci-lint" "$tool" run ./...
