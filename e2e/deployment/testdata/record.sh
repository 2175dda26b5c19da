#!/usr/bin/env bash
# Keeps the state of a stack as this version of the program makes it: e2e/deployment/testdata/record.sh
# It is run once at each release, with the release checked out. TestDeploy_EarlierReleaseIsUpgradedWithoutReplacement then previews
# every later version over testdata/stack-VERSION.json. Nothing of the machine that recorded it, and no secret, is in the file.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/lib.sh
source ../../../scripts/lib.sh

version=$(sed -n '/^\[package\]/,/^\[/s/^version *= *"\(.*\)"/\1/p' "$ROOT/Cargo.toml")
name=record-$$
rehearse() { "$ROOT/scripts/dev/rehearse.sh" "$@"; }

trap 'rm -f stack-*.json.new; rehearse down -name "$name"' EXIT
make --silent -C "$ROOT" image >&2
rehearse up -name "$name" -stack release >&2
folder=$(rehearse status -name "$name" | jq -r .folder)
# A line for each resource. The registry's port is that of the emulator; it is known by an address that no machine has.
rehearse run -name "$name" -stack release pulumi -C "$folder/pulumi/workspaces/release" stack export --show-secrets --stack release |
  jq -r '
    del(.deployment.resources[] | .created, .modified, .sourcePosition, .stackTrace)
    | walk(if type == "string" then gsub("localhost:[0-9]+"; "registry.example") else . end)
    | "{\"version\": \(.version), \"deployment\": {\"resources\": [", ([.deployment.resources[] | tojson] | join(",\n")), "]}}"
  ' >"stack-$version.json.new"
for secret in "$HOME" "$ROOT" "$MOTE_CACHE" "$folder"; do
  ! grep -qF -- "$secret" "stack-$version.json.new" || fail "the state has \"$secret\" in it; it would not be the same elsewhere"
done
# The bridge to the provider marks texts as secrets that are none: how it turns a property into another and back.
jq -e '[.. | objects | .plaintext // empty] | all(startswith("{\"replace\":"))' "stack-$version.json.new" >/dev/null ||
  fail "the state has a secret in it"
mv "stack-$version.json.new" "stack-$version.json"
log "recorded e2e/deployment/testdata/stack-$version.json"
