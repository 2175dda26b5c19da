#!/usr/bin/env bash
# Refuses a deployment during a freeze, and one of an old commit whose run was started again: scripts/ci/may-deploy.sh FREEZE --newest|--force
# FREEZE is the reason of the freeze, empty without one. --force deploys all the same.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

[[ $# == 2 && ($2 == --newest || $2 == --force) ]] || fail "usage: scripts/ci/may-deploy.sh FREEZE --newest|--force"
freeze=$1 mode=$2
if [[ $mode == --force ]]; then
  log "forced: neither a freeze nor a newer commit counts"
  exit
fi
[[ -z $freeze ]] || fail "deployments are frozen: $freeze. Delete the variable MOTE_FREEZE, or run Deploy by hand with \"force\""
((GITHUB_RUN_ATTEMPT > 1)) || exit 0
newest=$(gh api "repos/$GITHUB_REPOSITORY/commits/main" --jq .sha)
[[ $newest == "$GITHUB_SHA" ]] ||
  fail "this run was started again, but its commit $GITHUB_SHA is no longer the newest on main: run Deploy by hand with \"force\""
