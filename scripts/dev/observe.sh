#!/usr/bin/env bash
# Prometheus beside the service: scripts/dev/observe.sh up [-name NAME]|expressions URL|test
#   up     adds Prometheus to the rehearsal that runs, with the configuration that it has on AWS but for endpoint and keys, Alertmanager, and
#          Grafana where its image can be had
#   expressions   asks the Prometheus at an address for every expression of dashboard and rules
#   test   has promtool check configuration and rules, and play made series through the alerts; then a real Prometheus collects from the
#          service, and every expression of dashboard and rules is asked of it
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

definitions=infra/components/observability

check_definitions() {
  log "observe: promtool on configuration, rules and alerts"
  local scratch
  scratch=$(mktemp -d)
  # Side by side, as a task has them.
  cp "$definitions/rules.yaml" "$definitions/testdata/limits.yaml" "$definitions/testdata/prometheus.yaml" "$scratch"
  "$tools/promtool" check config --lint=all --lint-fatal "$scratch/prometheus.yaml"
  "$tools/promtool" check rules --lint=all --lint-fatal "$scratch/rules.yaml" "$scratch/limits.yaml"
  rm -rf "$scratch"
  with_progress "promtool test rules" "$tools/promtool" test rules "$definitions"/testdata/*_test.yaml
}

# free_port: one that nothing listens on at the moment.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# start_both FOLDER: the service as the only task of revision 1, and Prometheus with the deployment's rules and intervals.
start_both() {
  local service metrics folder=$1
  with_progress "compile the service" cargo build --quiet --locked --bin mote
  service=$(free_port) metrics=$(free_port) prometheus=http://127.0.0.1:$(free_port) url=127.0.0.1/$service
  MOTE_PORT=$service MOTE_METRICS_PORT=$metrics "$(cargo metadata --format-version 1 --no-deps --locked | jq -er .target_directory)/debug/mote" \
    >"$folder/mote.log" 2>&1 &
  started+=("$!")
  cp "$definitions/rules.yaml" "$definitions/testdata/limits.yaml" "$folder"
  sed '/aws_sd_configs/,$d' "$definitions/testdata/prometheus.yaml" >"$folder/prometheus.yaml"
  printf '      static_configs: [{targets: ["127.0.0.1:%s"], labels: {task: only, revision: "1"}}]\n' "$metrics" >>"$folder/prometheus.yaml"
  "$tools/prometheus" --config.file="$folder/prometheus.yaml" --storage.tsdb.path="$folder/data" --web.listen-address="${prometheus#http://}" \
    >"$folder/prometheus.log" 2>&1 &
  started+=("$!")
}

# request LINE: sends a request with that first line, and waits for the end of the response.
request() {
  exec 3<>"/dev/tcp/$url" || return 1
  printf '%s\r\nHost: mote\r\nConnection: close\r\n\r\n' "$1" >&3
  cat <&3 >/dev/null
  exec 3>&-
}

# ask PATH [ARG ...]: what Prometheus answers, as JSON.
ask() { curl --silent --get --max-time 10 "$prometheus/api/v1/$1" "${@:2}"; }

# firing: the alerts that fire, by name, on one line.
firing() { ask query --data-urlencode 'query=count by (alertname) (ALERTS{alertstate="firing"})' | jq -r '[.data.result[].metric.alertname] | sort | join(" ")'; }

# await_alerts NAMES: until exactly these fire; half a minute is what the deployment promises.
await_alerts() {
  local names=$1 until=$((SECONDS + 30)) now
  while now=$(firing || true) && [[ $now != "$names" ]]; do
    ((SECONDS < until)) || fail "after 30 seconds the alerts \"$now\" fire, and not \"$names\""
    "${@:2}"
    sleep 0.2
  done
}

# await_series NAME: until it has a value.
await_series() {
  local until=$((SECONDS + 90))
  until ask query --data-urlencode "query=$1" | jq -e '.data.result | length > 0' >/dev/null; do
    ((SECONDS < until)) || fail "Prometheus has no $1: $(tail -n 5 "$scratch/prometheus.log" "$scratch/mote.log")"
    sleep 1
  done
}

# expressions: those of the dashboard, its annotations and the rules, a line of JSON each.
expressions() {
  jq -c '(.panels[].targets // [] | .[].expr), .annotations.list[].expr' "$definitions/dashboards/mote.json"
  ask rules | jq -c '.data.groups[].rules[].query'
}

# check_expressions: none is wrong, and none names a series that does not exist. One of the dashboard has a value as well; annotations and
# alerts have one only when there is something to be told.
check_expressions() {
  local expression query selector count=0
  [[ $(ask rules | jq '[.data.groups[].rules[] | select(.health != "ok")] | length') == 0 ]] || fail "rules that are wrong: $(ask rules)"
  while read -r expression; do
    query=$(jq -r . <<<"$expression")
    ask query --data-urlencode "query=$query" | jq -e '.status == "success"' >/dev/null || fail "is wrong: $query"
    while read -r selector; do
      ask query --data-urlencode "query=last_over_time(${selector}[10m])" | jq -e '.data.result | length > 0' >/dev/null ||
        fail "names $selector, which does not exist: $query"
    done < <(ask parse_query --data-urlencode "query=$query" | jq -r '.data | .. | objects | select(.type == "vectorSelector") |
      "{" + ([.matchers[] | .name + .type + (.value | tojson)] | join(",")) + "}"' | sort -u)
    count=$((count + 1))
  done < <(expressions)
  while read -r expression; do
    query=$(jq -r . <<<"$expression")
    ask query --data-urlencode "query=$query" | jq -e '.data.result | length > 0' >/dev/null || fail "a panel is empty: $query"
  done < <(jq -c '.panels[].targets // [] | .[].expr' "$definitions/dashboards/mote.json")
  ((count > 50)) || fail "only $count expressions were found"
  log "observe: $count expressions are right and name series that exist"
}

end_both() {
  ((${#started[@]} == 0)) || kill "${started[@]}" 2>/dev/null || true
  wait
  rm -rf "$scratch"
}

# collect: a few good requests and errors, then a flood that is refused, of which the right alert tells and no other.
collect() {
  scratch=$(mktemp -d)
  started=()
  trap end_both EXIT
  start_both "$scratch"
  log "observe: waiting for the first scrapes"
  local start i
  await_series revision:tasks:count
  for i in 1 2 3; do request 'GET / HTTP/1.1' && request "GET /$i HTTP/9.9"; done
  log "observe: a flood of requests that are refused"
  start=$SECONDS
  await_alerts MoteRejectionsRising eval 'for i in 1 2 3 4 5; do request "GET /x y HTTP/1.1"; done'
  log "observe: MoteRejectionsRising, and no other, fires after $((SECONDS - start)) s"
  # The last of the rules: it has a value when all before it have one, two scrapes after the first request.
  await_series job:slow_requests:rate3d
  check_expressions
}

# up [-name NAME]: with the settings that "make up" was given.
up() {
  local name=main settings=() kept prometheus alertmanager page
  while (($# > 1)) && [[ $1 == -name ]]; do
    name=$2
    shift 2
  done
  (($# == 0)) || fail "there is no flag $1: the flag is -name"
  if [[ -e $MOTE_CACHE/rehearsal/$name/kept ]]; then
    mapfile -t kept <"$MOTE_CACHE/rehearsal/$name/kept"
    settings=("${kept[@]:1}")
  fi
  # Before anything is built for it.
  [[ " ${settings[*]} " != *" platform=eks "* ]] ||
    fail "observe is for tasks on Fargate: on EKS a Prometheus of the cluster finds the pods by their annotations, and the stack brings none (docs/platforms.md)"
  # Side by side: one compiles, the other mostly waits for a registry.
  page=$(mktemp)
  tools/prometheus/page.sh >"$page" &
  prometheus=$(tools/prometheus/build.sh)/prometheus
  alertmanager=$(tools/alertmanager/build.sh)/alertmanager
  wait "$!"
  page=$(cat "$page" && rm "$page")
  scripts/dev/rehearse.sh observe -name "$name" "${settings[@]}" "$prometheus" "$alertmanager" ${page:+"$page"}
}

case ${1:-} in
up)
  shift
  up "$@"
  ;;
expressions)
  prometheus=$2
  check_expressions
  ;;
test)
  tools=$(tools/prometheus/build.sh)
  check_definitions
  collect
  ;;
*) fail "usage: scripts/dev/observe.sh up [-name NAME]|expressions URL|test" ;;
esac
