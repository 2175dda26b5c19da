package main

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// rollout is a service of two tasks whose primary deployment is this.
func rollout(definition string, state types.DeploymentRolloutState, running int32) types.Service {
	return types.Service{
		DesiredCount: 2, RunningCount: running,
		Deployments: []types.Deployment{
			{Status: aws.String("ACTIVE"), TaskDefinition: aws.String("mote:1"), RolloutState: types.DeploymentRolloutStateCompleted},
			{
				Status: aws.String("PRIMARY"), TaskDefinition: &definition, RolloutState: state,
				RunningCount: running, DesiredCount: 2, RolloutStateReason: aws.String("tasks failed to start"),
			},
		},
	}
}

func TestOnlyTheVersionThatWasAskedForWins(t *testing.T) {
	for _, c := range []struct {
		name    string
		service types.Service
		verdict verdict
		reason  string
	}{
		{"complete", rollout("mote:2", types.DeploymentRolloutStateCompleted, 2), won, ""},
		{"complete, but a task is gone", rollout("mote:2", types.DeploymentRolloutStateCompleted, 1), open, "1 of 2 tasks"},
		{"under way", rollout("mote:2", types.DeploymentRolloutStateInProgress, 1), open, "it is IN_PROGRESS, with 1 of 2 tasks"},
		{"failed", rollout("mote:2", types.DeploymentRolloutStateFailed, 0), lost, "tasks failed to start"},
		{"rolled back", rollout("mote:1", types.DeploymentRolloutStateCompleted, 2), lost, "went back to mote:1"},
		{"rolling back", rollout("mote:1", types.DeploymentRolloutStateInProgress, 2), lost, "went back to mote:1"},
		{"nothing there", types.Service{}, open, "no deployment"},
	} {
		verdict, reason := judge(c.service, "mote:2")
		if verdict != c.verdict || !strings.Contains(reason, c.reason) {
			t.Errorf("%s: got %v, %q", c.name, verdict, reason)
		}
	}
}

func TestTheEndOfATaskNamesItsReasonAndExitCode(t *testing.T) {
	line := end(types.Task{
		TaskDefinitionArn: aws.String("mote:2"), StoppedReason: aws.String("Essential container in task exited"),
		Containers: []types.Container{{Name: aws.String("mote"), ExitCode: aws.Int32(78), Reason: aws.String("bad setting")}},
	})
	if want := "mote:2: Essential container in task exited; mote ended with exit code 78; mote: bad setting"; line != want {
		t.Errorf("got %q, want %q", line, want)
	}
}
