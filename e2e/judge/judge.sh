#!/usr/bin/env bash
# Judges the calls that rehearsals made of the local AWS, or, with "test", passes the judge's own tests:
#   e2e/judge/judge.sh [-of rehearsal|deployments] FOLDER
#   e2e/judge/judge.sh test
#   e2e/judge/judge.sh partitions   (writes which regions lack a service, for the Pulumi program)
#   e2e/judge/judge.sh spoil   (prints what the tests spoil, and what the judge says of it)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib.sh
source "$here/../../scripts/lib.sh"

# The folder is named after what is in it: another list is another folder.
folder="$MOTE_CACHE/tools/judge-$(sha256sum "$here/requirements.txt" | head -c 8)"

# install: makes a virtual environment beside its place and moves it there at the end, so that an interrupted run leaves no half of it.
# Two runs may come at once.
install() {
  local fresh
  fresh=$(mktemp -d "$folder.XXXXXX")
  python3 -m venv "$fresh"
  "$fresh/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --only-binary :all: -r "$here/requirements.txt"
  mv -T "$fresh" "$folder" 2>/dev/null || rm -rf "$fresh"
}

mkdir -p "$MOTE_CACHE/tools"
[[ -d $folder ]] || with_progress "Installing the judge of calls, once" install
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$here/.."
[[ ${1:-} != test ]] || exec "$folder/bin/python" -m unittest discover --start-directory "$here" --top-level-directory "$here/.."
[[ ${1:-} != partitions ]] || exec "$folder/bin/python" -m judge.partitions
[[ ${1:-} != spoil ]] || exec "$folder/bin/python" -m judge.spoil
exec "$folder/bin/python" -m judge "$@"
