#!/usr/bin/env bash
# Runs the tests: scripts/dev/test.sh [--quick] [STAGE ...]
# Without names it runs every stage; --quick has stages of its own, for the time before a commit: the linters, and the tests that are no load. Each stage's output is in target/test/STAGE.log, and how long it took in target/test/times.tsv.
# The first stage that fails ends the others.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

# Go's compiler and most tests of Go live for seconds and would collect garbage for a quarter of that (decision 103).
export GOGC=${GOGC:-400}

# The stage of "first" has the machine to itself: the service's tests measure times. Then the stages of each other group run one after
# the other, beside those of the other groups: rehearsals mostly wait, for the provider's timers. Groups take about as long as each other.
STAGES='
first      service      scripts/dev/cargo-test.sh
compute    lint         scripts/dev/lint.sh
compute    audit        scripts/dev/audit.sh offline
compute    api          api/test.sh
compute    infra        infra/test.sh
compute    judge        e2e/judge/judge.sh test
compute    image        image/test.sh
compute    flake        nix/test.sh
rehearsal  rehearsal    scripts/dev/rehearse.sh test
rehearsal  rename       scripts/dev/rename-test.sh
rehearsal  observe      scripts/dev/observe.sh test
workflows  deployments  scripts/dev/rehearse-deployments.sh
'
# Linters and tests wait for other things, so they run beside each other.
QUICK='
linters  lint           scripts/dev/lint.sh
tests    service-quick  scripts/dev/cargo-test.sh --quick
tests    infra-quick    infra/test.sh --quick
'
INTERVAL=10
GRACE=60
[[ ${1:-} != --quick ]] || { STAGES=$QUICK && shift; }
# A test of this script has stages and a folder of its own.
STAGES=${MOTE_TEST_STAGES:-$STAGES}
folder=${MOTE_TEST_FOLDER:-target/test}
times=$folder/times.tsv

mapfile -t names < <(awk 'NF { print $2 }' <<<"$STAGES")
mapfile -t beside < <(awk 'NF && $1 != "first" && !seen[$1]++ { print $1 }' <<<"$STAGES")
wanted=("$@")
for name in "${wanted[@]}"; do
  [[ " ${names[*]} " == *" $name "* ]] || fail "there is no stage \"$name\": the stages are ${names[*]}"
done
((${#wanted[@]} > 0)) || wanted=("${names[@]}")

mkdir -p "$folder"
touch "$times"
state=$(mktemp -d)
groups=()

# shellcheck disable=SC2317  # The trap below calls it.
# clean_up: ends what still runs, and gives it time to remove what it started.
clean_up() {
  local group until=$((SECONDS + GRACE))
  for group in "${groups[@]}"; do kill -TERM -- "-$group" 2>/dev/null || true; done
  for group in "${groups[@]}"; do
    while kill -0 -- "-$group" 2>/dev/null && ((SECONDS < until)); do sleep 0.2; done
    kill -KILL -- "-$group" 2>/dev/null || true
  done
  rm -rf "$state"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

usual() { awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$times"; }

# remember NAME SECONDS: the next run says how long the stage usually takes.
remember() {
  (
    flock 9
    awk -F '\t' -v name="$1" '$1 != name' "$times" >"$times.new"
    printf '%s\t%s\n' "$1" "$2" >>"$times.new"
    mv "$times.new" "$times"
  ) 9>"$folder/.lock"
}

# show FILE: what comes goes to the screen and into the file. It outlives the signals that end a stage: a stage whose reader is gone
# would die of its first word in the middle of cleaning up.
show() (
  trap '' INT TERM HUP
  exec tee "$1"
)

# carry_out NAME COMMAND ...: a single stage shows its output as it comes.
carry_out() {
  local name=$1
  shift
  if ((${#wanted[@]} == 1)); then "$@" </dev/null 2>&1 | show "$folder/$name.log"; else "$@" </dev/null >"$folder/$name.log" 2>&1; fi
}

# group NAME: runs the chosen stages of one group, one after the other.
group() {
  local of name command start took
  while read -r of name command; do
    [[ $of == "$1" && " ${wanted[*]} " == *" $name "* ]] || continue
    start=$SECONDS
    log "test: $name"
    printf '%s\n' "$start" >"$state/$name.running"
    # shellcheck disable=SC2086  # The table's commands are words without quotes.
    if ! carry_out "$name" $command; then
      mv "$state/$name.running" "$state/$name.failed"
      return 1
    fi
    took=$((SECONDS - start))
    mv "$state/$name.running" "$state/$name.passed"
    remember "$name" "$took"
    log "test: $name passed in $took s"
  done <<<"$STAGES"
}

# report_progress: what runs, for how long, and how long it usually takes.
report_progress() {
  local file name start seconds line=""
  for file in "$state"/*.running; do
    # A stage that begins or ends just now has nothing in its file, or none.
    start=$(cat "$file" 2>/dev/null || true)
    [[ -n $start ]] || continue
    name=$(basename "$file" .running)
    seconds=$(usual "$name")
    line+="${line:+, }$name $((SECONDS - start)) s${seconds:+ of about $seconds s}"
  done
  [[ -z $line ]] || printf '    running: %s\n' "$line" >&2
}

# run_groups NAME ...: side by side, until all have ended or one has failed.
run_groups() {
  local name running=() tick=0
  # Each group of stages is a process group of its own, so that all it started can be ended with it.
  set -m
  for name in "$@"; do group "$name" & running+=("$!"); done
  set +m
  groups+=("${running[@]}")
  while ((${#running[@]} > 0)); do
    sleep 1
    tick=$((tick + 1))
    ((tick % INTERVAL != 0)) || report_progress
    for name in "${!running[@]}"; do
      kill -0 "${running[name]}" 2>/dev/null || { wait "${running[name]}" || return 1; unset "running[name]"; }
    done
  done
}

count() { find "$state" -name "*.$1" | wc -l; }

# slowest_tests: of Go, of Rust, and of the scripts that say how long each of their tests took.
slowest_tests() {
  local logs=("${wanted[@]/#/$folder/}")
  sed -nE -e 's/^ *--- PASS: ([^ ]+) \(([0-9.]+)s\)$/\2 s  \1/p' -e 's/^test (.+) \.\.\. ok <([0-9.]+)s>$/\2 s  \1/p' \
    -e 's/^==> ok: (.+) \(([0-9]+) s\)$/\2 s  \1/p' "${logs[@]/%/.log}" 2>/dev/null | sort -rn | head -n 10
}

# Lines by which the tests of Go, Rust, Python and the scripts name what failed, and those of all programs. A scenario that passed may have
# printed the latter, as what it wanted to see.
FAILURES=('--- FAIL: |^FAIL|FAIL: |^ERROR: |panicked at|\.\.\. FAILED|^not ok' '^error')
# failures LOG: the first of them, with what was said after each. They may be far above the end of a log.
failures() {
  local lines
  for lines in "${FAILURES[@]}"; do
    ! grep -nE --max-count=20 --after-context=3 -e "$lines" "$1" | tail -n 80 || return 0
  done
  return 1
}

# summary_of_stages: times, the slowest tests, and what failed last of all.
summary_of_stages() {
  local name seconds
  printf '\nstage        seconds\n'
  for name in "${wanted[@]}"; do
    if [[ -e $state/$name.passed ]]; then seconds=$(usual "$name"); elif [[ -e $state/$name.failed ]]; then seconds=failed; else seconds='-'; fi
    printf '%-12s %s\n' "$name" "$seconds"
  done
  [[ -z $(slowest_tests) ]] || printf '\nslowest tests\n%s\n' "$(slowest_tests)"
  printf '\n%d passed, %d failed\n' "$(count passed)" "$(count failed)"
}

status=0
run_groups first && run_groups "${beside[@]}" || status=$?
summary=$(summary_of_stages)
# shellcheck disable=SC2016  # The quotes are Markdown's.
[[ -z ${GITHUB_STEP_SUMMARY:-} ]] || printf '```text\n%s\n```\n' "$summary" >>"$GITHUB_STEP_SUMMARY"
printf '%s\n' "$summary"
((status != 0)) || exit 0
for name in "${wanted[@]}"; do
  [[ -e $state/$name.failed ]] || continue
  ((${#wanted[@]} == 1)) || tail -n 200 "$folder/$name.log" >&2
  if failures "$folder/$name.log" >"$state/failures"; then
    printf '\nwhat failed, by the lines of the log\n' >&2
    cat "$state/failures" >&2
  fi
  fail "stage $name failed: $folder/$name.log"
done
fail "a stage ended without a result"
