package deployment

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
)

func TestScaling_TargetAndPolicyAreRegistered(t *testing.T) {
	r := deployed(t)
	client := applicationautoscaling.NewFromConfig(awsconfig.Config(r.status(t).Shim))
	target := scalable(t, r)
	require.EqualValues(t, 2, aws.ToInt32(target.MinCapacity))
	require.EqualValues(t, 6, aws.ToInt32(target.MaxCapacity))

	policies, err := client.DescribeScalingPolicies(t.Context(), &applicationautoscaling.DescribeScalingPoliciesInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: target.ResourceId,
	})
	require.NoError(t, err)
	require.Len(t, policies.ScalingPolicies, 1)
	tracking := policies.ScalingPolicies[0].TargetTrackingScalingPolicyConfiguration
	require.Equal(t, types.MetricTypeECSServiceAverageCPUUtilization, tracking.PredefinedMetricSpecification.PredefinedMetricType)
}

func TestScaling_UnknownServiceIsRefused(t *testing.T) {
	r := deployed(t)
	client := applicationautoscaling.NewFromConfig(awsconfig.Config(r.status(t).Shim))
	_, err := client.RegisterScalableTarget(t.Context(), &applicationautoscaling.RegisterScalableTargetInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ScalableDimension: types.ScalableDimensionECSServiceDesiredCount,
		ResourceId: aws.String("service/" + r.output(t, "cluster") + "/missing"), MinCapacity: aws.Int32(1), MaxCapacity: aws.Int32(2),
	})
	require.ErrorContains(t, err, "ECS service doesn't exist")
}

// The count belongs to autoscaling, which is stood in for here by a caller that asks for one more.
func TestScaling_NewLimitsLeaveTheCountAsItIs(t *testing.T) {
	r := deployed(t)
	client := ecs.NewFromConfig(awsconfig.Config(r.status(t).Shim))
	cluster, name := r.output(t, "cluster"), r.output(t, "service")
	service := func() ecstypes.Service {
		found, err := client.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{name}})
		require.NoError(t, err)
		require.Len(t, found.Services, 1)
		return found.Services[0]
	}
	require.EqualValues(t, 2, service().DesiredCount, "what the first deployment asked for")
	_, err := client.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: &cluster, Service: &name, DesiredCount: aws.Int32(3)})
	require.NoError(t, err)
	eventually(t, 30*time.Second, "the third task runs", func() bool { return service().RunningCount == 3 })
	before := r.containers(t)
	require.Len(t, before, 3)

	// The fewest tasks are also how many a first deployment starts: a program that set the count again would set it to one.
	r.up(t, append(slices.Clone(r.flags), "-set", "minTasks=1", "-set", "maxTasks=8")...)
	require.EqualValues(t, 1, aws.ToInt32(scalable(t, r).MinCapacity), "the new limits must have been set")
	require.EqualValues(t, 8, aws.ToInt32(scalable(t, r).MaxCapacity))
	require.EqualValues(t, 3, service().DesiredCount)
	require.EqualValues(t, 3, service().RunningCount)
	require.ElementsMatch(t, before, r.containers(t), "not one task was touched")
}

// scalable is the stack's target of autoscaling.
func scalable(t *testing.T, r *rehearsal) types.ScalableTarget {
	t.Helper()
	id := "service/" + r.output(t, "cluster") + "/" + r.output(t, "service")
	targets, err := applicationautoscaling.NewFromConfig(awsconfig.Config(r.status(t).Shim)).DescribeScalableTargets(t.Context(),
		&applicationautoscaling.DescribeScalableTargetsInput{ServiceNamespace: types.ServiceNamespaceEcs, ResourceIds: []string{id}})
	require.NoError(t, err)
	require.Len(t, targets.ScalableTargets, 1)
	return targets.ScalableTargets[0]
}
