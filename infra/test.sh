#!/usr/bin/env bash
# Passes the tests of the Pulumi program: its form, its resources against mocks, its settings against the service, its
# objects against Kubernetes' schemas, a policy scanner; nothing that needs AWS or a rehearsal: infra/test.sh [--quick]
# With --quick the form is left to the linters, and the rest to the whole stage: the scanner, the real service, and what goes through every
# configuration. What passed before and has not changed since is not run again.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/lib.sh
source ../scripts/lib.sh

# The rehearsal has a stage of its own.
mapfile -t packages < <(go list ./... | grep -v '/cmd/localaws')

if [[ ${1:-} == --quick ]]; then
  exec go test -short -vet=off -timeout 15m "${packages[@]}"
fi
unformatted=$(gofmt -l .)
[[ -z $unformatted ]] || fail "gofmt wants to change: $unformatted"
with_progress "infra: compile and vet (minutes when nothing is cached: the AWS SDK is large)" go vet "${packages[@]}"
go test -timeout 15m -count=1 "${packages[@]}"

# What the settings accept, the service must accept: the real one is started with the environment of generated settings.
with_progress "infra: compile the service" cargo build --quiet --locked --manifest-path ../Cargo.toml --bin mote
target=$(cargo metadata --format-version 1 --no-deps --locked --manifest-path ../Cargo.toml | jq -er .target_directory)
MOTE_BINARY="$target/debug/mote" go test -tags service -timeout 15m -count=1 -run '^TestConfig_Service' ./config
./validate-objects.sh
./scan.sh
