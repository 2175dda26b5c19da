#!/usr/bin/env bash
# Looks for what should not be in here: scripts/dev/audit.sh [secrets|crates|modules|offline] ...
#   secrets   keys and passwords, in every commit (gitleaks)
#   crates    crates with advisories, wrong licences or sources (cargo-deny; needs the advisory database)
#   modules   Go modules with vulnerabilities that are reached (govulncheck; needs the vulnerability database)
#   offline   what needs no database: secrets, and licences, sources and versions of crates
# Without a word: secrets, crates and modules.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

GITLEAKS=8.30.1
DENY=0.20.2
GOVULNCHECK=1.9.0
tools="$MOTE_CACHE/tools"

# go_tool NAME VERSION MODULE: builds it once.
go_tool() {
  [[ -x $tools/$1-$2/$1 ]] || GOBIN="$tools/$1-$2" with_progress "building $1 $2" go install "$3@v$2"
}

secrets() {
  log "audit: secrets"
  go_tool gitleaks "$GITLEAKS" github.com/zricethezav/gitleaks/v8
  "$tools/gitleaks-$GITLEAKS/gitleaks" git --no-banner --no-color --redact --verbose .
}

# deny CHECK ...: asks cargo-deny, whose rules are in deny.toml.
deny() {
  local dir="$tools/cargo-deny-$DENY"
  [[ -x $dir/bin/cargo-deny ]] ||
    with_progress "building cargo-deny $DENY" cargo install --quiet --locked --root "$dir" "cargo-deny@$DENY"
  "$dir/bin/cargo-deny" --locked check --hide-inclusion-graph "$@"
}

crates() {
  log "audit: crates"
  deny
}

modules() {
  local module
  go_tool govulncheck "$GOVULNCHECK" golang.org/x/vuln/cmd/govulncheck
  for module in $(git ls-files '*go.mod'); do
    log "audit: Go modules of $(dirname "$module")"
    (cd "$(dirname "$module")" && "$tools/govulncheck-$GOVULNCHECK/govulncheck" ./...)
  done
}

offline() {
  secrets
  log "audit: crates, without advisories"
  deny bans licenses sources
}

for word in "${@:-all}"; do
  case $word in
    secrets | crates | modules | offline) "$word" ;;
    all) secrets && crates && modules ;;
    *) fail "usage: scripts/dev/audit.sh [secrets|crates|modules|offline] ...; \"$word\" is none of them" ;;
  esac
done
