package awsplugin

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// bridge is a small answer of the bridge to GetMapping, in its own form.
const bridge = `{"name": "aws", "resources": {
	"aws_ecs_cluster": {"tok": "aws:index/ecsCluster:EcsCluster"},
	"aws_iam_openid_connect_provider": {"tok": "aws:index/iamOpenidConnectProvider:IamOpenidConnectProvider"},
	"aws_instance": {"tok": "aws:index/instance:Instance"},
	"aws_lb": {"tok": "aws:index/lb:Lb"},
	"aws_lightsail_instance": {"tok": "aws:index/lightsailInstance:LightsailInstance"},
	"aws_vpc": {"tok": "aws:index/vpc:Vpc"},
	"aws_vpc_security_group_ingress_rule": {"tok": "aws:index/vpcSecurityGroupIngressRule:VpcSecurityGroupIngressRule"}
}, "dataSources": {
	"aws_caller_identity": {"tok": "aws:index/getCallerIdentity:getCallerIdentity"},
	"aws_ecr_authorization_token": {"tok": "aws:index/getEcrAuthorizationToken:getEcrAuthorizationToken"}
}}`

func known(t *testing.T) *names {
	t.Helper()
	n, err := newNames([]byte(bridge))
	require.NoError(t, err)
	return n
}

func TestNames_TokensBecomeTheBridges(t *testing.T) {
	for ours, bridges := range map[string]string{
		"aws:ecs/cluster:Cluster":                                   "aws:index/ecsCluster:EcsCluster",
		"aws:ec2/vpc:Vpc":                                           "aws:index/vpc:Vpc",
		"aws:ec2/instance:Instance":                                 "aws:index/instance:Instance",
		"aws:lightsail/instance:Instance":                           "aws:index/lightsailInstance:LightsailInstance",
		"aws:lb/loadBalancer:LoadBalancer":                          "aws:index/lb:Lb",
		"aws:iam/openIdConnectProvider:OpenIdConnectProvider":       "aws:index/iamOpenidConnectProvider:IamOpenidConnectProvider",
		"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "aws:index/vpcSecurityGroupIngressRule:VpcSecurityGroupIngressRule",
		"aws:index/getCallerIdentity:getCallerIdentity":             "aws:index/getCallerIdentity:getCallerIdentity",
		"aws:ecr/getAuthorizationToken:getAuthorizationToken":       "aws:index/getEcrAuthorizationToken:getEcrAuthorizationToken",
		"pulumi:providers:aws":                                      "pulumi:providers:aws",
	} {
		found, err := known(t).token(ours)
		require.NoError(t, err)
		require.Equal(t, bridges, found)
	}
}

func TestNames_UnknownTokenIsNamedInTheError(t *testing.T) {
	// A service's own resource must never be taken for EC2's of the same name.
	for _, unknown := range []string{"aws:dax/cluster:Cluster", "aws:connect/instance:Instance", "aws:ec2/getVpc:getVpc", "aws:broken"} {
		_, err := known(t).token(unknown)
		require.ErrorContains(t, err, unknown)
	}
}

func TestNames_OnlyTheOwnTypeOfAURNChanges(t *testing.T) {
	found, err := known(t).urn("urn:pulumi:dev::mote::fargate:service:Service$aws:ecs/cluster:Cluster::aws:ec2/vpc:Vpc::name")
	require.NoError(t, err)
	require.Equal(t, "urn:pulumi:dev::mote::fargate:service:Service$aws:index/ecsCluster:EcsCluster::aws:ec2/vpc:Vpc::name", found)

	parent, err := known(t).urn("urn:pulumi:dev::mote::aws:ecs/cluster:Cluster$aws:ec2/vpc:Vpc::name")
	require.NoError(t, err)
	require.Equal(t, "urn:pulumi:dev::mote::aws:ecs/cluster:Cluster$aws:index/vpc:Vpc::name", parent)
}

func TestNames_EmptyMappingIsRefused(t *testing.T) {
	for _, answer := range []string{"", "[]", "{}", `{"resources": {"aws_vpc": {"tok": "aws:index/vpc:Vpc"}}}`} {
		_, err := newNames([]byte(answer))
		require.Error(t, err, answer)
	}
}

func TestProvider_PathIsGivenWithoutItsVersion(t *testing.T) {
	require.Equal(t, "/mirror/5.100.0/linux_amd64/terraform-provider-aws",
		loadable("/mirror/5.100.0/linux_amd64/terraform-provider-aws_v5.100.0_x5"))
	require.Equal(t, "/mirror/terraform-provider-aws", loadable("/mirror/terraform-provider-aws"))
}
