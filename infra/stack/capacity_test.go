package stack

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSpot_IsOffByDefault(t *testing.T) {
	r := deployed(t, trial{})
	require.Equal(t, []any{map[string]any{"capacityProvider": "FARGATE", "base": 1.0, "weight": 100.0}},
		r.One(t, ecsService).Inputs["capacityProviderStrategies"])
	require.NotContains(t, r.One(t, ecsService).Inputs, "launchType", "a service that leaves its launch type for Spot is replaced")
	r.Of(t, "ecs/clusterCapacityProviders:ClusterCapacityProviders", 1)
}

func TestSpot_ShareChangesInPlace(t *testing.T) {
	for _, percent := range []string{"0", "50"} {
		one := deployed(t, trial{changes: map[string]string{"spotPercent": percent}}).One(t, ecsService)
		require.Equal(t, true, one.Inputs["forceNewDeployment"], "without it the provider replaces the service when its strategies change")
	}
}

func TestSpot_ExistingClusterIsAskedForNoCapacityProviders(t *testing.T) {
	r := deployed(t, trial{changes: map[string]string{"existingCluster": "shared"}})
	require.Equal(t, "FARGATE", r.One(t, ecsService).Inputs["launchType"])
	require.NotContains(t, r.One(t, ecsService).Inputs, "capacityProviderStrategies")
	r.Of(t, "ecs/clusterCapacityProviders:ClusterCapacityProviders", 0)
}

func TestSpot_NeverRunsTheFirstTask(t *testing.T) {
	r := deployed(t, trial{changes: map[string]string{"spotPercent": "70"}})
	require.NotContains(t, r.One(t, ecsService).Inputs, "launchType")
	require.Equal(t, []any{
		map[string]any{"capacityProvider": "FARGATE", "base": 1.0, "weight": 30.0},
		map[string]any{"capacityProvider": "FARGATE_SPOT", "weight": 70.0},
	}, r.One(t, ecsService).Inputs["capacityProviderStrategies"])
	offered := r.One(t, "ecs/clusterCapacityProviders:ClusterCapacityProviders")
	require.Equal(t, []any{"FARGATE", "FARGATE_SPOT"}, offered.Inputs["capacityProviders"])
	require.Contains(t, r.One(t, ecsService).Options.GetDependencies(),
		"urn:pulumi:dev::mote::fargate:service:Service$aws:ecs/clusterCapacityProviders:ClusterCapacityProviders::mote-dev")
}

func TestSpot_LeavesAnExistingClusterUnchanged(t *testing.T) {
	r := deployed(t, trial{changes: map[string]string{"spotPercent": "70", "existingCluster": "shared"}})
	r.Of(t, "ecs/clusterCapacityProviders:ClusterCapacityProviders", 0)
	require.Contains(t, r.One(t, ecsService).Inputs, "capacityProviderStrategies")
}

func TestService_RebalancesZonesBySetting(t *testing.T) {
	require.Equal(t, "DISABLED", deployed(t, trial{}).One(t, ecsService).Inputs["availabilityZoneRebalancing"], "AWS does it when nothing is said")
	r := deployed(t, trial{changes: map[string]string{"zoneRebalancing": "true"}})
	require.Equal(t, "ENABLED", r.One(t, ecsService).Inputs["availabilityZoneRebalancing"])
}

func TestAutoscaling_TracksTheChosenMetrics(t *testing.T) {
	r := deployed(t, trial{changes: map[string]string{"targetMemoryPercent": "75", "targetRequestsPerMinute": "3000"}})
	aims := map[any]any{}
	for _, policy := range r.Of(t, "appautoscaling/policy:Policy", 3) {
		tracking, is := policy.Inputs["targetTrackingScalingPolicyConfiguration"].(map[string]any)
		require.True(t, is)
		metric, is := tracking["predefinedMetricSpecification"].(map[string]any)
		require.True(t, is)
		aims[metric["predefinedMetricType"]] = tracking["targetValue"]
		if metric["predefinedMetricType"] == "ALBRequestCountPerTarget" {
			require.Equal(t, "app/mote-dev-0123456/targetgroup/mote-dev-0123456", metric["resourceLabel"])
		}
	}
	require.Equal(t, map[any]any{
		"ECSServiceAverageCPUUtilization": 60.0, "ECSServiceAverageMemoryUtilization": 75.0, "ALBRequestCountPerTarget": 3000.0,
	}, aims)
}

func TestAutoscaling_BoundsFollowTheSchedule(t *testing.T) {
	r := deployed(t, trial{changes: map[string]string{
		"scalingSchedule": `["cron(0 7 ? * MON-FRI *) 4 12","cron(0 20 ? * * *) 1 2"]`, "scalingTimezone": "Europe/Berlin",
	}})
	bounds := map[any]any{}
	for _, action := range r.Of(t, "appautoscaling/scheduledAction:ScheduledAction", 2) {
		require.Equal(t, "Europe/Berlin", action.Inputs["timezone"])
		bounds[action.Inputs["schedule"]] = action.Inputs["scalableTargetAction"]
	}
	require.Equal(t, map[any]any{
		"cron(0 7 ? * MON-FRI *)": map[string]any{"minCapacity": 4.0, "maxCapacity": 12.0},
		"cron(0 20 ? * * *)":      map[string]any{"minCapacity": 1.0, "maxCapacity": 2.0},
	}, bounds)
	require.Equal(t, []string{"minCapacity", "maxCapacity"}, r.One(t, "appautoscaling/target:Target").Options.GetIgnoreChanges())
}

func TestAutoscaling_BoundsWithoutAScheduleAreDeployed(t *testing.T) {
	require.Empty(t, deployed(t, trial{}).One(t, "appautoscaling/target:Target").Options.GetIgnoreChanges())
}

func TestLogs_ContainerInsightsHasARetention(t *testing.T) {
	r := deployed(t, trial{stack: "prod", changes: map[string]string{"containerInsights": "enhanced"}})
	cluster := r.One(t, "ecs/cluster:Cluster")
	require.Equal(t, []any{map[string]any{"name": "containerInsights", "value": "enhanced"}}, cluster.Inputs["settings"])
	group := r.Named(t, "cloudwatch/logGroup:LogGroup", "mote-prod-insights")
	require.Equal(t, "/aws/ecs/containerinsights/"+cluster.Inputs["name"].(string)+"/performance", group.Inputs["name"])
	require.InDelta(t, 90, group.Inputs["retentionInDays"], 0)
	require.Contains(t, cluster.Options.GetDependencies(),
		"urn:pulumi:prod::mote::fargate:service:Service$aws:cloudwatch/logGroup:LogGroup::mote-prod-insights")

	plain := deployed(t, trial{stack: "prod"}).One(t, "ecs/cluster:Cluster")
	require.Equal(t, []any{map[string]any{"name": "containerInsights", "value": "disabled"}}, plain.Inputs["settings"])
}

func TestLoadBalancer_WritesAccessLogsToTheBucket(t *testing.T) {
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		balancer := deployed(t, trial{stack: "prod", changes: map[string]string{"accessLogsBucket": "team-logs"}}).One(t, "lb/loadBalancer:LoadBalancer")
		require.Equal(t, map[string]any{"bucket": "team-logs", "prefix": "mote-prod", "enabled": true}, balancer.Inputs["accessLogs"])
		require.NotContains(t, deployed(t, trial{}).One(t, "lb/loadBalancer:LoadBalancer").Inputs, "accessLogs")
	})
}

// A deployment runs two sets of tasks. AWS keeps five addresses of each subnet, and a load balancer may take a hundred:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer.
func TestNetwork_DefaultsHoldAsManyTasksAsMaxTasksMayBe(t *testing.T) {
	const mostTasks, kept, balancer = 1000, 5, 100
	_, err := deploy(t, trial{changes: map[string]string{"maxTasks": "1001"}})
	require.ErrorContains(t, err, "from 1 to 1000")
	for _, egress := range []string{"public", "nat", "endpoints"} {
		r := deployed(t, trial{changes: map[string]string{"egress": egress, "maxTasks": "1000"}})
		network, is := r.One(t, ecsService).Inputs["networkConfiguration"].(map[string]any)
		require.True(t, is)
		ids, is := network["subnets"].([]any)
		require.True(t, is)
		require.Len(t, ids, 2)
		room := 0
		for _, one := range r.Resources {
			for _, id := range ids {
				if one.Type == "aws:ec2/subnet:Subnet" && one.Name+"-id" == id {
					block, err := netip.ParsePrefix(one.Inputs["cidrBlock"].(string))
					require.NoError(t, err)
					room += 1<<(32-block.Bits()) - kept - balancer
				}
			}
		}
		require.GreaterOrEqual(t, room, 2*mostTasks, egress)
	}
}
