#!/usr/bin/env bash
# Says what a repository on GitHub still lacks before it can deploy: scripts/ops/check-repository.sh OWNER/NAME
# It asks by gh, as an administrator, and changes nothing. Exit code 1 when something is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

repository=${1:-}
[[ $# == 1 && $repository =~ ^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$ ]] || fail "usage: scripts/ops/check-repository.sh OWNER/NAME; \"$repository\" is no repository"
has gh || fail "gh is not on the PATH: https://cli.github.com"
gh api "repos/$repository" >/dev/null || fail "gh cannot read $repository: gh auth login"
lacking=0

# holds PATH FILTER: whether the filter is true of what GitHub says; what is not there is not so.
holds() { gh api "repos/$repository${1:+/$1}" 2>/dev/null | jq -e "$2" >/dev/null 2>&1; }

# need WHAT HOW PATH FILTER
need() {
  if holds "$3" "$4"; then
    printf 'ok       %s\n' "$1"
  else
    lacking=$((lacking + 1))
    printf 'missing  %s: %s\n' "$1" "$2"
  fi
}

protect="scripts/ops/protect.sh $repository"
need "Actions are on" "Settings, Actions, General" actions/permissions '.enabled'
need "issues are on, for reports of drift and failures" "Settings, General, Features" "" '.has_issues'
need "the default branch is main" "Settings, General" "" '.default_branch == "main"'
need "tokens of workflows only read" "$protect" actions/permissions/workflow '.default_workflow_permissions == "read"'
# It answers without a body, and with an error when it is off.
if gh api "repos/$repository/vulnerability-alerts" >/dev/null 2>&1; then
  printf 'ok       the dependency graph is on\n'
else
  lacking=$((lacking + 1))
  printf 'missing  the dependency graph is on: %s\n' "$protect"
fi
need "CodeQL's default setup is off, since Scan has its own" "Settings, Advanced Security" code-scanning/default-setup '.state == "not-configured"'
for name in main versions; do
  need "ruleset $name is active" "$protect" rulesets "any(.[]; .name == \"$name\" and .enforcement == \"active\")"
done
need "main takes only what CI has passed" "$protect" rules/branches/main \
  'any(.[]; .type == "required_status_checks" and any(.parameters.required_status_checks[]; .context == "All green"))'
need "prod waits for a reviewer" "$protect --reviewer LOGIN" environments/approve-prod \
  'any(.protection_rules[]?; .type == "required_reviewers" and (.reviewers | length > 0))'
for stack in dev staging prod; do
  need "environment $stack takes main alone" "$protect" "environments/$stack/deployment-branch-policies" '[.branch_policies[].name] == ["main"]'
  for environment in "$stack" "preview-$stack"; do
    for secret in AWS_ROLE AWS_ACCOUNT PULUMI_BACKEND_URL; do
      need "secret $secret of $environment" "the lines of scripts/ops/bootstrap.sh" "environments/$environment/secrets/$secret" '.name'
    done
    for variable in AWS_REGION SECRETS_PROVIDER; do
      need "variable $variable of $environment" "the lines of scripts/ops/bootstrap.sh" "environments/$environment/variables/$variable" '.value != ""'
    done
  done
done
need "deployments are switched on" "gh variable set MOTE_DEPLOY --repo $repository --body true" actions/variables/MOTE_DEPLOY '.value == "true"'
((lacking == 0)) || fail "$repository lacks $lacking settings, listed above"
log "$repository has all that deployments need"
