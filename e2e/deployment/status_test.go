package deployment

import (
	"context"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/localaws/statuspage"
)

// browser is one of the programs that show a page and print what it has become.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "google-chrome", "chromium-browser"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	require.Fail(t, "no Chromium is on the PATH: scripts/dev/packages.sh chromium")
	return ""
}

// shown is what a page has become in a browser.
func shown(t *testing.T, address string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	text, err := exec.CommandContext(ctx, browser(t), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--disable-background-networking", "--user-data-dir="+t.TempDir(), "--virtual-time-budget=6000", "--dump-dom", address).Output()
	require.NoError(t, err)
	return string(text)
}

// settled is a deployment whose tasks are healthy, however many the scenarios before have left.
func settled(t *testing.T) *rehearsal {
	t.Helper()
	r := deployed(t)
	eventually(t, 30*time.Second, "each task is healthy", func() bool { return allHealthy(running(t, r)) })
	return r
}

func TestStatusPage_ShowsInABrowserWhatIsDeployed(t *testing.T) {
	r := settled(t)
	page := regexp.MustCompile(`picture  (http://localhost:\d+/_status/)\n`).FindStringSubmatch(r.answers)
	require.NotNil(t, page, "the answer must name the page: %s", r.answers)

	text := shown(t, page[1])
	for _, task := range running(t, r) {
		require.Contains(t, text, "<td>"+path.Base(*task.TaskArn)[:8]+"</td>", "each task")
	}
	require.Contains(t, text, `<td class="good">HEALTHY</td>`, "the health of the containers")
	require.Contains(t, text, `<td class="good">healthy</td>`, "the health of the targets")
	require.Contains(t, text, `<td class="good">COMPLETED</td>`, "the deployment")
	require.Contains(t, text, ", checked at /health", "the target group")
	require.Contains(t, text, "listening on", "a line of the log")
}

func TestStatus_TellsServicesTasksAndTargets(t *testing.T) {
	r := settled(t)
	told := r.statusNow(t)
	cluster, name := path.Base(r.output(t, "cluster")), path.Base(r.output(t, "service"))
	at := slices.IndexFunc(told.Services, func(one statuspage.Service) bool { return one.Cluster == cluster && one.Name == name })
	require.GreaterOrEqual(t, at, 0, "the service %s of the cluster %s must be among %v", name, cluster, told.Services)
	var expected, tasks []string
	for _, task := range running(t, r) {
		expected = append(expected, path.Base(*task.TaskArn)+" RUNNING HEALTHY")
	}
	for _, task := range told.Services[at].Tasks {
		tasks = append(tasks, task.ID+" "+task.Status+" "+task.Health)
		require.NotZero(t, task.Started)
	}
	require.ElementsMatch(t, expected, tasks)
	require.EqualValues(t, len(expected), told.Services[at].Running)
	require.Equal(t, "PRIMARY COMPLETED", told.Services[at].Deployments[0].Status+" "+told.Services[at].Deployments[0].Rollout)
	var healthy int
	for _, group := range told.TargetGroups {
		for _, target := range group.Targets {
			if target.State == "healthy" {
				healthy++
			}
		}
	}
	require.GreaterOrEqual(t, healthy, len(expected), "the tasks are targets")
}
