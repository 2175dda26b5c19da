#!/usr/bin/env bash
# Runs the tests of the service and of the gateway, and says how long each took: scripts/dev/cargo-test.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

cargo test --locked --no-run
# The option that shows times is one of the test harness, and not stable yet. What was compiled above, without it, is what runs.
RUSTC_BOOTSTRAP=1 cargo test --locked -- -Zunstable-options --report-time
