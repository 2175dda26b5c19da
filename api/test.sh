#!/usr/bin/env bash
# Holds the running service to api/openapi.yaml: schemathesis makes requests from the document, good and bad ones, and compares every
# answer with what the document promises.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

scratch=$(mktemp -d)
service=

end() {
  [[ -z $service ]] || kill "$service" 2>/dev/null || true
  rm -rf "$scratch"
}
trap end EXIT

# Schemathesis asks only for what the document has, so a public route that it lacks would go untested.
routes() { sed -nE '/\.admin\(\)/!s/.*Route::[a-z]+\(("[A-Z]+", )?"(\/[^"]*)".*/\2/p' src/routes.rs | sort -u; }
documented() { sed -nE 's/^  (\/[^:]*):$/\1/p' api/openapi.yaml | sort; }
[[ -n $(routes) ]] || fail "src/routes.rs has no line like: Route::get(\"/\", ...)"
difference=$(diff <(routes) <(documented)) || fail "src/routes.rs (<) and api/openapi.yaml (>) have other paths: $difference"

cargo build --quiet --locked
# The service is started by its file, so that the process to end later is the service itself.
env -i MOTE_ADDRESS=127.0.0.1 MOTE_PORT=0 "${CARGO_TARGET_DIR:-target}/debug/mote" >"$scratch/log" 2>&1 &
service=$!
# The log line names the port that the system picked, in JSON or as text.
port() { sed -nE 's/.*listening on 127\.0\.0\.1:([0-9]+).*/\1/p' "$scratch/log" | head -n 1; }
for _ in {1..100}; do
  [[ -z $(port) ]] || break
  kill -0 "$service" 2>/dev/null || { cat "$scratch/log" >&2; fail "the service ended before it listened"; }
  sleep 0.1
done
[[ -n $(port) ]] || { cat "$scratch/log" >&2; fail "the service does not listen after 10 s"; }

python=$(python_tool schemathesis)/python
# A fixed seed makes a failure the same one the next time.
cd "$scratch" # It leaves a folder with what it found where it runs.
"$python" -m schemathesis.cli run "$ROOT/api/openapi.yaml" --url "http://127.0.0.1:$(port)" --checks all --seed 1 --max-examples 50 \
  --workers 1 --no-color --phases examples,coverage,fuzzing
kill -0 "$service" 2>/dev/null || fail "the service ended under the test"
log "the service answers as api/openapi.yaml says"
