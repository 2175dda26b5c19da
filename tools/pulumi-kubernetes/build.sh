#!/usr/bin/env bash
# Builds Pulumi's Kubernetes provider, once, and prints the folder that it is in: tools/pulumi-kubernetes/build.sh
# The version that the program asks for (providerVersion in infra/components/kubernetes/objects.go) is the release of the commit in go.mod.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/lib.sh
source ../../scripts/lib.sh

version=$(sed -n 's/^const providerVersion = "\(.*\)"/\1/p' "$ROOT/infra/components/kubernetes/objects.go")
export GOGC=400 CGO_ENABLED=0 GOWORK=off

# build FOLDER: in a copy, beside the files that are embedded.
build() {
  local scratch published status=0
  scratch=$(mktemp -d)
  cp go.mod go.sum main.go "$scratch"
  published=$(go list -m -f '{{.Dir}}' github.com/pulumi/pulumi-kubernetes/provider/v4)/cmd/pulumi-resource-kubernetes
  jq --arg version "$version" '.version = $version' "$published/schema.json" >"$scratch/schema.json"
  cp "$published/terraform-mapping.json" "$scratch"
  go -C "$scratch" build -trimpath -ldflags "-s -w -X github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version=$version" -o "$1/pulumi-resource-kubernetes" . || status=$?
  rm -rf "$scratch"
  return "$status"
}

make_once "pulumi-kubernetes-$version-$(short_hash go.sum)" "Building Pulumi's Kubernetes provider (fifteen minutes the first time)" build
