#!/usr/bin/env bash
# Makes what deployments need in an AWS account, once, and prints what GitHub has to be told:
#   scripts/ops/bootstrap.sh OWNER/NAME [--yes] [SETTING=VALUE ...]
# OWNER/NAME is the repository on GitHub, spelled as it is there. Settings are those of infra/bootstrap/Pulumi.yaml, the values of a list
# with commas between them; those that are not given stay as they are. --yes does it without asking. It takes an administrator's AWS
# credentials. Its own state, in which nothing is secret, is where PULUMI_BACKEND_URL says, by default in your home folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

STACK=account
LISTS=" environments existing kubernetes managedObservability ownNames permissions "

usage="usage: scripts/ops/bootstrap.sh OWNER/NAME [--yes] [SETTING=VALUE ...]"
repository=${1:-} confirm=() settings=()
[[ $repository =~ ^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$ ]] || fail "$usage; \"$repository\" is no repository"
shift
for argument; do
  case $argument in
    --yes) confirm=(--yes --non-interactive) ;;
    [a-z]*=*) settings+=("$argument") ;;
    *) fail "$usage; \"$argument\" is neither" ;;
  esac
done
has pulumi || fail "pulumi is not on the PATH: nix develop has it, and so has https://www.pulumi.com/docs/install"
has jq || fail "jq is not on the PATH: on Debian and Ubuntu, sudo apt-get install jq"

export PULUMI_BACKEND_URL=${PULUMI_BACKEND_URL:-file://$HOME} PULUMI_CONFIG_PASSPHRASE=${PULUMI_CONFIG_PASSPHRASE:-}

config() { pulumi -C infra/bootstrap config --stack "$STACK" --non-interactive "$@"; }

# set_to NAME VALUE: a list is set as a whole, since it may have become shorter.
set_to() {
  local -a values
  local i
  if [[ $LISTS != *" $1 "* ]]; then
    config set "$1" "$2"
    return
  fi
  config rm "$1" >/dev/null 2>&1 || true
  IFS=, read -ra values <<<"$2"
  for i in "${!values[@]}"; do config set --path "${1}[$i]" "${values[i]}"; done
}

# number NAME JQ: a number that GitHub knows, unless it was given or is known already.
number() {
  local value
  [[ " ${settings[*]} " != *" $1="* ]] || return 0
  [[ ! $(config get "$1" 2>/dev/null) =~ ^[1-9] ]] || return 0
  has gh || fail "$1 is not known: give $1=NUMBER, or have gh (https://cli.github.com), which asks GitHub for it"
  value=$(gh api "repos/$repository" --jq "$2") || fail "GitHub does not tell $1 of $repository: see above, or give $1=NUMBER"
  set_to "$1" "$value"
}

# set_boundary STACK POLICY: writes into a stack's file that its roles have this permissions boundary.
set_boundary() {
  local file=infra/Pulumi.$1.yaml line="  mote:permissionsBoundary: $2"
  [[ -f $file ]] || printf 'config:\n' >"$file"
  grep -q '^config:' "$file" || printf 'config:\n' >>"$file"
  sed -i '/^  mote:permissionsBoundary:/d' "$file"
  sed -i "/^config:/a\\$line" "$file"
}

pulumi -C infra/bootstrap stack select "$STACK" --create --non-interactive
set_to repository "$repository"
for setting in "${settings[@]}"; do set_to "${setting%%=*}" "${setting#*=}"; done
number ownerId .owner.id
number repositoryId .id
pulumi -C infra/bootstrap up --stack "$STACK" "${confirm[@]}"

outputs=$(pulumi -C infra/bootstrap stack output --stack "$STACK" --json --non-interactive)
while read -r stack policy; do set_boundary "$stack" "$policy"; done < <(jq -r '.boundaries | to_entries[] | "\(.key) \(.value)"' <<<"$outputs")
log "infra/Pulumi.<stack>.yaml now names the permissions boundary of each stack's roles, and infra/bootstrap/Pulumi.$STACK.yaml your settings: commit them"
# What names the account is a secret, since GitHub keeps secrets out of logs.
log "GitHub has to be told this, once its environments are there:"
jq -r --arg repository "$repository" '.variables | to_entries[] | .key as $environment | .value | to_entries[]
  | (if IN(.key; "AWS_ROLE", "AWS_ACCOUNT", "PULUMI_BACKEND_URL") then "secret" else "variable" end) as $kind
  | "gh \($kind) set \(.key) --repo \($repository) --env \($environment) --body \(.value | @sh)"' <<<"$outputs"
