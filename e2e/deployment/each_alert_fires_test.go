package deployment

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"
)

// seen is how long it may take until an alert fires: twice the 30 seconds that a machine with nothing else to do stays below, as the log says. What
// passes is the time between two looks for tasks, two scrapes and two evaluations: the rules and intervals are those of a deployment.
const seen = time.Minute

// alarmed has the three alerts fire, once: its tests are before and after what takes the time until all are resolved.
var alarmed sync.Once

// The names of the alerts, in the order of what happens.
const (
	failing   = "MoteDeploymentFailing"
	restarted = "MoteTaskRestarted"
	rejecting = "MoteRejectionsRising"
)

func TestAlerts_EachFiresAndNoOther(t *testing.T) {
	everyAlertFires(t)
	r, p := deployed(t), observed(t)
	// Some are about the last minute, in which the tasks may have been new.
	load := startLoad(r.url(t), 5)
	defer load.end()
	eventually(t, time.Minute, "requests to each task are counted", func() bool {
		counted := fmt.Sprint(p.query(t, `rate(http_server_request_duration_seconds_count{job="mote",http_route!~"/health|/ready"}[1m]) > 0`))
		return !slices.ContainsFunc(running(t, r), func(task types.Task) bool { return !strings.Contains(counted, path.Base(*task.TaskArn)) })
	})
	// Of dashboard and rules, on the Prometheus that has seen all of this.
	check := exec.CommandContext(t.Context(), filepath.Join(os.Getenv("MOTE_ROOT"), "scripts", "dev", "observe.sh"), "expressions", p.url)
	said, err := check.CombinedOutput()
	require.NoErrorf(t, err, "%s", said)
	t.Logf("%s", said)
}

func everyAlertFires(t *testing.T) {
	t.Helper()
	r, p := deployed(t), observed(t)
	alarmed.Do(func() {
		healthy(t, r)
		load := startLoad(r.url(t), 5)
		aDeploymentFails(t, r, p)
		aTaskIsKilled(t, r, p)
		// Requests that are refused are errors, of which another alert tells.
		load.end()
		connectionsAreRefused(t, r, p)
	})
	require.ElementsMatch(t, []string{failing, restarted, rejecting}, p.firing(t, "[1h]"), "these alerts fired, and no other")
}

// fires waits until an alert fires that did not before, and no other alert that did not.
func (p prometheus) fires(t *testing.T, alert, when string, before []string) {
	t.Helper()
	began := time.Now()
	require.NotContains(t, before, alert)
	var now []string
	eventually(t, seen, alert+" fires", func() bool {
		now = p.firing(t, "")
		return slices.Contains(now, alert)
	})
	t.Logf("%s fired %.0f s after %s", alert, time.Since(began).Seconds(), when)
	for _, other := range now {
		require.True(t, other == alert || slices.Contains(before, other), "%s fires as well", other)
	}
}

// aDeploymentFails deploys an image that never becomes healthy and has no metrics. Its tasks are given the time in which a service may start: those
// that live for seconds are gone before Prometheus has found them.
func aDeploymentFails(t *testing.T, r *rehearsal, p prometheus) {
	t.Helper()
	before, tasks, cluster := p.firing(t, ""), r.containers(t), r.clusterLabel(t)
	ended, flags := make(chan error, 1), append(slices.Clone(r.flags), "-image", built(t, "nohealth"), "-set", "healthCheckGracePeriodSeconds=20")
	go func() {
		_, err := r.run(t, "up", flags...)
		ended <- err
	}()
	eventually(t, time.Minute, "a task of the new revision runs", func() bool { return len(without(r.of(t, cluster), tasks)) > 0 })
	p.fires(t, failing, "its first task was started", before)
	require.Error(t, <-ended, "the deployment fails")
	require.ElementsMatch(t, tasks, r.containers(t), "and the tasks are those that they were")
}

// aTaskIsKilled kills one of the two.
func aTaskIsKilled(t *testing.T, r *rehearsal, p prometheus) {
	t.Helper()
	eventually(t, 3*time.Minute, "Prometheus knows the tasks of two minutes ago", func() bool {
		return len(p.query(t, "revision:tasks:count offset 2m == 2")) > 0
	})
	before, tasks := p.firing(t, ""), healthy(t, r)
	one(t, r.docker(t), "kill", tasks[0])
	eventually(t, time.Minute, "another one takes its place", func() bool { return len(fresh(t, r, tasks)) == 1 })
	p.fires(t, restarted, "another task took the place of the killed one", before)
}

// connections is how many a task serves at once in connectionsAreRefused.
const connections = 16

// connectionsAreRefused keeps as many connections open to a task as it serves at once, and asks for more.
func connectionsAreRefused(t *testing.T, r *rehearsal, p prometheus) {
	t.Helper()
	flags := r.flags
	r.up(t, append(slices.Clone(flags), "-set", fmt.Sprintf(`environment=["MOTE_MAX_CONNECTIONS=%d"]`, connections))...)
	defer r.up(t, flags...) // the others are about tasks that serve as many as ever
	tasks := healthy(t, r)
	address := one(t, r.docker(t), "inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", tasks[0]) + ":8080"
	id := one(t, r.docker(t), "inspect", "--format", `{{index .Config.Labels "com.amazonaws.ecs.task-arn"}}`, tasks[0])
	id = id[strings.LastIndexByte(id, '/')+1:]
	eventually(t, time.Minute, "the task is read", func() bool { return len(p.query(t, `up{task="`+id+`"} == 1`)) == 1 })
	for range connections {
		defer keptOpen(t, address).Close()
	}
	before := p.firing(t, "")
	var more []net.Conn
	for range 200 {
		connection, err := net.DialTimeout("tcp", address, 10*time.Second)
		require.NoError(t, err)
		defer connection.Close()
		more = append(more, connection)
	}
	require.Greater(t, closed(more), 100, "most connections beyond them are refused")
	p.fires(t, rejecting, "two hundred connections were refused", before)
}

// keptOpen is a connection that has had an answer.
func keptOpen(t *testing.T, address string) net.Conn {
	t.Helper()
	connection, err := net.DialTimeout("tcp", address, 10*time.Second)
	require.NoError(t, err)
	_, err = fmt.Fprint(connection, "GET /health HTTP/1.1\r\nHost: mote\r\n\r\n")
	require.NoError(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return connection
}

// closed counts the connections that the other side has closed.
func closed(connections []net.Conn) (count int) {
	for _, one := range connections {
		_ = one.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		_, err := one.Read(make([]byte, 1))
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			count++
		}
	}
	return count
}

// clusterLabel is the label by which containers of the stack's tasks are found while Pulumi writes its state.
func (d *deployment) clusterLabel(t *testing.T) string {
	t.Helper()
	const label = "com.amazonaws.ecs.cluster"
	return "label=" + label + "=" + one(t, d.docker(t), "inspect", "--format", `{{index .Config.Labels "`+label+`"}}`, d.containers(t)[0])
}

// of are the containers with a label.
func (d *deployment) of(t *testing.T, label string) []string {
	t.Helper()
	ids, err := d.docker(t).Lines(t.Context(), "ps", "--no-trunc", "--format", "{{.ID}}", "--filter", label)
	require.NoError(t, err)
	return ids
}

// without are those of all that are not among some.
func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(id string) bool { return slices.Contains(some, id) })
}
