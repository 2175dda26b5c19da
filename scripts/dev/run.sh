#!/usr/bin/env bash
# Runs the service on this terminal, and again after each change where watchexec or cargo-watch is installed: scripts/dev/run.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

if has watchexec; then exec watchexec --restart --watch src --watch gateway/src --watch Cargo.toml -- cargo run --locked; fi
if has cargo-watch; then exec cargo watch --watch src --watch gateway/src --watch Cargo.toml --exec 'run --locked'; fi
log "install watchexec to have the service start again after each change"
exec cargo run --locked
