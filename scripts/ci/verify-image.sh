#!/usr/bin/env bash
# Accepts the image in target/dist/image only if it is whole, has the digest, and is attested by a repository's workflow:
#   scripts/ci/verify-image.sh DIGEST OWNER/REPOSITORY [WORKFLOW REF COMMIT]
# The workflow is deploy.yml on main, of any commit, unless another one is named.
# An attestation is about a digest, and the digest of an image is that of its manifest, so the manifest is the file to be verified.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 2 || $# == 5)) || fail "usage: scripts/ci/verify-image.sh DIGEST OWNER/REPOSITORY [WORKFLOW REF COMMIT]"
digest=$1 repository=$2 workflow=${3:-deploy.yml} ref=${4:-refs/heads/main} commit=${5:-}
found=$(scripts/ci/digest.sh)
[[ $found == "$digest" ]] || fail "the image is $found, but should be $digest"

blobs=target/dist/image/blobs/sha256
for blob in "$blobs"/*; do
  sum=$(sha256sum "$blob")
  [[ ${sum%% *} == "${blob##*/}" ]] || fail "$blob was changed after it was named"
done
manifest=$blobs/${digest#sha256:}
[[ -f $manifest ]] || fail "the manifest $manifest is missing"

has gh || fail "gh is needed to verify who built the image: https://cli.github.com"
gh attestation verify "$manifest" --repo "$repository" --signer-workflow "$repository/.github/workflows/$workflow" \
  --source-ref "$ref" ${commit:+--source-digest "$commit"} --deny-self-hosted-runners ||
  fail "$digest has no attestation of $repository's $workflow on ${ref#refs/*/}: it is not what that has built"
log "$digest is whole and was built by $repository"
