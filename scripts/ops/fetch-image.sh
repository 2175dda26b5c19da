#!/usr/bin/env bash
# Gets an image that a stack has run before out of the stack's own repository: scripts/ops/fetch-image.sh STACK DIGEST
# It becomes target/dist/image, as if it had been built here.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 2)) || fail "usage: scripts/ops/fetch-image.sh STACK DIGEST"
stack=$1 digest=$2
[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || fail "the digest is \"$digest\", but has to be sha256: and 64 hex digits"
scripts/ops/select-stack.sh "$stack" --existing
repository=$(pulumi -C infra stack output --stack "$stack" --non-interactive repository)
# A stack that pulls from another registry has its images there, under the same name.
endpoint=$(pulumi -C infra config get --stack "$stack" --non-interactive registryEndpoint 2>/dev/null || true)
[[ -z $endpoint ]] || repository=$endpoint/${repository#*/}
host=${repository%%/*}

crane=$(go_tool crane)

# The login is kept in a folder of its own, so that it ends with this script.
DOCKER_CONFIG=$(mktemp -d)
export DOCKER_CONFIG
trap 'rm -rf "$DOCKER_CONFIG"' EXIT
if [[ $host == *.dkr.ecr.*.amazonaws.com ]]; then
  has aws || fail "the AWS command line is needed to log in to $host: https://aws.amazon.com/cli"
  region=${host#*.dkr.ecr.}
  aws ecr get-login-password --region "${region%%.*}" | "$crane" auth login --username AWS --password-stdin "$host"
fi

rm -rf target/dist/image
"$crane" pull --format=oci "$repository@$digest" target/dist/image ||
  fail "$repository has no $digest: stack $stack never ran it, or it was cleaned away"
log "target/dist/image is $(scripts/ci/digest.sh)"
