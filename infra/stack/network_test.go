package stack

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

const (
	ingress = "vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egress  = "vpc/securityGroupEgressRule:SecurityGroupEgressRule"
)

func TestNetwork_TasksAreReachedOnlyFromTheLoadBalancer(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		groups := taskGroups(t, r)
		require.Len(t, groups, 1)
		balancer := r.One(t, "lb/loadBalancer:LoadBalancer").Inputs["securityGroups"]
		entrances := 0
		for _, rule := range r.Of(t, ingress, 2) {
			if rule.Inputs["securityGroupId"] != groups[0] {
				continue
			}
			entrances++
			require.Equal(t, []any{rule.Inputs["referencedSecurityGroupId"]}, balancer)
			require.NotContains(t, rule.Inputs, "cidrIpv4")
			require.NotContains(t, rule.Inputs, "cidrIpv6")
			require.InDelta(t, 8080, rule.Inputs["fromPort"], 0)
			require.InDelta(t, 8080, rule.Inputs["toPort"], 0)
		}
		require.Equal(t, 1, entrances)
	})
}

func TestNetwork_SecurityGroupsHaveNoInlineRules(t *testing.T) {
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		r := deployed(t, trial{})
		for _, group := range r.Of(t, "ec2/securityGroup:SecurityGroup", 2) {
			require.NotContains(t, group.Inputs, "ingress", group.Name)
			require.NotContains(t, group.Inputs, "egress", group.Name)
			require.NotEmpty(t, group.Inputs["description"])
		}
	})
}

func TestNetwork_DefaultSecurityGroupIsLockedDown(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		sealed := r.One(t, "ec2/defaultSecurityGroup:DefaultSecurityGroup").Inputs
		require.Equal(t, id(r.One(t, "ec2/vpc:Vpc")), sealed["vpcId"])
		require.NotContains(t, sealed, "ingress")
		require.NotContains(t, sealed, "egress")
	})
	r := deployed(t, trial{changes: existingResources})
	r.Of(t, "ec2/defaultSecurityGroup:DefaultSecurityGroup", 0)
}

func TestNetwork_TasksReachOnlyHTTPS(t *testing.T) {
	r := deployed(t, trial{})
	groups := taskGroups(t, r)
	exits := 0
	for _, rule := range r.Of(t, egress, 2) {
		if rule.Inputs["securityGroupId"] == groups[0] {
			exits++
			require.InDelta(t, 443, rule.Inputs["fromPort"], 0)
			require.InDelta(t, 443, rule.Inputs["toPort"], 0)
		}
	}
	require.Equal(t, 1, exits)
}

func TestNetwork_OnlyAllowedClientsReachTheLoadBalancer(t *testing.T) {
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		r := deployed(t, trial{changes: map[string]string{"allowedCidrs": `["192.0.2.0/24","198.51.100.0/24"]`}})
		var blocks []any
		for _, rule := range r.Of(t, ingress, 3) {
			if block, there := rule.Inputs["cidrIpv4"]; there {
				blocks = append(blocks, block)
				require.InDelta(t, 80, rule.Inputs["fromPort"], 0)
				require.InDelta(t, 80, rule.Inputs["toPort"], 0)
			}
		}
		require.ElementsMatch(t, []any{"192.0.2.0/24", "198.51.100.0/24"}, blocks)
	})
}

func TestNetwork_ZonesDifferAndSubnetsDoNotOverlap(t *testing.T) {
	for zones, text := range map[int]string{2: "2", 3: "3"} {
		r := deployed(t, trial{changes: map[string]string{"zones": text}})
		names, blocks := map[any]bool{}, map[any]bool{}
		var ids []any
		for _, subnet := range r.Of(t, "ec2/subnet:Subnet", zones) {
			names[subnet.Inputs["availabilityZone"]] = true
			blocks[subnet.Inputs["cidrBlock"]] = true
			ids = append(ids, id(subnet))
		}
		require.Len(t, names, zones)
		require.Len(t, blocks, zones)
		require.ElementsMatch(t, ids, r.One(t, "lb/loadBalancer:LoadBalancer").Inputs["subnets"])
		require.ElementsMatch(t, ids, theNetwork(t, r)["subnets"])
		r.Of(t, "ec2/routeTableAssociation:RouteTableAssociation", zones)
	}
}

func TestNetwork_RejectsAnotherVpcCidrForALiveStack(t *testing.T) {
	r, err := deploy(t, trial{stack: "live", changes: map[string]string{"vpcCidr": "10.4.0.0/16"}})
	require.ErrorContains(t, err, `mote:vpcCidr is "10.4.0.0/16", and the stack's VPC vpc-0000000e has 10.0.0.0/16`)
	require.Empty(t, r.Resources)
	deployed(t, trial{stack: "live"})
}

func TestNetwork_ExcludesZonesWithoutFargate(t *testing.T) {
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		r := deployed(t, trial{changes: map[string]string{"excludedZoneIds": `["use1-az3"]`}})
		for _, call := range r.Calls {
			if call.Token == "aws:index/getAvailabilityZones:getAvailabilityZones" {
				require.Equal(t, []any{"use1-az3"}, call.Inputs["excludeZoneIds"])
				return
			}
		}
		t.Fatal("no zones were looked up")
	})
}

func TestNetwork_RejectsMoreZonesThanTheRegionHas(t *testing.T) {
	_, err := deploy(t, trial{changes: map[string]string{"zones": "4"}})
	require.ErrorContains(t, err, "mote:zones is 4: the region has only 3")
}

func TestNetwork_HasNoPaidResourceByDefault(t *testing.T) {
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		inEachOf(t, deployed, func(t *testing.T, r *pulumimocks.Recording) {
			r.Of(t, "ec2/natGateway:NatGateway", 0)
			r.Of(t, "ec2/eip:Eip", 0)
			r.Of(t, "ec2/vpcEndpoint:VpcEndpoint", 0)
		})
	})
}

// theNetwork returns the service's network configuration.
func theNetwork(t testing.TB, r *pulumimocks.Recording) map[string]any {
	t.Helper()
	network, is := r.One(t, "ecs/service:Service").Inputs["networkConfiguration"].(map[string]any)
	require.True(t, is)
	return network
}

// taskGroups returns the security groups of the tasks.
func taskGroups(t testing.TB, r *pulumimocks.Recording) []any {
	t.Helper()
	groups, is := theNetwork(t, r)["securityGroups"].([]any)
	require.True(t, is)
	return groups
}
