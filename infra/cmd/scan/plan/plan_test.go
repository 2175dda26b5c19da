package plan_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/scan/plan"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

func TestPlan_TypesHaveTerraformsNames(t *testing.T) {
	for token, wanted := range map[string]string{
		"aws:lb/loadBalancer:LoadBalancer":                          "aws_lb",
		"aws:lb/targetGroup:TargetGroup":                            "aws_lb_target_group",
		"aws:ec2/vpc:Vpc":                                           "aws_vpc",
		"aws:ec2/securityGroup:SecurityGroup":                       "aws_security_group",
		"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "aws_vpc_security_group_ingress_rule",
		"aws:ecs/taskDefinition:TaskDefinition":                     "aws_ecs_task_definition",
		"aws:cloudwatch/logGroup:LogGroup":                          "aws_cloudwatch_log_group",
		"aws:appautoscaling/target:Target":                          "aws_appautoscaling_target",
		"aws:acm/certificateValidation:CertificateValidation":       "aws_acm_certificate_validation",
		"aws:iam/rolePolicyAttachment:RolePolicyAttachment":         "aws_iam_role_policy_attachment",
		"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": "aws_ecs_cluster_capacity_providers",
		"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":         "aws_default_security_group",
		"aws:cloudwatch/logResourcePolicy:LogResourcePolicy":        "aws_cloudwatch_log_resource_policy",
		"aws:appautoscaling/scheduledAction:ScheduledAction":        "aws_appautoscaling_scheduled_action",
		"aws:ec2/routeTableAssociation:RouteTableAssociation":       "aws_route_table_association",
		"aws:ecr/lifecyclePolicy:LifecyclePolicy":                   "aws_ecr_lifecycle_policy",
		"aws:cloudwatch/logMetricFilter:LogMetricFilter":            "aws_cloudwatch_log_metric_filter",
		"aws:sns/topicSubscription:TopicSubscription":               "aws_sns_topic_subscription",
		"aws:amp/ruleGroupNamespace:RuleGroupNamespace":             "aws_prometheus_rule_group_namespace",
		"aws:eks/cluster:Cluster":                                   "aws_eks_cluster",
		"aws:grafana/workspace:Workspace":                           "aws_grafana_workspace",
		"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":   "aws_vpc_security_group_egress_rule",
	} {
		require.Equal(t, wanted, plan.Type(token))
	}
}

func TestPlan_BlocksAreListsAndUserKeysAreNot(t *testing.T) {
	text, err := plan.Write(&pulumimocks.Recording{Resources: []pulumimocks.Resource{
		{Type: "fargate:loadbalancer:LoadBalancer", Name: "component"},
		{Type: "aws:ecs/service:Service", Name: "one", Inputs: map[string]any{
			"waitForSteadyState":         true,
			"tags":                       map[string]any{"ProjectName": "mote"},
			"deploymentCircuitBreaker":   map[string]any{"enable": true},
			"capacityProviderStrategies": []any{map[string]any{"capacityProvider": "FARGATE"}},
			"networkConfiguration":       map[string]any{"assignPublicIp": true, "securityGroups": []any{"sg-1"}},
		}},
	}})
	require.NoError(t, err)
	var written struct {
		PlannedValues struct {
			RootModule struct {
				Resources []struct {
					Address string
					Values  map[string]any
				}
			} `json:"root_module"`
		} `json:"planned_values"`
	}
	require.NoError(t, json.Unmarshal(text, &written))
	require.Len(t, written.PlannedValues.RootModule.Resources, 1)
	one := written.PlannedValues.RootModule.Resources[0]
	require.Equal(t, "aws_ecs_service.one", one.Address)
	require.Equal(t, map[string]any{
		"wait_for_steady_state":      true,
		"tags":                       map[string]any{"ProjectName": "mote"},
		"deployment_circuit_breaker": []any{map[string]any{"enable": true}},
		"capacity_provider_strategy": []any{map[string]any{"capacity_provider": "FARGATE"}},
		"network_configuration":      []any{map[string]any{"assign_public_ip": true, "security_groups": []any{"sg-1"}}},
	}, one.Values)
}

func TestPlan_OfNothingIsAnError(t *testing.T) {
	_, err := plan.Write(&pulumimocks.Recording{Resources: []pulumimocks.Resource{{Type: "fargate:loadbalancer:LoadBalancer", Name: "component"}}})
	require.Error(t, err)
}
