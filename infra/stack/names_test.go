package stack

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/mote-dev/mote/infra/internal/names"
	"github.com/mote-dev/mote/infra/internal/project"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// appended is how much Pulumi adds to a name that is left to it: a hyphen and seven digits.
const appended = 8

// longest is what AWS allows for the names of each type; types without a name of their own are not in it.
var longest = map[string]int{
	"aws:lb/loadBalancer:LoadBalancer":                   32,
	"aws:lb/targetGroup:TargetGroup":                     32,
	"aws:iam/role:Role":                                  64,
	"aws:iam/rolePolicy:RolePolicy":                      128,
	"aws:ecs/cluster:Cluster":                            255,
	"aws:ecs/service:Service":                            255,
	"aws:ecr/repository:Repository":                      256,
	"aws:ec2/securityGroup:SecurityGroup":                255,
	"aws:cloudwatch/logGroup:LogGroup":                   512,
	"aws:appautoscaling/policy:Policy":                   256,
	"aws:ecs/taskDefinition:TaskDefinition":              255,
	"aws:cloudwatch/metricAlarm:MetricAlarm":             255,
	"aws:cloudwatch/eventRule:EventRule":                 64,
	"aws:cloudwatch/logMetricFilter:LogMetricFilter":     512,
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy": 255,
	"aws:sns/topic:Topic":                                256,
	"aws:cloudwatch/dashboard:Dashboard":                 255,
}

// nameless are types whose resources AWS names itself.
var nameless = []string{
	"aws:ec2/vpc:Vpc", "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation", "aws:ec2/vpcEndpoint:VpcEndpoint",
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "aws:ec2/subnet:Subnet", "aws:ec2/internetGateway:InternetGateway", "aws:ec2/routeTable:RouteTable",
	"aws:ec2/routeTableAssociation:RouteTableAssociation", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "aws:ecr/lifecyclePolicy:LifecyclePolicy", "aws:lb/listener:Listener",
	"aws:appautoscaling/target:Target", "aws:cloudwatch/eventTarget:EventTarget", "aws:lb/listenerRule:ListenerRule",
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
}

// everything is a stack that chose all there is to choose.
var everything = map[string]string{"deploymentStrategy": "canary", "dashboard": "true", "egress": "endpoints"}

func TestNames_FitTheLimitsOfAWS(t *testing.T) {
	layout := trial{stack: "dev"}.config(t)
	rapid.Check(t, func(rt *rapid.T) {
		stack := rapid.StringMatching(`[A-Za-z0-9._-]{1,20}`).Draw(rt, "stack")
		changes := map[string]string{"image": layout["mote:image"], "registryEndpoint": layout["mote:registryEndpoint"]}
		atLeast := 24
		if rapid.Bool().Draw(rt, "everything") {
			maps.Copy(changes, everything)
			atLeast = 28
		}
		r := deployed(t, trial{stack: stack, changes: changes})
		named := 0
		for _, one := range r.Resources {
			if one.Options == nil || !one.Options.GetCustom() {
				continue
			}
			limit, known := longest[one.Type]
			require.NotEqual(rt, known, slices.Contains(nameless, one.Type), "%s is in neither table or in both", one.Type)
			if known {
				named++
				require.LessOrEqual(rt, nameLength(one), limit, "%s %s", one.Type, one.Name)
				require.Regexp(rt, `^/?[a-z0-9][a-z0-9/-]*[a-z0-9]$`, one.Name)
			}
		}
		require.Equal(rt, atLeast, named)
	})
}

// nameLength is how long the name is in AWS.
func nameLength(r pulumimocks.Resource) int {
	for _, key := range []string{"name", "family", "policyName", "dashboardName"} {
		if name, given := r.Inputs[key].(string); given {
			return len(name)
		}
	}
	return len(r.Name) + appended
}

func TestNames_TwoStacksShareNone(t *testing.T) {
	dev, staging := deployed(t, trial{stack: "dev"}), deployed(t, trial{stack: "staging"})
	fixed := 0
	for _, one := range dev.Resources {
		for _, key := range []string{"name", "family", "policyName", "dashboardName"} {
			name, given := one.Inputs[key].(string)
			if !given {
				continue
			}
			fixed++
			for _, other := range staging.Resources {
				// This one is the same for all stacks on purpose: AWS allows ten in a region of an account.
				if one.Type != "aws:cloudwatch/logResourcePolicy:LogResourcePolicy" {
					require.NotEqual(t, name, other.Inputs[key], one.Type)
				}
			}
		}
	}
	require.Equal(t, 6, fixed, "repository, cluster, family, both log groups and the policy of one of them have fixed names")
}

func TestTags_AreOnEveryResource(t *testing.T) {
	t.Run("everything", func(t *testing.T) { areTagged(t, deployed(t, trial{stack: "prod", changes: everything})) })
	inEachEnvironment(t, areTagged)
}

func areTagged(t *testing.T, r *pulumimocks.Recording) {
	t.Helper()
	tagged := 0
	for _, one := range r.Resources {
		if strings.HasPrefix(one.Type, "fargate:") {
			continue // A component, which AWS does not see.
		}
		tags, given := one.Inputs["tags"].(map[string]any)
		if !given {
			require.Contains(t, untaggable, one.Type)
			continue
		}
		tagged++
		require.Equal(t, "mote", tags["project"], one.Type)
		base := names.Base(project.Name, tags["stack"].(string))
		require.True(t, strings.HasPrefix(one.Name, base) || strings.HasPrefix(one.Name, names.Alternate(base)), one.Name)
		require.Equal(t, one.Name, tags["Name"], one.Type)
	}
	require.Greater(t, tagged, 20)
}

// untaggable are types that AWS keeps no tags for.
var untaggable = []string{
	"aws:cloudwatch/logMetricFilter:LogMetricFilter", "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
	"aws:cloudwatch/eventTarget:EventTarget", "aws:cloudwatch/dashboard:Dashboard",
	"aws:ec2/routeTableAssociation:RouteTableAssociation", "aws:ecr/lifecyclePolicy:LifecyclePolicy",
	"aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation", "aws:ec2/route:Route", "aws:route53/record:Record",
	"aws:appautoscaling/scheduledAction:ScheduledAction", "aws:acm/certificateValidation:CertificateValidation",
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", "aws:sns/topicSubscription:TopicSubscription",
	"aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:appautoscaling/policy:Policy",
	"aws:secretsmanager/secretVersion:SecretVersion", "aws:sns/topicPolicy:TopicPolicy", "aws:amp/alertManagerDefinition:AlertManagerDefinition",
}
