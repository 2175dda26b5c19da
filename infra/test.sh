#!/usr/bin/env bash
# Passes the tests of the Pulumi program: its form, its policies against mocks, a policy scanner; nothing that needs AWS or a rehearsal.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/lib.sh
source ../scripts/lib.sh

# The rehearsal has a stage of its own.
mapfile -t packages < <(go list ./... | grep -v '/cmd/localaws')

unformatted=$(gofmt -l .)
[[ -z $unformatted ]] || fail "gofmt wants to change: $unformatted"
with_progress "infra: compile and vet (minutes when nothing is cached: the AWS SDK is large)" go vet "${packages[@]}"
go test -timeout 180s -count=1 "${packages[@]}"
./scan.sh
