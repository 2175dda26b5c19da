#!/usr/bin/env bash
# Asks a policy scanner what it thinks of all that the stacks would make; what may stay, and why, is in cmd/scan/reasons.txt: infra/scan.sh
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/lib.sh
source ../scripts/lib.sh

log "infra: policy scan"
checkov=$(python_tool checkov cmd/scan/requirements.txt --no-deps)
go run ./cmd/scan "$checkov/python" -m checkov.main
