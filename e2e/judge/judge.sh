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

python=$(python_tool judge "$here/requirements.txt" --no-input --require-hashes --only-binary :all:)/python
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$here/.."
[[ ${1:-} != test ]] || exec "$python" -m unittest discover --start-directory "$here" --top-level-directory "$here/.."
[[ ${1:-} != partitions ]] || exec "$python" -m judge.partitions
[[ ${1:-} != spoil ]] || exec "$python" -m judge.spoil
exec "$python" -m judge "$@"
