#!/usr/bin/env bash
# Asks a deployed mote for / and /health and says what came back: scripts/ops/smoke.sh URL [SECONDS]
# SECONDS (60) is how long a wrong answer may last: the name of a new load balancer takes a while to be known everywhere.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/../lib.sh"

url=${1:-} patience=${2:-60}
[[ $url =~ ^https?://[^/]+ ]] || fail "usage: scripts/ops/smoke.sh URL [SECONDS]; the URL is \"$url\""
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

# right PATH ANSWER: whether it is the answer that PATH should give.
right() {
  case $1 in
    /) [[ $2 == "200 "* && -s $scratch/body ]] ;;
    /health) [[ $2 == "200 application/json" && $(cat "$scratch/body") == '{"status":"ok"}' ]] ;;
  esac
}

# expect PATH: asks until the answer is right or patience is over.
expect() {
  local answer until=$((SECONDS + patience))
  while answer=$(ask "$1"); ! right "$1" "$answer"; do
    ((SECONDS < until)) || fail "GET $url$1 is wrong after $patience s: $answer, body: $(head -c 300 "$scratch/body" | tr -d '\000')"
    sleep 2
  done
  printf 'GET %s%s\n  %s\n  %s\n' "$url" "$1" "$answer" "$(head -c 300 "$scratch/body")"
}

expect /
expect /health
