package rollout_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/report"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/rollout"
)

const (
	going     = types.DeploymentRolloutStateInProgress
	completed = types.DeploymentRolloutStateCompleted
	failed    = types.DeploymentRolloutStateFailed
)

// verify decides over these states of the service.
func verify(t *testing.T, c *cloud, states ...types.Service) (string, error) {
	t.Helper()
	return verifyStack(t, c, deployed, states...)
}

func verifyStack(t *testing.T, c *cloud, asked rollout.Deployment, states ...types.Service) (string, error) {
	t.Helper()
	c.states = states
	if c.image == "" {
		c.image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/mote-prod@" + digest
	}
	var out bytes.Buffer
	verifier := rollout.Verifier{ECS: c, ELB: c, Logs: c, Out: &out, Poll: time.Millisecond, Wait: 40 * time.Millisecond}
	err := verifier.Verify(context.Background(), asked)
	return out.String(), err
}

func TestVerify_PassesWhenTheVersionServes(t *testing.T) {
	said, err := verify(t, &cloud{}, state("8", completed, 2, 2))
	require.NoError(t, err)
	require.Equal(t, "rolled out: mote-prod:8 runs in mote-prod, 2 of 2 tasks\n", said)
}

func TestVerify_WaitsForADeploymentInProgress(t *testing.T) {
	c := &cloud{}
	old := state("8", completed, 2, 2)
	old.Deployments = append(old.Deployments, types.Deployment{Status: aws.String("ACTIVE"), TaskDefinition: aws.String(family + "7")})
	_, err := verify(t, c, state("8", going, 0, 2), state("8", completed, 1, 2), old, state("8", completed, 2, 2))
	require.NoError(t, err)
	require.Equal(t, 4, c.looked)
}

func TestVerify_RollbackFails(t *testing.T) {
	said, err := verify(t, &cloud{}, state("8", going, 1, 2), state("7", completed, 2, 2))
	require.ErrorIs(t, err, report.ErrNotRolledOut)
	require.Contains(t, said, "not rolled out: ECS rolled back to mote-prod:7, and mote-prod:8 was asked for\n")
}

func TestVerify_FailedDeploymentFails(t *testing.T) {
	said, err := verify(t, &cloud{}, state("8", failed, 0, 2))
	require.ErrorIs(t, err, report.ErrNotRolledOut)
	require.Contains(t, said, "not rolled out: the deployment failed: tasks failed to start\n")
}

func TestVerify_EndlessDeploymentFails(t *testing.T) {
	said, err := verify(t, &cloud{}, state("8", going, 1, 2))
	require.ErrorIs(t, err, report.ErrNotRolledOut)
	require.Contains(t, said, "still in progress after 40ms: 1 of 2 tasks run")
}

func TestVerify_DrainingServiceFails(t *testing.T) {
	draining := state("8", completed, 2, 2)
	draining.Status = aws.String("DRAINING")
	_, err := verify(t, &cloud{}, draining)
	require.ErrorIs(t, err, report.ErrNotRolledOut)
}

func TestVerify_OtherImageFails(t *testing.T) {
	said, err := verify(t, &cloud{image: "mote@sha256:2"}, state("8", completed, 2, 2))
	require.ErrorIs(t, err, report.ErrNotRolledOut)
	require.Contains(t, said, "does not run "+digest)
}

func TestVerify_FailureIsExplained(t *testing.T) {
	c := &cloud{stopped: []types.Task{{
		TaskArn: aws.String("task/one"), TaskDefinitionArn: aws.String(family + "8"),
		StopCode: types.TaskStopCodeEssentialContainerExited, StoppedReason: aws.String("Essential container in task exited"),
		Containers: []types.Container{
			{Name: aws.String("mote"), ExitCode: aws.Int32(78)},
			{Name: aws.String("other"), Reason: aws.String("CannotPullContainerError")},
		},
	}}}
	said, err := verify(t, c, state("7", completed, 2, 2))
	require.ErrorIs(t, err, report.ErrNotRolledOut)
	for _, reason := range []string{
		"(service mote-prod) rolling back",
		"one of mote-prod:8: EssentialContainerExited Essential container in task exited",
		"mote ended with exit code 78",
		"other never ran: CannotPullContainerError",
		"10.0.0.7 unhealthy Target.FailedHealthChecks Health checks failed with these codes: [503]",
		"line in service/mote/one of /ecs/mote-prod",
		"first line of /ecs/mote-prod",
		"last line of /ecs/mote-prod",
		"last line of /aws/events/mote-prod-task-events",
	} {
		require.Contains(t, said, reason)
	}
}

func TestVerify_ExplainsTheYoungestStoppedTasks(t *testing.T) {
	c := &cloud{}
	for _, minute := range rand.Perm(30) { // in an order of its own, over several pages
		c.stopped = append(c.stopped, types.Task{
			TaskArn: aws.String(fmt.Sprintf("task/%d", minute)), TaskDefinitionArn: aws.String(family + "8"),
			StoppedAt: aws.Time(time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC)),
		})
	}
	for i := range c.stopped {
		if *c.stopped[i].TaskArn == "task/29" { // The youngest is one of the old version.
			c.stopped[i].TaskDefinitionArn = aws.String(family + "7")
		}
	}
	c.forgotten = "task/25"
	said, err := verify(t, c, state("7", completed, 2, 2))
	require.ErrorIs(t, err, report.ErrNotRolledOut)
	require.Contains(t, said, "29 of mote-prod:7")
	require.Contains(t, said, "19 of mote-prod:8")
	require.NotContains(t, said, "18 of mote-prod:8")
	require.Contains(t, said, "25 could not be described: MISSING")
	require.Contains(t, said, "line in service/mote/28 of")
	require.NotContains(t, said, "line in service/mote/29 of", "what the old version said is no reason")
}

func TestVerify_ExplainDoesNotDecide(t *testing.T) {
	c := &cloud{states: []types.Service{state("7", completed, 2, 2)}}
	var out bytes.Buffer
	require.NoError(t, rollout.Verifier{ECS: c, ELB: c, Logs: c, Out: &out}.Explain(context.Background(), deployed))
	require.Contains(t, out.String(), "(service mote-prod) rolling back")
	require.NotContains(t, out.String(), "rolled out:")
}

func TestVerify_ErrorsDoNotHideTheRest(t *testing.T) {
	said, err := verify(t, &cloud{silent: true}, state("7", completed, 2, 2))
	require.ErrorIs(t, err, report.ErrNotRolledOut)
	require.Contains(t, said, "request failed: list stopped tasks: throttled")
	require.Contains(t, said, "last line of /ecs/mote-prod")
}

func TestVerify_IncompleteStackIsAnError(t *testing.T) {
	err := rollout.Verifier{}.Verify(context.Background(), rollout.Deployment{Cluster: "one", Service: "two", TaskDefinition: "three"})
	require.ErrorContains(t, err, "lack imageDigest")
	require.NotErrorIs(t, err, report.ErrNotRolledOut)
}
