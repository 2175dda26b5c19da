#!/usr/bin/env bash
# Asks a policy scanner what it thinks of all that the stacks would make; what may stay, and why, is in cmd/scan/reasons.txt.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/lib.sh
source ../scripts/lib.sh

# The folder is named after what is in it: another list is another folder.
folder="$MOTE_CACHE/tools/checkov-$(sha256sum cmd/scan/requirements.txt | head -c 8)"

if [[ ! -d $folder ]]; then
  # Made beside its place and moved there at the end, so that an interrupted run leaves no half of it. Its programs name
  # the folder that they were made in, so checkov is run by its module below.
  fresh="$folder.new"
  python3 -m venv --clear "$fresh"
  with_progress "installing checkov" "$fresh/bin/pip" install --quiet --no-deps --requirement cmd/scan/requirements.txt
  mv -T "$fresh" "$folder"
fi
log "infra: policy scan"
go run ./cmd/scan "$folder/bin/python" -m checkov.main
