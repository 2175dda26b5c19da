#!/usr/bin/env bash
# Builds Kubernetes in the version of go.mod beside this, once, and prints the folder that its programs are in: tools/kubernetes/build.sh
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/lib.sh
source ../../scripts/lib.sh

version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
export GOGC=400 CGO_ENABLED=0 GOWORK=off
build() { go build -trimpath -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$version -X k8s.io/client-go/pkg/version.gitVersion=$version" -o "$1/" tool; }

make_once "kubernetes-$(short_hash go.sum)" "Building Kubernetes $version (ten minutes the first time)" build
