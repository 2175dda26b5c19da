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

secrets() {
  log "audit: secrets"
  "$(go_tool gitleaks)" git --no-banner --no-color --redact --verbose .
}

# deny CHECK ...: asks cargo-deny, whose rules are in deny.toml.
deny() { "$(cargo_tool cargo-deny)/cargo-deny" --locked check --hide-inclusion-graph "$@"; }

crates() {
  log "audit: crates"
  deny
}

modules() {
  local module govulncheck
  govulncheck=$(go_tool govulncheck)
  for module in $(git ls-files '*go.mod'); do
    log "audit: Go modules of $(dirname "$module")"
    (cd "$(dirname "$module")" && "$govulncheck" ./...)
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
