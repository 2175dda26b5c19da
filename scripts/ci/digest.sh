#!/usr/bin/env bash
# Prints the digest of the image in target/dist/image, to a file when one is named: scripts/ci/digest.sh [FILE]
# In a workflow it is also an output of the step, for later ones.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

layout=target/dist/image
digest=$(jq -er '.manifests | if length == 1 then .[0].digest else empty end' "$layout/index.json" 2>/dev/null) ||
  fail "$layout is not an OCI layout with one image: make image"
[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || fail "the digest in $layout/index.json is \"$digest\", but has to be sha256: and 64 hex digits"
printf '%s\n' "$digest" | tee ${1:+"$1"}
[[ -z ${GITHUB_OUTPUT:-} ]] || printf 'digest=%s\n' "$digest" >>"$GITHUB_OUTPUT"
