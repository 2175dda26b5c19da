#!/usr/bin/env bash
# Writes zizmor's findings as SARIF, for the Security page: scripts/ci/zizmor-sarif.sh FILE
# In this format zizmor succeeds whatever it finds; scripts/dev/lint.sh is what fails.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 1)) || fail "usage: scripts/ci/zizmor-sarif.sh FILE"
mkdir -p "$(dirname "$1")"
"$(python_tool zizmor)/zizmor" --quiet --offline --pedantic --format sarif .github >"$1"
