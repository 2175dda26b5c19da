#!/usr/bin/env bash
# Accepts only a tag that may be released: scripts/ci/check-tag.sh TAG
# It has to be the version that Cargo.toml names, on main, and what later versions are tried as upgrades of has to be there.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

(($# == 1)) || fail "usage: scripts/ci/check-tag.sh TAG"
tag=$1
version=$(package_version)
[[ $tag == "v$version" ]] || fail "the tag is \"$tag\", but Cargo.toml says version $version: the tag has to be v$version"
git merge-base --is-ancestor HEAD origin/main || fail "the tag $tag is on a commit that is not on main"
state=e2e/deployment/testdata/stack-$version.json
[[ -f $state ]] || fail "$state is missing: e2e/deployment/testdata/record.sh makes it; commit it before the tag"
