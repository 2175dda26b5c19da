package stack

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// existingResources are settings that name every existing resource.
var existingResources = map[string]string{
	"existingRepository":  "team/mote",
	"existingVpc":         pulumimocks.Vpc,
	"existingSubnets":     `["subnet-0000000a","subnet-0000000b"]`,
	"existingTaskSubnets": `["subnet-1000000a","subnet-1000000c"]`,
	"existingCluster":     "shared",
	"existingLogGroup":    "/shared/mote",
	"domain":              "mote.example.com",
	"certificateArn":      "arn:aws:acm:eu-central-1:123456789012:certificate/one",
}

func TestStack_UsesExistingResourcesUnchanged(t *testing.T) {
	r := deployed(t, trial{stack: "prod", changes: existingResources})
	for _, kind := range []string{
		"ecr/repository:Repository", "ecr/lifecyclePolicy:LifecyclePolicy", "ec2/vpc:Vpc", "ec2/subnet:Subnet", "ec2/routeTable:RouteTable",
		"ec2/internetGateway:InternetGateway", "ecs/cluster:Cluster", "acm/certificate:Certificate",
	} {
		r.Of(t, kind, 0)
	}
	require.Equal(t, "/aws/events/mote-prod-task-events", r.One(t, "cloudwatch/logGroup:LogGroup").Inputs["name"])
	for _, one := range r.Resources {
		require.NotNil(t, one.Options, "%s was read into the state, and would be deleted from it", one.Name)
	}
	require.Equal(t, "arn:aws:ecs:eu-central-1:123456789012:cluster/shared", r.One(t, ecsService).Inputs["cluster"])
	require.Equal(t, []any{"subnet-1000000a", "subnet-1000000c"}, theNetwork(t, r)["subnets"])
	require.Equal(t, []any{"subnet-0000000a", "subnet-0000000b"}, r.One(t, "lb/loadBalancer:LoadBalancer").Inputs["subnets"])
	for _, group := range r.Of(t, "ec2/securityGroup:SecurityGroup", 2) {
		require.Equal(t, pulumimocks.Vpc, group.Inputs["vpcId"])
	}
	require.Equal(t, pulumimocks.Vpc, r.One(t, "lb/targetGroup:TargetGroup").Inputs["vpcId"])
	require.Equal(t, "shared", r.Outputs["cluster"])
	require.Equal(t, "/shared/mote", r.Outputs["logGroup"])
}

func TestRoles_WriteOnlyToTheExistingLogGroup(t *testing.T) {
	r := deployed(t, trial{changes: existingResources})
	checked := 0
	for _, statement := range allStatements(t, r) {
		if statement.Sid == "WriteLogs" {
			checked++
			require.Equal(t, []string{"arn:aws:logs:eu-central-1:123456789012:log-group:/shared/mote:log-stream:mote/mote/*"}, statement.Resource)
		}
	}
	require.Equal(t, 1, checked)
}

func TestNetwork_RejectsUnsuitableSubnets(t *testing.T) {
	for subnets, reason := range map[string]string{
		`["subnet-0000000a","subnet-1000000a"]`: "are in one zone",
		`["subnet-0000000a","subnet-0000000f"]`: "which is in vpc-0000000f",
	} {
		_, err := deploy(t, trial{changes: map[string]string{"existingVpc": pulumimocks.Vpc, "existingSubnets": subnets}})
		require.ErrorContains(t, err, reason)
		require.ErrorContains(t, err, "mote:existingSubnets")
	}
}

func TestNetwork_ExistingSubnetsNeedNoPublicAddress(t *testing.T) {
	require.Equal(t, true, theNetwork(t, deployed(t, trial{}))["assignPublicIp"])
	changes := maps.Clone(existingResources)
	changes["assignPublicIp"] = "false"
	require.Equal(t, false, theNetwork(t, deployed(t, trial{changes: changes}))["assignPublicIp"])
}

func TestStack_EachExistingResourceIsIndependent(t *testing.T) {
	all := deployed(t, trial{})
	for key, kind := range map[string]string{
		"existingRepository": "ecr/repository:Repository",
		"existingCluster":    "ecs/cluster:Cluster",
		"existingLogGroup":   "cloudwatch/logGroup:LogGroup",
	} {
		all.Named(t, kind, "mote-dev")
		r := deployed(t, trial{changes: map[string]string{key: "shared"}})
		for _, one := range r.Resources {
			require.False(t, one.Name == "mote-dev" && strings.HasSuffix(one.Type, kind), kind)
		}
		made := 0
		for _, one := range r.Resources {
			if strings.HasPrefix(one.Type, "aws:") {
				made++
			}
		}
		require.Greater(t, made, 20, key)
	}
}
