package deployment

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// prometheus is the one of "make observe", beside the tasks and not one of them. It collects from the first scenario on: a rule compares with what
// was two minutes ago.
type prometheus struct {
	url, printed, said string
	arguments          []string
	page               string // the folder of its own page; empty where it cannot be built
}

var (
	observing sync.Once
	observer  prometheus
)

// observed starts it, once, as "make observe" does.
func observed(t *testing.T) prometheus {
	t.Helper()
	r := deployed(t)
	observing.Do(func() {
		programs := []string{
			filepath.Join(builtTool(t, "prometheus/build.sh"), "prometheus"), filepath.Join(builtTool(t, "alertmanager/build.sh"), "alertmanager"),
		}
		if observer.page = printedBy(t, "prometheus/page.sh"); observer.page != "" {
			programs = append(programs, observer.page)
		}
		// Nothing answers there, whatever else this machine reaches.
		observer.arguments = append(slices.Clone(r.flags), "-set", "grafanaImage=localhost:1/grafana@sha256:"+strings.Repeat("0", 64))
		observer.arguments = append(observer.arguments, programs...)
		var err error
		observer.printed, err = r.run(t, "observe", observer.arguments...)
		require.NoError(t, err)
		observer.said = r.log.String()
		found := regexp.MustCompile(`Prometheus is up: (http://localhost:\d+)\n`).FindStringSubmatch(observer.printed)
		require.NotNil(t, found, observer.printed)
		observer.url = found[1]
	})
	require.NotEmpty(t, observer.url, "Prometheus did not come up")
	return observer
}

// builtTool is the folder that a script in tools has built, once.
func builtTool(t *testing.T, script string) string {
	t.Helper()
	folder := printedBy(t, script)
	require.NotEmpty(t, folder, script)
	return folder
}

// printedBy is what a script in tools prints. What it says goes to the screen.
func printedBy(t *testing.T, script string) string {
	t.Helper()
	run := exec.CommandContext(t.Context(), filepath.Join(os.Getenv("MOTE_ROOT"), "tools", script))
	run.Stderr = os.Stderr
	text, err := run.Output()
	require.NoError(t, err)
	return string(text)
}

// sample is one series of an answer with its value.
type sample struct{ Metric map[string]string }

// query asks for an expression and gives the series that have a value.
func (p prometheus) query(t *testing.T, expression string) []sample {
	t.Helper()
	status, body := get(t, p.url+"/api/v1/query?query="+url.QueryEscape(expression))
	require.Equal(t, http.StatusOK, status, body)
	var answer struct{ Data struct{ Result []sample } }
	require.NoError(t, json.Unmarshal([]byte(body), &answer))
	return answer.Data.Result
}

// firing are the names of the alerts that fire, or that fired at some time in a span such as "[5m]".
func (p prometheus) firing(t *testing.T, span string) []string {
	t.Helper()
	series := `ALERTS{alertstate="firing"}`
	if span != "" {
		series = "last_over_time(" + series + span + ")"
	}
	names := []string{}
	for _, one := range p.query(t, "count by (alertname) ("+series+")") {
		names = append(names, one.Metric["alertname"])
	}
	slices.Sort(names)
	return names
}

func TestObserve_AddsPrometheusToARehearsal(t *testing.T) {
	r, p := deployed(t), observed(t)
	began := time.Now()
	eventually(t, time.Minute, "each task says that it is ready", func() bool {
		return len(p.query(t, "mote_ready == 1")) == len(r.containers(t))
	})
	t.Logf("the tasks were read after %.0f s", time.Since(began).Seconds())
	status, rules := get(t, p.url+"/api/v1/rules?type=alert")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, rules, `"name":"MoteNoHealthyTask"`)
	require.Empty(t, p.firing(t, ""), "all is well")
	require.Empty(t, r.statusNow(t).Notifications, "and nothing is said")

	again, err := r.run(t, "observe", p.arguments...)
	require.NoError(t, err)
	require.Equal(t, p.printed, again, "the one that runs is left")
}

func TestObserve_PageShowsInABrowserThatTheTargetsAreUp(t *testing.T) {
	r, p := deployed(t), observed(t)
	address := regexp.MustCompile(`targets  (\S+)\n`).FindStringSubmatch(p.printed)
	require.NotNil(t, address, p.printed)
	if p.page == "" {
		status, targets := get(t, address[1])
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, len(r.containers(t)), strings.Count(targets, `"health":"up"`), "of the tasks, where there is no page to look at: %s", targets)
		t.Skip("npm, or a package of Prometheus's page, cannot be had here")
	}
	var text string
	eventually(t, time.Minute, "the page says that each task is up", func() bool {
		text = shown(t, address[1])
		return strings.Contains(text, fmt.Sprintf("%d / %[1]d up", len(r.containers(t))))
	})
	for _, task := range running(t, r) {
		require.True(t, strings.Contains(text, `task="`+path.Base(*task.TaskArn)+`"`), "%s is on the page", *task.TaskArn)
	}
}

func TestObserve_GrafanaIsStartedWhereItsRegistryAnswers(t *testing.T) {
	r, p := deployed(t), observed(t)
	require.NotContains(t, p.printed, "Grafana is up")
	require.Contains(t, p.said, "No Grafana: its image cannot be had")

	arguments := append(slices.Clone(r.flags), "-set", "grafanaImage="+grafanaStandIn(t, ownRegistry(t)))
	printed, err := r.run(t, "observe", append(arguments, p.arguments[len(p.arguments)-3:]...)...)
	require.NoError(t, err)
	address := regexp.MustCompile(`Grafana is up: (http://localhost:\d+)/d/mote\n`).FindStringSubmatch(printed)
	require.NotNil(t, address, printed)
	status, _ := get(t, address[1]+"/api/health")
	require.Equal(t, http.StatusOK, status)
	container := one(t, r.docker(t), "ps", "--quiet", "--filter", "label=port")
	source, err := r.docker(t).Lines(t.Context(), "exec", container, "busybox", "cat", "/tmp/provisioning/datasources/prometheus.yaml")
	require.NoError(t, err)
	require.Contains(t, strings.Join(source, "\n"), p.url)
}
