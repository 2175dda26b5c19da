#!/usr/bin/env bash
# Selects the stack that is there; makes a missing one only when told to: scripts/ops/select-stack.sh STACK [--create|--existing]
# The state is where Pulumi is logged in, or where PULUMI_BACKEND_URL says. SECRETS_PROVIDER names the key for a new stack's secrets,
# as in awskms://alias/mote; without it Pulumi takes a passphrase.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/../lib.sh"

# The exit code that tells callers a missing stack from any other error.
MISSING=3

stack=${1:-} mode=${2:---existing}
[[ $stack =~ ^[a-z][a-z0-9-]{0,19}$ ]] || fail "the stack's name is \"$stack\", but has to be 1 to 20 of a-z, 0-9 and -, a letter first"
[[ $mode == --create || $mode == --existing ]] || fail "usage: scripts/ops/select-stack.sh STACK [--create|--existing]"
has pulumi || fail "pulumi is not on the PATH: nix develop has it, and so has https://www.pulumi.com/docs/install"

cd "$ROOT/infra"
# remember_key: Pulumi writes the key of a new stack into its file, and a fresh clone has not got that unless an operator committed it.
remember_key() {
  local file=Pulumi.$stack.yaml
  [[ -n ${SECRETS_PROVIDER:-} ]] || return 0
  grep -q '^secretsprovider:' "$file" 2>/dev/null || printf 'secretsprovider: %s\n' "$SECRETS_PROVIDER" >>"$file"
}

if answer=$(pulumi stack select "$stack" --non-interactive 2>&1); then
  remember_key
  log "stack $stack is there and is used"
  exit
fi
# Another error, such as a refused login, must not be taken for a missing stack.
[[ $answer == *"no stack named"* ]] || fail "cannot select stack $stack: $answer"
if [[ $mode == --existing ]]; then
  backend=$(pulumi whoami --verbose --non-interactive | sed -n 's/^Backend URL: //p')
  printf 'error: there is no stack %s in %s: make it by --create\n' "$stack" "$backend" >&2
  exit "$MISSING"
fi
pulumi stack init "$stack" --non-interactive ${SECRETS_PROVIDER:+--secrets-provider "$SECRETS_PROVIDER"}
log "stack $stack was not there and is new"
