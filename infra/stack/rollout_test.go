package stack

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

const (
	listenerRule = "lb/listenerRule:ListenerRule"
	targetGroup  = "lb/targetGroup:TargetGroup"
)

// shifting runs a check over each strategy that moves traffic between two sets of tasks.
func shifting(t *testing.T, changes map[string]string, check func(t *testing.T, r *pulumimocks.Recording)) {
	t.Helper()
	for _, strategy := range []string{"blueGreen", "canary", "linear"} {
		t.Run(strategy, func(t *testing.T) {
			all := map[string]string{"deploymentStrategy": strategy}
			maps.Copy(all, changes)
			check(t, deployed(t, trial{stack: "prod", changes: all}))
		})
	}
}

func TestRollout_FollowsTheStrategy(t *testing.T) {
	for strategy, wanted := range map[string]map[string]any{
		"blueGreen": {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "6"},
		"canary": {
			"strategy": "CANARY", "bakeTimeInMinutes": "6",
			"canaryConfiguration": map[string]any{"canaryPercent": 15.0, "canaryBakeTimeInMinutes": "2"},
		},
		"linear": {
			"strategy": "LINEAR", "bakeTimeInMinutes": "6",
			"linearConfiguration": map[string]any{"stepPercent": 50.0, "stepBakeTimeInMinutes": "1"},
		},
	} {
		r := deployed(t, trial{stack: "prod", changes: map[string]string{
			"deploymentStrategy": strategy, "bakeMinutes": "6", "canaryPercent": "15", "canaryMinutes": "2", "linearPercent": "50", "linearMinutes": "1",
		}})
		require.Equal(t, wanted, r.One(t, ecsService).Inputs["deploymentConfiguration"])
	}
}

func TestRollout_ShiftsBetweenEqualTargetGroups(t *testing.T) {
	shifting(t, nil, func(t *testing.T, r *pulumimocks.Recording) {
		r.Of(t, targetGroup, 2)
		first, other := r.Named(t, targetGroup, "mote-prod"), r.Named(t, targetGroup, "mote-prod-alternate")
		for _, group := range []pulumimocks.Resource{first, other} {
			delete(group.Inputs, "tags")
		}
		require.Equal(t, first.Inputs, other.Inputs)

		rule := r.One(t, listenerRule)
		require.Equal(t, []any{map[string]any{"pathPattern": map[string]any{"values": []any{"/*"}}}}, rule.Inputs["conditions"])
		require.Equal(t, []any{map[string]any{"type": "forward", "forward": map[string]any{"targetGroups": []any{
			map[string]any{"arn": arn("lb/targetGroup:TargetGroup/mote-prod-0123456"), "weight": 100.0},
			map[string]any{"arn": arn("lb/targetGroup:TargetGroup/mote-prod-alternate-0123456"), "weight": 0.0},
		}}}}, rule.Inputs["actions"])

		balancers, is := r.One(t, ecsService).Inputs["loadBalancers"].([]any)
		require.True(t, is)
		require.Len(t, balancers, 1)
		balancer, is := balancers[0].(map[string]any)
		require.True(t, is)
		require.Equal(t, arn("lb/targetGroup:TargetGroup/mote-prod-0123456"), balancer["targetGroupArn"])
		require.Equal(t, map[string]any{
			"alternateTargetGroupArn": arn("lb/targetGroup:TargetGroup/mote-prod-alternate-0123456"),
			"productionListenerRule":  r.Outputs["productionRule"],
			"roleArn":                 arn("iam/role:Role/mote-prod-infrastructure-0123456"),
		}, balancer["advancedConfiguration"])
		require.Equal(t, arn(listenerRule+"/mote-prod-0123456"), r.Outputs["productionRule"])
	})
}

func TestRollout_WeightsAreLeftToECS(t *testing.T) {
	shifting(t, nil, func(t *testing.T, r *pulumimocks.Recording) {
		require.Equal(t, []string{"actions"}, r.One(t, listenerRule).Options.GetIgnoreChanges())
	})
}

func TestRollout_RuleIsOnTheListenerOfClients(t *testing.T) {
	shifting(t, certificates["existing"], func(t *testing.T, r *pulumimocks.Recording) {
		require.Equal(t, arn("lb/listener:Listener/mote-prod-https-0123456"), r.One(t, listenerRule).Inputs["listenerArn"])
	})
}

func TestRollout_OnlyECSShiftsTraffic(t *testing.T) {
	shifting(t, nil, func(t *testing.T, r *pulumimocks.Recording) {
		attached := r.One(t, "iam/rolePolicyAttachment:RolePolicyAttachment")
		require.Equal(t, "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers", attached.Inputs["policyArn"])
		require.Equal(t, "mote-prod-infrastructure-0123456", attached.Inputs["role"])
		r.Of(t, "iam/rolePolicy:RolePolicy", 1)
		trust := parse(t, r.Named(t, "iam/role:Role", "mote-prod-infrastructure").Inputs["assumeRolePolicy"])
		require.Len(t, trust, 1)
		require.Equal(t, map[string][]string{"Service": {"ecs.amazonaws.com"}}, trust[0].Principal)
		require.True(t, follows(r.One(t, ecsService), "RolePolicyAttachment::mote-prod-infrastructure"))
	})
}

func TestRollout_EachStrategyRollsBack(t *testing.T) {
	shifting(t, nil, func(t *testing.T, r *pulumimocks.Recording) {
		one := r.One(t, ecsService).Inputs
		require.Equal(t, map[string]any{"enable": true, "rollback": true}, one["deploymentCircuitBreaker"])
		require.Equal(t, map[string]any{
			"enable": true, "rollback": true, "alarmNames": []any{"mote-prod-target-5xx", "mote-prod-latency"},
		}, one["alarms"])
	})
}

func TestAlarms_CoverBothTargetGroups(t *testing.T) {
	shifting(t, nil, func(t *testing.T, r *pulumimocks.Recording) {
		for _, name := range []string{"target-5xx", "elb-5xx", "latency"} {
			require.Equal(t, map[string]any{"LoadBalancer": "app/mote-prod-0123456"}, r.Named(t, alarm, "mote-prod-"+name).Inputs["dimensions"])
		}
		for name, statistic := range map[string]string{"unhealthy-hosts": "Maximum", "low-healthy-hosts": "Maximum"} {
			inputs := r.Named(t, alarm, "mote-prod-"+name).Inputs
			for _, key := range []string{"metricName", "dimensions", "period", "statistic", "namespace"} {
				require.NotContains(t, inputs, key, "AWS refuses an alarm on queries that names a metric as well")
			}
			queries, is := inputs["metricQueries"].([]any)
			require.True(t, is)
			require.Len(t, queries, 3)
			groups, sums := map[any]bool{}, 0
			for _, one := range queries {
				query, is := one.(map[string]any)
				require.True(t, is)
				if query["expression"] == "FILL(one, 0) + FILL(other, 0)" {
					sums++
					require.Equal(t, true, query["returnData"])
					continue
				}
				metric, is := query["metric"].(map[string]any)
				require.True(t, is)
				require.Equal(t, statistic, metric["stat"])
				require.Contains(t, []any{"one", "other"}, query["id"])
				dimensions, is := metric["dimensions"].(map[string]any)
				require.True(t, is)
				groups[dimensions["TargetGroup"]] = true
			}
			require.Equal(t, 1, sums)
			require.Equal(t, map[any]bool{"targetgroup/mote-prod-0123456": true, "targetgroup/mote-prod-alternate-0123456": true}, groups)
		}
	})
}

func TestRollout_RollingHasOneTargetGroup(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		r.Of(t, listenerRule, 0)
		r.Of(t, targetGroup, 1)
		r.Of(t, "iam/rolePolicyAttachment:RolePolicyAttachment", 0)
		require.Equal(t, map[string]any{"strategy": "ROLLING"}, r.One(t, ecsService).Inputs["deploymentConfiguration"],
			"nothing would leave a service that shifted traffic before as it is")
		require.NotContains(t, r.Outputs, "productionRule")
	})
}

// arn is what the mocks answer as the ARN of a resource, given by kind and name.
func arn(kind string) string {
	return "arn:aws:test:" + pulumimocks.Region + ":" + pulumimocks.Account + ":aws:" + kind
}

// follows says whether a resource waits for one whose URN ends so.
func follows(one pulumimocks.Resource, ending string) bool {
	for _, urn := range one.Options.GetDependencies() {
		if strings.HasSuffix(urn, ending) {
			return true
		}
	}
	return false
}

func TestRollout_RuleWithWeightsIsNotMovedToAnotherListener(t *testing.T) {
	secured := map[string]string{"domain": "mote.example.com", "hostedZone": "example.com"}
	for _, test := range []struct {
		stack, strategy string
		changes         map[string]string
		refused         bool
	}{
		{"shifted", "canary", secured, true},
		{"secured", "linear", nil, true},
		{"shifted", "blueGreen", nil, false},
		{"secured", "canary", secured, false},
		{"unshifted", "canary", secured, false}, // It gets its rule now.
		{"shifted", "rolling", secured, false},  // It loses it.
		{"new", "canary", secured, false},
	} {
		changes := map[string]string{"deploymentStrategy": test.strategy}
		maps.Copy(changes, test.changes)
		_, err := deploy(t, trial{stack: test.stack, changes: changes})
		if !test.refused {
			require.NoError(t, err, "%v", test)
			continue
		}
		require.ErrorContains(t, err, "its traffic is shifted by a rule that cannot move to another listener: deploy once with mote:deploymentStrategy set to rolling")
	}
}
