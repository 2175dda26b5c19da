#!/usr/bin/env bash
# Takes one stack down: scripts/ops/destroy.sh STACK --confirm NAME [--keep-stack|--remove-stack]
# NAME is the stack's name once more, typed by a person. What goes is shown first, what is left afterwards. --remove-stack also removes
# the empty stack.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

usage="usage: scripts/ops/destroy.sh STACK --confirm NAME [--keep-stack|--remove-stack]"
(($# == 3 || $# == 4)) || fail "$usage"
stack=$1 name=$3 after=${4:---keep-stack}
[[ $2 == --confirm ]] || fail "$usage"
[[ $after == --keep-stack || $after == --remove-stack ]] || fail "$usage"
[[ $name == "$stack" ]] || fail "the typed name is \"$name\", but the stack is \"$stack\": nothing was touched"

# protected: what says of itself, as it is deployed now, that it must not be deleted. AWS would refuse it half way through.
protected() {
  pulumi -C infra stack export --stack "$stack" --non-interactive | jq -r '
    [.deployment.resources[]? | select(.protect == true or .outputs.enableDeletionProtection == true) | .urn | split("::")[-1]]
    | join(", ")'
}

scripts/ops/select-stack.sh "$stack" --existing
kept=$(protected)
[[ -z $kept ]] || fail "stack $stack is protected ($kept): set mote:deletionProtection to false in infra/Pulumi.$stack.yaml and deploy once"
# What a controller in the stack's cluster made is not in the stack, and would be left: nothing deletes it once the cluster is gone.
made=$(go -C infra run ./cmd/list-orphans -controllers mote "$stack")
[[ -z $made ]] || fail "the cluster of stack $stack has made what a destroy would leave: delete the Services, Ingresses and volume claims that asked for it"$'\n'"$made"
log "this goes with stack $stack:"
pulumi -C infra destroy --stack "$stack" --preview-only --non-interactive
pulumi -C infra destroy --stack "$stack" --yes --skip-preview --non-interactive
if [[ $after == --remove-stack ]]; then
  pulumi -C infra stack rm "$stack" --yes --preserve-config --non-interactive
fi
# A list, not an error: AWS names some things for an hour after they were deleted.
orphans=$(go -C infra run ./cmd/list-orphans mote "$stack")
if [[ -n $orphans ]]; then
  log "stack $stack is down; AWS still lists these, so look whether they go by themselves:"
  printf '    %s\n' "$orphans" >&2
else
  log "stack $stack is down, and AWS lists nothing more of it"
fi
