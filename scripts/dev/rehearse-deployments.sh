#!/usr/bin/env bash
# Carries out the workflows against a local AWS, from the first deployment of dev, staging and prod to their end:
#   scripts/dev/rehearse-deployments.sh [FLAG OF GO TEST ...]
# All that the workflows' commands print is in target/deployments.log.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

# A rehearsal of its own, so that one of "make up" goes on undisturbed. What a killed run has left goes first.
down() { scripts/dev/rehearse.sh down -name deployments; }
down
trap down EXIT
export MOTE_CALLS="$ROOT/target/calls/deployments"
rm -rf "$MOTE_CALLS"
mkdir -p "$MOTE_CALLS"
log "progress in detail: tail -f target/deployments.log"
scripts/dev/rehearse.sh run -name deployments go -C e2e/workflows test -count=1 -timeout 60m -v "$@" .
all=(-of deployments)
(($# == 0)) || all=()
e2e/judge/judge.sh "${all[@]}" "$MOTE_CALLS"
