#!/usr/bin/env bash
# Protects a repository on GitHub, by gh as an administrator: scripts/ops/protect.sh OWNER/NAME [--reviewer LOGIN] [--approvals NUMBER]
#   main          only by pull requests that CI has passed, never rewritten; NUMBER (1) approvals
#   tags v*       only administrators create, move or delete them
#   environments  dev, staging, prod and their previews; prod waits for LOGIN, who cannot approve a run of their own
#   tokens        of workflows only read, unless a job asks for more
# It can be run again; what is there is replaced. scripts/ops/check-repository.sh says what is still missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

# GitHub's number for the role of administrators.
ADMINISTRATOR=5

usage="usage: scripts/ops/protect.sh OWNER/NAME [--reviewer LOGIN] [--approvals NUMBER]"
repository=${1:-} reviewer='' approvals=1
[[ $repository =~ ^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$ ]] || fail "$usage; \"$repository\" is no repository"
shift
while (($# > 0)); do
  case $1 in
    --reviewer) reviewer=${2:-} && shift ;;
    --approvals) approvals=${2:-} && shift ;;
    *) fail "$usage; \"$1\" is neither" ;;
  esac
  shift
done
[[ $approvals =~ ^[0-6]$ ]] || fail "the number of approvals is \"$approvals\", but has to be 0 to 6"
has gh || fail "gh is not on the PATH: https://cli.github.com"

# api METHOD PATH [FIELD ...]: with a body from standard input when "--input -" is among the fields.
api() { gh api --silent --method "$1" "repos/$repository/$2" "${@:3}"; }

# ruleset NAME: creates or replaces the ruleset that it reads.
ruleset() {
  local id
  id=$(gh api "repos/$repository/rulesets" --jq ".[] | select(.name == \"$1\") | .id")
  if [[ -n $id ]]; then api PUT "rulesets/$id" --input -; else api POST rulesets --input -; fi
  log "ruleset $1"
}

# environment NAME POLICY [TYPE] [REVIEWER]: deployments only from what fits the policy, a branch or a tag; "*" is any branch.
environment() {
  local id='' body='{"deployment_branch_policy": null}'
  [[ -z ${4:-} ]] || id=$(gh api "users/$4" --jq .id)
  [[ $2 == '*' ]] || body='{"deployment_branch_policy": {"protected_branches": false, "custom_branch_policies": true}}'
  # shellcheck disable=SC2016  # The names are jq's.
  jq --arg id "$id" 'if $id == "" then . else . + {reviewers: [{type: "User", id: ($id | tonumber)}], prevent_self_review: true} end' <<<"$body" |
    api PUT "environments/$1" --input -
  # It exists when this is run again.
  [[ $2 == '*' ]] || api POST "environments/$1/deployment-branch-policies" --field "name=$2" --field "type=$3" 2>/dev/null || true
  log "environment $1"
}

jq --argjson approvals "$approvals" '.rules |= map(if .type == "pull_request" then .parameters.required_approving_review_count = $approvals else . end)' <<'JSON' |
{
  "name": "main", "target": "branch", "enforcement": "active",
  "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
  "rules": [
    {"type": "deletion"},
    {"type": "non_fast_forward"},
    {"type": "pull_request", "parameters": {
      "required_approving_review_count": 1, "dismiss_stale_reviews_on_push": true, "require_code_owner_review": false,
      "require_last_push_approval": false, "required_review_thread_resolution": true}},
    {"type": "required_status_checks", "parameters": {
      "strict_required_status_checks_policy": true, "required_status_checks": [{"context": "All green"}]}}
  ]
}
JSON
  ruleset main

jq --argjson administrator "$ADMINISTRATOR" '.bypass_actors = [{actor_id: $administrator, actor_type: "RepositoryRole", bypass_mode: "always"}]' <<'JSON' |
{
  "name": "versions", "target": "tag", "enforcement": "active",
  "conditions": {"ref_name": {"include": ["refs/tags/v*"], "exclude": []}},
  "rules": [{"type": "creation"}, {"type": "update"}, {"type": "deletion"}]
}
JSON
  ruleset versions

for stack in dev staging prod; do
  environment "$stack" main branch
  environment "approve-$stack" main branch "$([[ $stack != prod ]] || printf %s "$reviewer")"
  environment "preview-$stack" '*'
done
environment release 'v*' tag "$reviewer"

api PUT actions/permissions/workflow --field default_workflow_permissions=read --field can_approve_pull_request_reviews=false
# This switches the dependency graph on, too.
api PUT vulnerability-alerts
log "$repository is protected; scripts/ops/check-repository.sh $repository says what is still missing"
