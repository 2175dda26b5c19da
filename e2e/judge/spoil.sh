#!/usr/bin/env bash
# Takes out, one at a time, what each finding about AWS was mended with (a dependency, a grant, a constant port, a derived value), and what
# recorded calls have to be like. Each time a test or the judge has to fail. It prints a table and takes half an hour: e2e/judge/spoil.sh
# The tests of the stage judge do the part on recordings.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

"$here/judge.sh" spoil
exec "$here/../../infra/mutate.sh" --findings
