#!/usr/bin/env bash
# Brings one stack up to the image and sees it answer: scripts/ops/deploy.sh STACK [--create|--existing] [--digest DIGEST]
# Without --digest the image is built here. With it the image in target/dist/image is deployed, and only if it has that digest.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

LAYOUT=target/dist/image

stack=${1:-} mode=--existing digest=
shift || fail "usage: scripts/ops/deploy.sh STACK [--create|--existing] [--digest DIGEST]"
while (($# > 0)); do
  case $1 in
    --create | --existing) mode=$1 ;;
    --digest) digest=${2:-} && shift ;;
    *) fail "usage: scripts/ops/deploy.sh STACK [--create|--existing] [--digest DIGEST]; \"$1\" is neither" ;;
  esac
  shift
done

# output NAME: one of the stack's outputs, which are asked for once: each call of Pulumi reads the whole state.
output() { jq -r --arg name "$1" '.[$name] // ""' <<<"$outputs"; }
read_outputs() { outputs=$(pulumi -C infra stack output --stack "$stack" --json --non-interactive); }

# verify [-explain]: whether the stack's version serves, and if not, why; or only why.
verify() { pulumi -C infra stack export --stack "$stack" --non-interactive | go -C infra run ./cmd/verify-deployment "$@"; }

# put_back: Kubernetes leaves a version that does not start beside the one before, which is put back here; ECS has done so itself, and then nothing is
# said. Pulumi reads the Deployment anew, so that it knows what the cluster has: the next deployment starts from there, and nothing has drifted.
put_back() {
  local said status=0
  said=$(verify -undo -wait 5m) || status=$?
  if [[ -n $said ]]; then
    printf '%s\n' "$said"
    pulumi -C infra refresh --stack "$stack" --yes --skip-preview --non-interactive --target '**kubernetes:apps/v1:Deployment::**' || status=$?
  fi
  ((status == 0)) || log "the version before could not be put back, see above"
}

scripts/ops/select-stack.sh "$stack" "$mode"
[[ -n $digest ]] || make image
built=$(jq -er '.manifests[0].digest' "$LAYOUT/index.json") || fail "$LAYOUT is not an OCI layout: make image"
[[ -z $digest || $digest == "$built" ]] || fail "the image in $LAYOUT is $built, but $digest is to be deployed"

# What ran before is where a rollback goes back to.
read_outputs
before=$(output imageDigest)
log "bringing stack $stack up to $built"
if ! pulumi -C infra up --stack "$stack" --yes --skip-preview --non-interactive; then
  # A service that does not become stable is an error of `up`. A first deployment that failed earlier has nothing that could be explained.
  verify -explain || log "AWS has nothing more to say about it"
  put_back
  fail "stack $stack was not brought up"
fi
read_outputs
deployed=$(output imageDigest)
[[ $deployed == "$built" ]] || fail "stack $stack says that it runs $deployed, but $built was to be deployed"
log "verifying that it serves and that nothing else does"
verify || {
  put_back
  fail "stack $stack does not serve $built"
}
url=$(output url)
scripts/ops/smoke.sh "$url" "$(output smokePaths)"
[[ -z ${GITHUB_OUTPUT:-} ]] || printf 'url=%s\n' "$url" >>"$GITHUB_OUTPUT"
printf '%s\n' "| $stack | |" "|---|---|" "| URL | $url |" "| before | \`${before:-nothing}\` |" "| now | \`$built\` |" | summarize
log "stack $stack serves $built at $url"
