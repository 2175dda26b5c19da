package rollout_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/report"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/rollout"
)

// shifting is a stack whose traffic is moved between two target groups.
func shifting() rollout.Deployment {
	asked := deployed
	asked.ProductionRule = productionRule
	return asked
}

// both is the service with the version that was asked for beside another; primary is which of them ECS calls so.
func both(primary, other string) types.Service {
	service := state(primary, going, 2, 2)
	service.Deployments = append(service.Deployments, types.Deployment{
		Status: aws.String("ACTIVE"), TaskDefinition: aws.String(family + other), RolloutState: completed,
	})
	if other == "8" {
		service.Deployments[0].RolloutState, service.Deployments[1].RolloutState = completed, going
	}
	return service
}

func TestVerify_PassesWithAllTraffic(t *testing.T) {
	c := &cloud{weights: []map[string]int32{{"blue": 0, "green": 100}}, healthy: map[string]int{"green": 2}}
	said, err := verifyStack(t, c, shifting(), state("8", completed, 2, 2))
	require.NoError(t, err)
	require.Contains(t, said, "rolled out: mote-prod:8")
	require.Equal(t, 1, c.rules)
}

func TestVerify_WaitsWhileTrafficIsShared(t *testing.T) {
	c := &cloud{
		weights: []map[string]int32{{"blue": 90, "green": 10}, {"blue": 0, "green": 100}}, healthy: map[string]int{"blue": 2, "green": 2},
	}
	_, err := verifyStack(t, c, shifting(), state("8", completed, 2, 2))
	require.NoError(t, err)
	require.Equal(t, 2, c.rules)
}

func TestVerify_SharedTrafficFails(t *testing.T) {
	c := &cloud{weights: []map[string]int32{{"blue": 90, "green": 10}}, healthy: map[string]int{"blue": 2, "green": 2}}
	said, err := verifyStack(t, c, shifting(), state("8", completed, 2, 2))
	require.ErrorIs(t, err, report.ErrNotRolledOut)
	require.Contains(t, said, "traffic goes to 2 target groups, and must go to one")
	require.Contains(t, said, "90 to blue\n  10 to green")
}

func TestVerify_TrafficWithoutTasksFails(t *testing.T) {
	c := &cloud{weights: []map[string]int32{{"blue": 100, "green": 0}}, healthy: map[string]int{"green": 2}}
	said, err := verifyStack(t, c, shifting(), state("8", completed, 2, 2))
	require.ErrorIs(t, err, report.ErrNotRolledOut)
	require.Contains(t, said, "traffic goes to blue, where 0 of 2 tasks are healthy")
}

func TestVerify_WaitsForAVersionBesideTheOldOne(t *testing.T) {
	for _, beside := range []types.Service{both("7", "8"), both("8", "7")} {
		c := &cloud{weights: []map[string]int32{{"blue": 0, "green": 100}}, healthy: map[string]int{"green": 2}}
		_, err := verifyStack(t, c, shifting(), beside, beside, state("8", completed, 2, 2))
		require.NoError(t, err)
		require.Equal(t, 3, c.looked)
	}
}

func TestVerify_TrafficShiftedBackFailsWithReason(t *testing.T) {
	c := &cloud{weights: []map[string]int32{{"blue": 100, "green": 0}}, healthy: map[string]int{"blue": 2}}
	said, err := verifyStack(t, c, shifting(), both("7", "8"), state("7", completed, 2, 2))
	require.ErrorIs(t, err, report.ErrNotRolledOut)
	require.Contains(t, said, "not rolled out: ECS rolled back to mote-prod:7")
	require.Contains(t, said, "100 to blue\n  0 to green")
	require.Contains(t, said, "17 ROLLBACK_SUCCESSFUL: alarm mote-prod-errors\n  16 ROLLBACK", "the youngest of all pages come first")
	require.Contains(t, said, "  7 SUCCESSFUL: all well")
	require.NotContains(t, said, "  5 SUCCESSFUL")
}
