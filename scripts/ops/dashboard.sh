#!/usr/bin/env bash
# Opens the Grafana of a stack: scripts/ops/dashboard.sh STACK [PORT]. It takes the AWS CLI and Pulumi.
# With observability: prometheus it opens a way from this machine until it is interrupted: a session of Systems Manager to the one task, which nothing
# else reaches. It takes the CLI's session-manager-plugin, and credentials that may ssm:StartSession on the task, ecs:ListTasks, ecs:DescribeTasks and
# secretsmanager:GetSecretValue.
# With observability: managed it puts data source and dashboard into Amazon Managed Grafana and prints its address. It takes credentials that may create
# and delete service accounts and their tokens there (grafana:*WorkspaceServiceAccount*). AWS bills a token that edits as a user, for the month.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 1 || $# == 2)) || fail "usage: scripts/ops/dashboard.sh STACK [PORT]; by make: make dashboard STACK=prod"
stack=$1 port=${2:-3000}
GRAFANA=3000

needs=()
has pulumi || needs+=("pulumi (https://www.pulumi.com/docs/install/)")
has aws || needs+=("aws, the AWS CLI (https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html)")
has jq || needs+=("jq")
missing() { ((${#needs[@]} == 0)) || fail "missing on this machine:$(printf '\n  %s' "${needs[@]}")"; }
missing

scripts/ops/select-stack.sh "$stack" --existing
outputs=$(pulumi -C infra stack output --json --non-interactive --stack "$stack")
output() { jq -er --arg name "$1" '.[$name]' <<<"$outputs"; }
service=$(output observabilityService) || fail "stack $stack has no Grafana: set observability to prometheus or managed in infra/Pulumi.$stack.yaml and deploy"

# grafana METHOD PATH: sends the body on standard input to Grafana's API as the service account. The token is no argument, which others could see.
grafana() {
  curl --silent --show-error --fail-with-body --max-time 30 --request "$1" --header 'Content-Type: application/json' --header @<(printf 'Authorization: Bearer %s' "$token") \
    --data @- "$grafana_url$2"
}

# fill_grafana: puts in what shows the metrics, over what is there, with a token that lives for five minutes.
fill_grafana() {
  local source account token
  AWS_REGION=$(cut -d . -f 3 <<<"$grafana_url") workspace=${grafana_url#https://} workspace=${workspace%%.*}
  export AWS_REGION
  account=$(aws grafana create-workspace-service-account --workspace-id "$workspace" --name "dashboard-$$" --grafana-role ADMIN --query id --output text)
  # shellcheck disable=SC2064  # The names are those of now.
  trap "aws grafana delete-workspace-service-account --workspace-id '$workspace' --service-account-id '$account' >/dev/null" EXIT
  token=$(aws grafana create-workspace-service-account-token --workspace-id "$workspace" --service-account-id "$account" --name dashboard \
    --seconds-to-live 300 --query serviceAccountToken.key --output text)
  source=$(jq -n --arg url "$(output prometheusUrl)" --arg region "$AWS_REGION" '{name: "Prometheus", uid: "prometheus", type: "prometheus", access: "proxy", url: $url,
    isDefault: true, jsonData: {httpMethod: "POST", sigV4Auth: true, sigV4AuthType: "ec2_iam_role", sigV4Region: $region, timeInterval: "10s"}}')
  # It is there from the second time on.
  grafana PUT /api/datasources/uid/prometheus <<<"$source" >/dev/null 2>&1 || grafana POST /api/datasources <<<"$source" >/dev/null
  jq '{dashboard: (. + {id: null}), overwrite: true}' infra/components/observability/dashboards/mote.json | grafana POST /api/dashboards/db >/dev/null
}

if grafana_url=$(output grafanaUrl); then
  has curl || needs+=("curl")
  missing
  fill_grafana
  log "$grafana_url: whom IAM Identity Center knows and the workspace lets in (https://docs.aws.amazon.com/grafana/latest/userguide/AMG-manage-users-and-groups-AMG.html)"
  exit
fi

has session-manager-plugin || needs+=("session-manager-plugin (https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html)")
missing
cluster=$(output cluster)
secret=$(output grafanaPasswordSecret)
# A secret of another region than the caller's default is found by its ARN; so is all the rest.
AWS_REGION=$(cut -d : -f 4 <<<"$secret")
export AWS_REGION

task=$(aws ecs list-tasks --cluster "$cluster" --service-name "$service" --desired-status RUNNING --query 'taskArns[0]' --output text)
[[ $task == arn:* ]] || fail "the service $service has no running task: its events say why (aws ecs describe-services --cluster $cluster --services $service)"
runtime=$(aws ecs describe-tasks --cluster "$cluster" --tasks "$task" --output text \
  --query "tasks[0].containers[?name=='grafana'].runtimeId | [0]")
[[ $runtime != None ]] || fail "the container of Grafana does not run yet; try again"

log "http://localhost:$port, user admin; its password: aws secretsmanager get-secret-value --secret-id $secret --query SecretString --output text"
log "ends with Ctrl-C"
exec aws ssm start-session --target "ecs:${cluster}_${task##*/}_$runtime" --document-name AWS-StartPortForwardingSession \
  --parameters "portNumber=$GRAFANA,localPortNumber=$port"
