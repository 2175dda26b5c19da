#!/usr/bin/env bash
# Rebuilds the image of a release from the tag's commit, and accepts it only if it is the one that was published and signed:
#   scripts/ops/verify-release.sh TAG [OWNER/REPOSITORY]
# The repository is that of the remote "origin" unless one is named. The commit is built in a clone of its own, by Nix where that is there
# with flakes switched on, else by the scripts (BUILDER=nix or scripts says which).
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

tag=${1:-} repository=${2:-}
[[ ($# == 1 || $# == 2) && $tag =~ ^v[0-9A-Za-z.+-]+$ ]] || fail "usage: scripts/ops/verify-release.sh TAG [OWNER/REPOSITORY]; \"$tag\" is no tag of a release"
has gh || fail "gh is needed to read the release and its attestation: https://cli.github.com"
[[ -n $repository ]] || repository=$(gh repo view --json nameWithOwner --jq .nameWithOwner)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

commit=$(git rev-parse --verify --quiet "refs/tags/$tag^{commit}") || fail "the tag $tag is not in this clone: git fetch --tags"
gh release download "$tag" --repo "$repository" --pattern '*-image.digest' --dir "$scratch" || fail "$repository has no release $tag with a digest"
published=$(cat "$scratch"/*-image.digest)
[[ $published =~ ^sha256:[0-9a-f]{64}$ ]] || fail "the release's digest is \"$published\", which is none"

# A clean clone: what is not committed here would be built, too, and Nix takes what git has.
git clone --quiet --no-checkout . "$scratch/tree"
git -C "$scratch/tree" checkout --quiet --detach "$commit"
log "Building $tag, commit $commit, of $repository"
make --directory "$scratch/tree" image
"$scratch/tree/scripts/ci/verify-image.sh" "$published" "$repository" release.yml "refs/tags/$tag" "$commit"
log "$tag: this build, the release and its attestation are the same image, $published"
