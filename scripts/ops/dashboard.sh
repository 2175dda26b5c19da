#!/usr/bin/env bash
# Opens a way from this machine to the Grafana of a stack with observability: prometheus, until it is interrupted: scripts/ops/dashboard.sh STACK [PORT]
# It is a session of Systems Manager to the one task, which nothing else reaches. It takes the AWS CLI with its session-manager-plugin, Pulumi, and
# credentials that may ssm:StartSession on the task, ecs:ListTasks, ecs:DescribeTasks and secretsmanager:GetSecretValue.
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
has session-manager-plugin || needs+=("session-manager-plugin (https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html)")
has jq || needs+=("jq")
((${#needs[@]} == 0)) || fail "missing on this machine:$(printf '\n  %s' "${needs[@]}")"

scripts/ops/select-stack.sh "$stack" --existing
outputs=$(pulumi -C infra stack output --json --non-interactive --stack "$stack")
output() { jq -er --arg name "$1" '.[$name]' <<<"$outputs"; }
service=$(output observabilityService) || fail "stack $stack has no Grafana: set observability to prometheus in infra/Pulumi.$stack.yaml and deploy"
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
