package deployment

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
)

func TestDeploy_ImageThatCannotStartIsRolledBack(t *testing.T) {
	r := deployed(t)
	digest := r.output(t, "imageDigest")
	tasks := r.containers(t)
	load := startLoad(r.url(t), 50)
	time.Sleep(time.Second)
	began := time.Now()
	_, err := r.run(t, "up", "-image", built(t, "broken"), "-set", "message=broken")
	took := time.Since(began)
	time.Sleep(3 * time.Second)
	done := load.end()
	said := r.log.String()

	require.ErrorContains(t, err, "exit status 1")
	t.Logf("the loss was known after %.1f s; %d requests meanwhile", took.Seconds(), done.asked)
	require.Empty(t, done.failures)
	require.Equal(t, done.asked, done.answers["first"], "the old version answers all the time")
	require.ElementsMatch(t, tasks, r.containers(t), "by the very same tasks")
	require.Equal(t, digest, r.output(t, "imageDigest"), "outputs are of the last deployment that was complete")
	require.Equal(t, digest, serving(t, r))
	requireUpdateFailed(t, said)

	for _, reason := range []string{
		"rolled back to the last completed deployment",          // what ECS says
		"EssentialContainerExited Essential container exited",   // why the task stopped
		"ended with exit code 41",                               // how its container ended
		"broken: the schema of the database is newer than this", // what it said
	} {
		require.Contains(t, said, reason)
	}

	// Tried again as it was: Pulumi has the revision in its state, calls that a success, and verify-deployment does not.
	_, err = r.run(t, "up", "-image", built(t, "broken"), "-set", "message=broken")
	require.ErrorContains(t, err, "exit status 1")
	require.Contains(t, r.log.String(), "not rolled out: ECS rolled back to ")
	require.NotContains(t, r.log.String(), "waiting for ECS Service")
	require.NotEqual(t, digest, r.output(t, "imageDigest"), "the broken one was asked for, and Pulumi has nothing more to do")

	// The next good version finds no trace of it.
	r.up(t, "-image", image(t, "first"), "-set", "message=first")
	require.Equal(t, digest, serving(t, r))
}

// requireUpdateFailed looks for the error by which version 6 of the provider tells of a rollback, under Pulumi's own heading.
func requireUpdateFailed(t *testing.T, said string) {
	t.Helper()
	require.Regexp(t, `error: 1 error occurred:\s+\* updating urn:pulumi:\S+:Service::\S+: 1 error occurred:\s+\* waiting for ECS Service `+
		`\(arn:aws:ecs:us-east-1:000000000000:service/\S+/\S+\) update: `+
		`Service deployment rolled back because the circuit breaker threshold was exceeded\.`, said)
}

// built is an image of a program in testdata.
func built(t *testing.T, name string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), name)
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-s -w", "-o", program, "./testdata/"+name)
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoErrorf(t, err, "%s", out)
	return assembled(t, program, name)
}

// serving is the digest of the image that all running tasks of the stack have.
func serving(t *testing.T, r *rehearsal) string {
	t.Helper()
	digests := map[string]bool{}
	for _, task := range running(t, r) {
		digests[aws.ToString(task.Containers[0].ImageDigest)] = true
	}
	require.Len(t, digests, 1, "one version serves")
	for digest := range digests {
		return digest
	}
	return ""
}

// running are the tasks of the stack that ECS says run.
func running(t *testing.T, r *rehearsal) []types.Task {
	t.Helper()
	client := ecs.NewFromConfig(awsconfig.Config(r.status(t).Shim))
	cluster, service := r.output(t, "cluster"), r.output(t, "service")
	listed, err := client.ListTasks(t.Context(), &ecs.ListTasksInput{Cluster: &cluster, ServiceName: &service})
	require.NoError(t, err)
	require.NotEmpty(t, listed.TaskArns)
	found, err := client.DescribeTasks(t.Context(), &ecs.DescribeTasksInput{Cluster: &cluster, Tasks: listed.TaskArns})
	require.NoError(t, err)
	return slices.DeleteFunc(found.Tasks, func(task types.Task) bool { return aws.ToString(task.LastStatus) != "RUNNING" })
}

// unnoticed bounds the time from a task's death until nothing is sent to it any more: what is asked of it meanwhile is lost. The
// emulator looks after its containers ten times a second and takes the dead one from the load balancer's targets.
const unnoticed = time.Second

func TestDeploy_KilledTaskIsReplaced(t *testing.T) {
	r := deployed(t)
	before := healthy(t, r)
	load := startLoad(r.url(t), 50)
	time.Sleep(2 * time.Second)
	killed := time.Now()
	one(t, r.docker(t), "kill", before[0])
	dead := time.Now()
	eventually(t, 30*time.Second, "another task comes in its place", func() bool {
		return len(fresh(t, r, before)) == 1 && len(running(t, r)) == 2
	})
	replaced := time.Since(killed)
	time.Sleep(3 * time.Second)
	done := load.end()

	last := time.Duration(0)
	for _, failed := range done.failed {
		require.False(t, failed.Before(killed), "nothing fails before: %v", done.failures)
		last = max(last, failed.Sub(dead))
	}
	t.Logf("replaced after %.1f s; %d of %d requests were lost, the last of them asked %d ms after the death",
		replaced.Seconds(), len(done.failures), done.asked, last.Milliseconds())
	require.Less(t, last, unnoticed)
	// The load balancer goes on sending every second request to the dead task for that long at most.
	require.LessOrEqual(t, len(done.failures), 50, "one second's requests")
	require.Contains(t, r.containers(t), before[1], "the other task is not touched")
}

// fresh are the containers of the stack that were not there before.
func fresh(t *testing.T, r *rehearsal, before []string) []string {
	t.Helper()
	return slices.DeleteFunc(r.containers(t), func(id string) bool { return slices.Contains(before, id) })
}
