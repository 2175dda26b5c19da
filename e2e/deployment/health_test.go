package deployment

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
)

func TestDeploy_ImageWithoutHealthPathIsRolledBack(t *testing.T) {
	r := deployed(t)
	digest, tasks := r.output(t, "imageDigest"), healthy(t, r)
	_, before := get(t, r.url(t))
	load := startLoad(r.url(t), 50)
	_, err := r.run(t, "up", "-image", built(t, "nohealth"))
	time.Sleep(time.Second)
	done, said := load.end(), r.log.String()

	require.ErrorContains(t, err, "exit status 1")
	require.Empty(t, done.failures)
	_, after := get(t, r.url(t))
	require.Equal(t, before, after)
	require.ElementsMatch(t, tasks, r.containers(t), "the version before serves, by the very same tasks")
	require.Equal(t, digest, serving(t, r))

	requireUpdateFailed(t, said)
	// Which check failed, on which task, with its last answer.
	require.Regexp(t, regexp.MustCompile(`\(task [0-9a-f-]{36}\) \(port 8080\) is unhealthy in \(target-group [^)]+\) due to `+
		`\(reason Health checks failed with these codes: \[404\]\): GET http://[0-9.]+:8080/health: 404 Not Found: 404 page not found`), said)
	require.Contains(t, said, "ServiceSchedulerInitiated Task failed ELB health checks in (target-group ")

	r.up(t, "-image", image(t, "first"), "-set", "message=first")
	require.Equal(t, digest, serving(t, r))
}

// healthy waits until nothing is left of an earlier version and all tasks are healthy, and gives their containers.
func healthy(t *testing.T, r *rehearsal) []string {
	t.Helper()
	eventually(t, 30*time.Second, "two tasks run and are healthy", func() bool {
		tasks := running(t, r)
		return len(tasks) == 2 && len(r.containers(t)) == 2 && allHealthy(tasks)
	})
	return r.containers(t)
}

func allHealthy(tasks []types.Task) bool {
	return !slices.ContainsFunc(tasks, func(task types.Task) bool { return task.HealthStatus != types.HealthStatusHealthy })
}

// timedOut matches what ECS says of a task that hangs.
var timedOut = regexp.MustCompile(`is unhealthy .*Request timed out|failed container health checks`)

// noticed bounds the time until a task that hangs is found: two checks five seconds apart, and the last one's timeout.
const noticed = 15 * time.Second

func TestDeploy_UnhealthyTaskIsReplaced(t *testing.T) {
	r := deployed(t)
	before := healthy(t, r)
	// A process that is stopped in the middle keeps its connections and answers nothing. Events have whole seconds.
	stopped := time.Now().Truncate(time.Second)
	one(t, r.docker(t), "kill", "--signal", "STOP", before[0])
	eventually(t, noticed+30*time.Second, "another task comes in its place", func() bool {
		return !slices.Contains(r.containers(t), before[0]) && len(fresh(t, r, before)) == 1 && len(running(t, r)) == len(before)
	})
	require.Contains(t, r.containers(t), before[1], "the other task is not touched")

	client := ecs.NewFromConfig(awsconfig.Config(r.status(t).Shim))
	cluster, service := r.output(t, "cluster"), r.output(t, "service")
	found, err := client.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{service}})
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(found.Services[0].Events, func(event types.ServiceEvent) bool {
		return timedOut.MatchString(aws.ToString(event.Message)) && !event.CreatedAt.Before(stopped)
	}), "ECS says why it replaced the task, whatever it says after that")
}
