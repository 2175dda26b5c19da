#!/usr/bin/env bash
# Builds the image and deploys it to a local AWS: scripts/dev/up.sh [-name NAME] [-image IMAGE] [-set SETTING=VALUE ...]
# The image and the settings are kept for the next time, until "make down"; what is given then goes before what was kept.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/../lib.sh"

# One step here, and seven of the rehearsal's program (infra/cmd/localaws/commands.go). A cluster takes two more.
STEPS=8
CLUSTER_STEPS=2

name=main image=() settings=()
while (($# > 0)); do
  (($# > 1)) || fail "$1 needs a value"
  case $1 in
    -name) name=$2 ;;
    -image) image=(-image "$2") ;;
    -set) settings+=(-set "$2") ;;
    *) fail "there is no flag $1: the flags are -name, -image and -set" ;;
  esac
  shift 2
done
[[ $name =~ ^[a-z][a-z0-9-]{0,30}$ ]] || fail "NAME is \"$name\": it must be 1 to 31 of a-z, 0-9 and -, beginning with a letter"

# The rehearsal's own folder, which "down" removes.
folder=$MOTE_CACHE/rehearsal/$name
if [[ -e $folder/kept ]]; then
  mapfile -t kept <"$folder/kept"
  settings=("${kept[@]:1}" "${settings[@]}")
  [[ -z ${kept[0]} ]] || ((${#image[@]} > 0)) || image=(-image "${kept[0]}")
  ((${#image[@]} + ${#settings[@]} == 0)) || log "with ${image[*]} ${settings[*]}, partly from last time: \"make down\" forgets it"
fi

if [[ " ${settings[*]} " == *" platform=eks "* ]]; then
  STEPS=$((STEPS + CLUSTER_STEPS))
  log "Kubernetes and Pulumi's provider for it are built the first time, half an hour and 10 GB of disk in Go's caches"
fi
if [[ -n $(find "$MOTE_CACHE/tools" -maxdepth 1 -type d -name 'pulumi-*' -print -quit 2>/dev/null) ]]; then
  log "this takes half a minute to three minutes"
else
  log "this takes three to fifteen minutes the first time, the longer where Pulumi's downloads cannot be reached, and up to 4 GB of disk in $MOTE_CACHE, Go's and Cargo's caches"
fi
if ((${#image[@]} > 0)); then parts=(rehearsal); else parts=(image rehearsal); fi
log "1 of $STEPS: compiling ${parts[*]}, where something changed"
make --no-print-directory --jobs 2 -C "$ROOT" "${parts[@]}"
"$ROOT/scripts/dev/rehearse.sh" up -steps-done 1 -name "$name" "${image[@]}" "${settings[@]}"
printf '%s\n' "${image[1]:-}" "${settings[@]}" >"$folder/kept"
