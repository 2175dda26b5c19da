#!/usr/bin/env bash
# Asks a deployed service for some paths and says what came back: scripts/ops/smoke.sh URL "PATH ..." [SECONDS]
# Each has to be answered with status 200, as the load balancer's health check wants it. The stack's output smokePaths says which to ask for.
# SECONDS (60) is how long a wrong answer may last: the name of a new load balancer takes a while to be known everywhere.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/../lib.sh"

url=${1:-} patience=${3:-60}
[[ $url =~ ^https?://[^/]+ ]] || fail "usage: scripts/ops/smoke.sh URL \"PATH ...\" [SECONDS]; the URL is \"$url\""
read -ra paths <<<"${2:-}"
[[ ${#paths[@]} -gt 0 && " ${paths[*]}" != *" "[!/]* ]] || fail "the paths are \"${2:-}\", but have to be one or several, each beginning with a slash"
[[ $patience =~ ^[0-9]+$ ]] || fail "the number of seconds is \"$patience\", but has to be a whole number"
url=${url%/}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# ask PATH: leaves the body in $scratch/body and prints status code and content type, or curl's reason why there is none.
ask() {
  : >"$scratch/body"
  curl --silent --show-error --max-time 5 --max-filesize 65536 --output "$scratch/body" \
    --write-out '%{http_code} %{content_type}' "$url$1" 2>"$scratch/reason" || cat "$scratch/reason"
}

# body: its beginning, without bytes that no terminal shows.
body() { head -c 300 "$scratch/body" | tr -d '\000'; }

# expect PATH: asks until the answer is right or patience is over.
expect() {
  local answer until=$((SECONDS + patience))
  while answer=$(ask "$1"); [[ $answer != "200 "* ]]; do
    ((SECONDS < until)) || fail "GET $url$1 is wrong after $patience s: $answer, body: $(body)"
    sleep 2
  done
  printf 'GET %s%s\n  %s\n  %s\n' "$url" "$1" "$answer" "$(body)"
}

for path in "${paths[@]}"; do expect "$path"; done
