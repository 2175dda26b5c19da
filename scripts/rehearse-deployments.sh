#!/usr/bin/env bash
# Carries out the workflows against a local AWS, from the first deployment of dev, staging and prod to their end:
#   scripts/rehearse-deployments.sh [FLAG OF GO TEST ...]
# All that the workflows' commands print is in target/deployments.log.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

# A rehearsal of its own, so that one of "make up" goes on undisturbed. What a killed run has left goes first.
down() { scripts/rehearse.sh down -name deployments; }
down
trap down EXIT
say "progress in detail: tail -f target/deployments.log"
scripts/rehearse.sh run -name deployments go -C .github/check test -count=1 -timeout 40m -v "$@" ./deployments
