#!/usr/bin/env bash
# Runs the tests of the service and of the gateway, and says how long each took: scripts/dev/cargo-test.sh [--quick]
# With --quick without those that take their time or are a load: abusive clients, the whole table of conformance, the comparison with other
# servers, the life of a process, the examples in comments.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

what=() skipped=()
if [[ ${1:-} == --quick ]]; then
  mapfile -t what < <(cargo metadata --format-version 1 --no-deps --locked |
    jq -r '"--lib", (.packages[].targets[] | select(.kind == ["test"] and (IN(.name; "abuse", "conformance", "differential", "proxies") | not)) | "--test=" + .name)')
  skipped=(--skip lifecycle::)
else
  # Tests have the first two before the service, and take a network away from it by the third.
  { has nginx && has haproxy && has ip; } || scripts/dev/packages.sh nginx-light haproxy iproute2
fi
cargo test --locked "${what[@]}" --no-run
# The option that shows times is one of the test harness, and not stable yet. What was compiled above, without it, is what runs.
RUSTC_BOOTSTRAP=1 cargo test --locked "${what[@]}" -- -Zunstable-options --report-time "${skipped[@]}"
