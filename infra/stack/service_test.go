package stack

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

const ecsService = "ecs/service:Service"

func TestService_FailedDeploymentRollsBack(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		one := r.One(t, ecsService).Inputs
		require.Equal(t, map[string]any{"enable": true, "rollback": true}, one["deploymentCircuitBreaker"])
		require.InDelta(t, 100, one["deploymentMinimumHealthyPercent"], 0)
		require.InDelta(t, 200, one["deploymentMaximumPercent"], 0)
		require.Equal(t, true, one["waitForSteadyState"])
	})
}

func TestService_DeploymentKeepsTheCount(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		require.Contains(t, r.One(t, ecsService).Options.GetIgnoreChanges(), "desiredCount")
	})
}

func TestService_RemovedAlarmsAreIgnored(t *testing.T) {
	for wanted, ignored := range map[string][]string{"true": {"desiredCount"}, "false": {"desiredCount", "alarms"}} {
		r := deployed(t, trial{changes: map[string]string{"alarms": wanted}})
		require.Equal(t, ignored, r.One(t, ecsService).Options.GetIgnoreChanges())
	}
}

func TestService_FirstDeploymentStartsMinTasks(t *testing.T) {
	r := deployed(t, trial{changes: map[string]string{"minTasks": "3", "maxTasks": "9"}})
	require.InDelta(t, 3, r.One(t, ecsService).Inputs["desiredCount"], 0)
	target := r.One(t, "appautoscaling/target:Target").Inputs
	require.InDelta(t, 3, target["minCapacity"], 0)
	require.InDelta(t, 9, target["maxCapacity"], 0)
	require.Equal(t, "ecs:service:DesiredCount", target["scalableDimension"])
	require.Equal(t, "service/"+r.Outputs["cluster"].(string)+"/"+r.Outputs["service"].(string), target["resourceId"])
}

func TestAutoscaling_TracksCPU(t *testing.T) {
	r := deployed(t, trial{changes: map[string]string{"targetCpuPercent": "70"}})
	policy := r.One(t, "appautoscaling/policy:Policy").Inputs
	require.Equal(t, "TargetTrackingScaling", policy["policyType"])
	tracking, is := policy["targetTrackingScalingPolicyConfiguration"].(map[string]any)
	require.True(t, is)
	require.Equal(t, map[string]any{"predefinedMetricType": "ECSServiceAverageCPUUtilization"}, tracking["predefinedMetricSpecification"])
	require.InDelta(t, 70, tracking["targetValue"], 0)
}

func TestService_FollowsListenerAndPermissions(t *testing.T) {
	r := deployed(t, trial{})
	after := r.One(t, ecsService).Options.GetDependencies()
	for _, urn := range []string{
		"$aws:lb/listener:Listener::mote-dev-http",
		"$aws:iam/rolePolicy:RolePolicy::mote-dev-execution",
	} {
		found := 0
		for _, dependency := range after {
			if len(dependency) > len(urn) && dependency[len(dependency)-len(urn):] == urn {
				found++
			}
		}
		require.Equal(t, 1, found, "%s in %v", urn, after)
	}
}

func TestService_DeploymentHasATimeout(t *testing.T) {
	timeouts := deployed(t, trial{changes: map[string]string{"deployTimeoutMinutes": "7"}}).One(t, ecsService).Options.GetCustomTimeouts()
	require.Equal(t, "7m", timeouts.GetCreate())
	require.Equal(t, "7m", timeouts.GetUpdate())
	require.Equal(t, "7m", timeouts.GetDelete())
}

func TestService_SlowStartersHaveAGracePeriodBySetting(t *testing.T) {
	require.NotContains(t, deployed(t, trial{}).One(t, ecsService).Inputs, "healthCheckGracePeriodSeconds")
	r := deployed(t, trial{changes: map[string]string{"healthCheckGracePeriodSeconds": "90"}})
	require.InDelta(t, 90, r.One(t, ecsService).Inputs["healthCheckGracePeriodSeconds"], 0)
}

func TestLoadBalancer_FindsUnhealthyTasksInSeconds(t *testing.T) {
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		inEachOf(t, deployed, func(t *testing.T, r *pulumimocks.Recording) {
			targets := r.One(t, "lb/targetGroup:TargetGroup").Inputs
			require.Equal(t, map[string]any{
				"path": "/health", "protocol": "HTTP", "matcher": "200", "interval": 5.0, "timeout": 2.0,
				"healthyThreshold": 2.0, "unhealthyThreshold": 2.0,
			}, targets["healthCheck"])
			require.InDelta(t, 10, targets["deregistrationDelay"], 0)
			require.Equal(t, "ip", targets["targetType"])
		})
	})
}

func TestLoadBalancer_RejectsMalformedHTTP(t *testing.T) {
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		inEachOf(t, deployed, func(t *testing.T, r *pulumimocks.Recording) {
			balancer := r.One(t, "lb/loadBalancer:LoadBalancer").Inputs
			require.Equal(t, "strictest", balancer["desyncMitigationMode"])
			require.Equal(t, true, balancer["dropInvalidHeaderFields"])
			require.Equal(t, "application", balancer["loadBalancerType"])
		})
	})
}

func TestStack_OnlyProductionIsProtected(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		production := t.Name() == "TestStack_OnlyProductionIsProtected/prod"
		balancer, images := r.One(t, "lb/loadBalancer:LoadBalancer"), r.One(t, repository)
		require.Equal(t, production, balancer.Inputs["enableDeletionProtection"])
		require.Equal(t, production, balancer.Options.GetProtect())
		require.Equal(t, !production, images.Inputs["forceDelete"])
		require.Equal(t, production, images.Options.GetProtect())
	})
}
