#!/usr/bin/env bash
# Builds Prometheus and promtool in the versions of go.mod beside this, once, and prints the folder that they are in: tools/prometheus/build.sh
# Of the ways to find targets only those that the configuration uses are built in: with all of them it takes three times as long.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/lib.sh
source ../../scripts/lib.sh

export GOGC=400 CGO_ENABLED=0 GOFLAGS="-trimpath -tags=remove_all_sd,enable_aws_sd '-ldflags=-s -w'"
build() { go build -o "$1/" github.com/prometheus/prometheus/cmd/prometheus github.com/prometheus/prometheus/cmd/promtool; }

make_once "prometheus-$(short_hash go.sum)" "Building Prometheus (ten minutes the first time)" build
