package stack

import (
	"maps"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

const (
	subnetKind   = "ec2/subnet:Subnet"
	endpointKind = "ec2/vpcEndpoint:VpcEndpoint"
	natKind      = "ec2/natGateway:NatGateway"
)

// privateTasks runs a check over both kinds of egress that need no public address.
func privateTasks(t *testing.T, changes map[string]string, check func(t *testing.T, r *pulumimocks.Recording)) {
	t.Helper()
	for _, egress := range []string{"nat", "endpoints"} {
		t.Run(egress, func(t *testing.T) {
			all := map[string]string{"egress": egress, "zones": "3"}
			maps.Copy(all, changes)
			check(t, deployed(t, trial{changes: all}))
		})
	}
}

func TestNetwork_PrivateTasksHaveTheirOwnSubnetsAndNoPublicAddress(t *testing.T) {
	privateTasks(t, nil, func(t *testing.T, r *pulumimocks.Recording) {
		r.Of(t, subnetKind, 6)
		var tasks, balancer []any
		zones := map[any]bool{}
		for _, number := range []string{"1", "2", "3"} {
			own := r.Named(t, subnetKind, "mote-dev-tasks-"+number)
			require.NotEqual(t, true, own.Inputs["mapPublicIpOnLaunch"])
			require.True(t, netip.MustParsePrefix("10.128.0.0/16").Overlaps(netip.MustParsePrefix(own.Inputs["cidrBlock"].(string))))
			zones[own.Inputs["availabilityZone"]] = true
			tasks, balancer = append(tasks, id(own)), append(balancer, id(r.Named(t, subnetKind, "mote-dev-"+number)))
		}
		require.Len(t, zones, 3)
		require.Equal(t, tasks, theNetwork(t, r)["subnets"])
		require.Equal(t, false, theNetwork(t, r)["assignPublicIp"])
		require.Equal(t, balancer, r.One(t, "lb/loadBalancer:LoadBalancer").Inputs["subnets"])
		require.Equal(t, "10.128.0.0/16", r.One(t, "ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation").Inputs["cidrBlock"])
	})
}

func TestNetwork_PrivateSubnetsHaveNoInternetRoute(t *testing.T) {
	privateTasks(t, nil, func(t *testing.T, r *pulumimocks.Recording) {
		for _, number := range []string{"1", "2", "3"} {
			table := r.Named(t, "ec2/routeTable:RouteTable", "mote-dev-tasks-"+number)
			require.NotContains(t, table.Inputs, "routes", "a route to the internet gateway would make the subnet public")
			associated := r.Named(t, "ec2/routeTableAssociation:RouteTableAssociation", "mote-dev-tasks-"+number).Inputs
			require.Equal(t, "mote-dev-tasks-"+number+"-id", associated["subnetId"])
			require.Equal(t, "mote-dev-tasks-"+number+"-id", associated["routeTableId"])
		}
	})
}

func TestNetwork_ChangedEgressKeepsSubnets(t *testing.T) {
	before := deployed(t, trial{})
	for _, egress := range []string{"nat", "endpoints"} {
		after := deployed(t, trial{changes: map[string]string{"egress": egress}})
		for _, kind := range []string{"ec2/vpc:Vpc", subnetKind, "ec2/routeTable:RouteTable", "lb/loadBalancer:LoadBalancer", targetGroup} {
			for _, one := range before.Resources {
				if one.Type == "aws:"+kind {
					require.Equal(t, one.Inputs, after.Named(t, kind, one.Name).Inputs)
				}
			}
		}
	}
}

func TestNetwork_OneNATGatewayOrOnePerZone(t *testing.T) {
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		for perZone, gateways := range map[string][]string{"false": {"1", "1", "1"}, "true": {"1", "2", "3"}} {
			r := deployed(t, trial{changes: map[string]string{"egress": "nat", "zones": "3", "natPerZone": perZone}})
			made := map[string]bool{}
			for i, gateway := range gateways {
				made[gateway] = true
				route := r.Named(t, "ec2/route:Route", "mote-dev-tasks-"+string(rune('1'+i))).Inputs
				require.Equal(t, "0.0.0.0/0", route["destinationCidrBlock"])
				require.Equal(t, "mote-dev-"+gateway+"-id", route["natGatewayId"])
				require.Equal(t, "mote-dev-tasks-"+string(rune('1'+i))+"-id", route["routeTableId"])
			}
			for _, one := range r.Of(t, natKind, len(made)) {
				require.Equal(t, id(one), one.Inputs["subnetId"], "a gateway has the name of its public subnet")
				require.Equal(t, "address-of-"+one.Name, one.Inputs["allocationId"])
				require.True(t, follows(one, "ec2/internetGateway:InternetGateway::mote-dev"))
			}
			r.Of(t, "ec2/eip:Eip", len(made))
			r.Of(t, endpointKind, 0)
		}
	})
}

func TestNetwork_EndpointsReachOnlyWhatTasksNeed(t *testing.T) {
	r := deployed(t, trial{changes: map[string]string{"egress": "endpoints", "secrets": `["A=arn:aws:ssm:eu-central-1:123456789012:parameter/mote"]`}})
	services := map[any]bool{}
	for _, one := range r.Of(t, endpointKind, 5) {
		services[one.Inputs["serviceName"]] = true
		if one.Name == "mote-dev-s3" {
			require.Equal(t, "Gateway", one.Inputs["vpcEndpointType"])
			require.ElementsMatch(t, []any{"mote-dev-tasks-1-id", "mote-dev-tasks-2-id"}, one.Inputs["routeTableIds"])
			allowed := parse(t, one.Inputs["policy"])
			require.Len(t, allowed, 1)
			require.Equal(t, []string{"s3:GetObject"}, allowed[0].Action)
			require.Equal(t, []string{"arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/*"}, allowed[0].Resource)
			continue
		}
		require.Equal(t, "Interface", one.Inputs["vpcEndpointType"])
		require.Equal(t, true, one.Inputs["privateDnsEnabled"])
		require.Equal(t, []any{"mote-dev-endpoints-id"}, one.Inputs["securityGroupIds"])
		require.ElementsMatch(t, []any{"mote-dev-tasks-1-id", "mote-dev-tasks-2-id"}, one.Inputs["subnetIds"])
	}
	require.Equal(t, map[any]bool{
		"com.amazonaws.eu-central-1.ecr.api": true, "com.amazonaws.eu-central-1.ecr.dkr": true, "com.amazonaws.eu-central-1.logs": true,
		"com.amazonaws.eu-central-1.ssm": true, "com.amazonaws.eu-central-1.s3": true,
	}, services)
	exits := map[any]bool{}
	for _, rule := range r.Of(t, egress, 3) {
		require.NotContains(t, rule.Inputs, "cidrIpv4")
		if rule.Inputs["securityGroupId"] == taskGroups(t, r)[0] {
			require.InDelta(t, 443, rule.Inputs["toPort"], 0)
			exits[rule.Inputs["referencedSecurityGroupId"]] = true
			exits[rule.Inputs["prefixListId"]] = true
		}
	}
	require.Equal(t, map[any]bool{"mote-dev-endpoints-id": true, "pl-of-mote-dev-s3": true, nil: true}, exits)
	rule := r.Named(t, ingress, "mote-dev-endpoints-from-tasks").Inputs
	require.Equal(t, taskGroups(t, r)[0], rule["referencedSecurityGroupId"])
	require.InDelta(t, 443, rule["fromPort"], 0)
	r.Of(t, natKind, 0)
}

func TestNetwork_EgressIsReadyBeforeTheFirstTask(t *testing.T) {
	for egress, ready := range map[string][]string{
		"nat":       {"ec2/route:Route::mote-dev-tasks-1", "ec2/route:Route::mote-dev-tasks-2"},
		"endpoints": {"::mote-dev-ecr-api", "::mote-dev-ecr-dkr", "::mote-dev-logs", "::mote-dev-tasks-to-s3"},
	} {
		one := deployed(t, trial{changes: map[string]string{"egress": egress}}).One(t, ecsService)
		for _, ending := range append(ready, "RouteTableAssociation::mote-dev-tasks-2") {
			require.True(t, follows(one, ending), "the service does not wait for %s", ending)
		}
	}
}

func TestConfig_RejectsEgressThatLeadsNowhere(t *testing.T) {
	for wrong, changes := range map[string]map[string]string{
		"mote:assignPublicIp is false": {"assignPublicIp": "false"},
		"mote:natPerZone is true":      {"natPerZone": "true"},
		`mote:egress is "endpoints", and mote`: {
			"egress": "endpoints", "existingVpc": pulumimocks.Vpc, "existingSubnets": `["subnet-0000000a","subnet-0000000b"]`,
		},
	} {
		r, err := deploy(t, trial{changes: changes})
		require.ErrorContains(t, err, wrong)
		require.ErrorContains(t, err, "Pulumi.<stack>.yaml, 1:")
		require.Empty(t, r.Resources)
	}
}
