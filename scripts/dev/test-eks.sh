#!/usr/bin/env bash
# Passes the scenarios on a real Kubernetes, in a rehearsal of their own: scripts/dev/test-eks.sh [FLAG OF GO TEST ...]
# No part of "make test": the first time, half an hour of building comes before.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/../lib.sh"

# Only root may give a node namespaces, networks and mounts.
((EUID == 0)) || exec sudo --non-interactive --preserve-env=HOME,CI env "PATH=$PATH" "$0" "$@"
# What root puts into the caller's cache becomes the caller's: CI saves it as a plain user.
[[ -z ${SUDO_UID:-} ]] || trap 'chown -R "$SUDO_UID" "$MOTE_CACHE"' EXIT

# Built here, where each says how long it takes, and not in the middle of the first deployment.
"$ROOT/tools/kubernetes/build.sh" >/dev/null
"$ROOT/tools/pulumi-kubernetes/build.sh" >/dev/null
make --silent -C "$ROOT" image >&2
"$ROOT/scripts/dev/rehearse.sh" compile
# The scenarios give the program another home; what it has to compile is in the caches of this one.
GOCACHE=$(go env GOCACHE) GOMODCACHE=$(go env GOMODCACHE)
export GOCACHE GOMODCACHE MOTE_CACHE MOTE_ROOT="$ROOT"
program="$MOTE_CACHE/tools/rehearsal/$(printf %s "$ROOT" | sha256sum | head -c 12)"
MOTE_REHEARSAL_PROGRAM="$program" go -C "$ROOT/e2e" test -count=1 -timeout 40m -v -tags eks ./deployment -run '^TestEKS_' "$@"
