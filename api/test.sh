#!/usr/bin/env bash
# Holds running services to their documents: mote to api/openapi.yaml, and examples/quotes.rs to api/quotes.openapi.yaml. Schemathesis
# makes requests from a document, good and bad ones, and compares every answer with what the document promises.
# Called as api/test.sh
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

# Schemathesis asks only for what a document has, so a public route that it lacks would go untested.
routes() { sed -nE '/\.admin\(\)/!s/.*Route::[a-z]+\(("[A-Z]+", )?"(\/[^"]*)".*/\2/p' "$1" | sort -u; }
documented() { sed -nE 's/^  (\/[^:]*):.*$/\1/p' "$1" | sort; }

# compare_paths SOURCE DOCUMENT
compare_paths() {
  local difference
  [[ -n $(routes "$1") ]] || fail "$1 has no line like: Route::get(\"/\", ...)"
  difference=$(diff <(routes "$1") <(documented "$2")) || fail "$1 (<) and $2 (>) have other paths: $difference"
}

# The log line names the port that the system picked, in JSON or as text.
port() { sed -nE 's/.*listening on 127\.0\.0\.1:([0-9]+).*/\1/p' "$scratch/log" | head -n 1; }

# start PROGRAM: by its file, so that the process to end later is the service itself.
start() {
  # Emptied here: the program opens it a moment later, and its last line may name the port of the one before.
  : >"$scratch/log"
  env -i MOTE_ADDRESS=127.0.0.1 MOTE_PORT=0 MOTE_METRICS_PORT=0 "${CARGO_TARGET_DIR:-target}/debug/$1" >"$scratch/log" 2>&1 &
  service=$!
  for _ in {1..100}; do
    [[ -z $(port) ]] || return 0
    kill -0 "$service" 2>/dev/null || { cat "$scratch/log" >&2; fail "$1 ended before it listened"; }
    sleep 0.1
  done
  cat "$scratch/log" >&2
  fail "$1 does not listen after 10 s"
}

# hold PROGRAM SOURCE DOCUMENT
hold() {
  compare_paths "$2" "$3"
  start "$1"
  # A fixed seed makes a failure the same one the next time. It leaves a folder with what it found where it runs.
  (cd "$scratch" && "$python" -m schemathesis.cli run "$ROOT/$3" --url "http://127.0.0.1:$(port)" --checks all --seed 1 \
    --max-examples 50 --workers 1 --no-color --phases examples,coverage,fuzzing)
  kill "$service" || fail "$1 ended under the test"
  wait "$service" || fail "$1 ended with $?"
  service=
  log "$1 answers as $3 says"
}

cargo build --quiet --locked --bins --example quotes
python=$(python_tool schemathesis)/python
hold mote src/routes.rs api/openapi.yaml
hold examples/quotes examples/quotes.rs api/quotes.openapi.yaml
