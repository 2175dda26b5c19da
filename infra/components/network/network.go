// Package network lays out the addresses: a VPC over several zones, and who may talk to whom in it.
//
// By default the subnets are public and there is no NAT gateway, which would cost more than the tasks do. What keeps clients from the
// tasks is their security group, which lets in the load balancer alone.
package network

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/callerinfo"
	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// Settings are what a user may choose.
type Settings struct {
	// Cidr is the IPv4 block of the whole network; each zone gets an equal part of it.
	Cidr  string
	Zones int
	// ExcludedZoneIDs are zones that have no Fargate, or none for the processor.
	ExcludedZoneIDs []string
	// AllowedCidrs may reach the load balancer.
	AllowedCidrs []string
	// ExistingVpc is the id of a network that is used and not changed, with the ids of its subnets: ExistingSubnets for the load
	// balancer and, unless ExistingTaskSubnets are given, for the tasks.
	ExistingVpc         string
	ExistingSubnets     []string
	ExistingTaskSubnets []string
	// Egress is how tasks reach what is outside: Public, NAT or Endpoints. For the latter two TaskCidr are the addresses of their private subnets.
	Egress   string
	TaskCidr string
	// NATPerZone makes a gateway in each zone instead of one for all.
	NATPerZone bool
	// AssignPublicIP gives each task a public address where Egress is Public.
	AssignPublicIP bool
}

// TasksArePublic says whether each task gets a public address.
func (s Settings) TasksArePublic() bool { return s.AssignPublicIP && s.Egress == Public }

// Args are the settings and what the stack adds to them.
type Args struct {
	Settings

	// Port is the one that tasks listen on.
	Port int
	// ListenerPorts are those of the load balancer.
	ListenerPorts []int
	// Services are those of AWS that tasks need beside registry, logs and image layers, such as secretsmanager, by IAM's prefixes; Permissions
	// are what tasks may do in them. Caller says where.
	Services    []string
	Permissions []iampolicy.Permission
	Caller      callerinfo.Info
}

// Network is the component; its fields are what others build on.
type Network struct {
	pulumi.ResourceState

	VpcID             pulumi.StringOutput      `pulumi:"vpcId"`
	SubnetIDs         pulumi.StringArrayOutput `pulumi:"subnetIds"`
	TaskSubnetIDs     pulumi.StringArrayOutput `pulumi:"taskSubnetIds"`
	LoadBalancerGroup pulumi.StringOutput      `pulumi:"loadBalancerGroup"`
	TaskGroup         pulumi.StringOutput      `pulumi:"taskGroup"`

	// Cidrs are the blocks of SubnetIDs, from which the load balancer asks.
	Cidrs []string

	// InternetReady is what traffic from and to the internet needs: a load balancer has to wait for it, and to be gone before it goes. It is
	// nothing where the network is not ours. The associations bring their route table and its gateway with them.
	InternetReady []pulumi.Resource
	// TasksReady is what tasks need to be reached and to reach the registry; the service has to wait for it. What the load balancer waits for is
	// not in it, since the service waits for that.
	TasksReady []pulumi.Resource

	zones    []string
	public   pulumi.StringArray
	internet *ec2.InternetGateway
}

// New makes the network.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Network, error) {
	if err := check(args); err != nil {
		return nil, fmt.Errorf("check network: %w", err)
	}
	component := &Network{}
	if err := ctx.RegisterComponentResource("fargate:network:Network", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register network: %w", err)
	}
	if err := component.provision(ctx, name, args); err != nil {
		return nil, fmt.Errorf("provision network: %w", err)
	}
	return component, component.outputs(ctx)
}

func check(args *Args) error {
	if args.Port == 0 {
		return errors.New("the tasks' port is missing")
	}
	if len(args.ListenerPorts) == 0 || len(args.AllowedCidrs) == 0 {
		return errors.New("the load balancer's ports and its clients' addresses are missing")
	}
	if args.ExistingVpc != "" {
		return nil
	}
	if args.Egress == Endpoints && args.Caller.Region == "" {
		return errors.New("endpoints are of a region, which is missing")
	}
	if args.Zones < 2 {
		return errors.New("a load balancer needs at least two zones")
	}
	_, err := split(args.Cidr)
	return err
}

func (n *Network) provision(ctx *pulumi.Context, name string, args *Args) error {
	addresses := n.create
	if args.ExistingVpc != "" {
		addresses = n.find
	}
	for _, step := range []func(*pulumi.Context, string, *Args) error{n.refuseMove, addresses, n.groups, n.privateSubnets} {
		if err := step(ctx, name, args); err != nil {
			return err
		}
	}
	return nil
}

func (n *Network) create(ctx *pulumi.Context, name string, args *Args) error {
	vpc, err := ec2.NewVpc(ctx, name, &ec2.VpcArgs{
		CidrBlock:          pulumi.String(args.Cidr),
		EnableDnsHostnames: pulumi.Bool(true),
		EnableDnsSupport:   pulumi.Bool(true),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("make VPC: %w", err)
	}
	n.VpcID = vpc.ID().ToStringOutput()
	if err := n.lockDownDefaultGroup(ctx, name); err != nil {
		return err
	}
	table, err := n.routes(ctx, name)
	if err != nil {
		return err
	}
	return n.subnets(ctx, name, args, table)
}

// routes makes the routes to the internet: what is not in the network goes through the internet gateway.
func (n *Network) routes(ctx *pulumi.Context, name string) (*ec2.RouteTable, error) {
	gateway, err := ec2.NewInternetGateway(ctx, name, &ec2.InternetGatewayArgs{VpcId: n.VpcID}, pulumi.Parent(n))
	if err != nil {
		return nil, fmt.Errorf("make internet gateway: %w", err)
	}
	n.internet = gateway
	table, err := ec2.NewRouteTable(ctx, name, &ec2.RouteTableArgs{
		VpcId: n.VpcID,
		Routes: ec2.RouteTableRouteArray{&ec2.RouteTableRouteArgs{
			CidrBlock: pulumi.String(anywhere),
			GatewayId: gateway.ID(),
		}},
	}, pulumi.Parent(n))
	if err != nil {
		return nil, fmt.Errorf("make route table: %w", err)
	}
	return table, nil
}

// subnets makes one subnet in each of the region's first zones.
func (n *Network) subnets(ctx *pulumi.Context, name string, args *Args, table *ec2.RouteTable) error {
	zones, err := availableZones(ctx, args)
	if err != nil {
		return err
	}
	blocks, err := split(args.Cidr)
	if err != nil {
		return err
	}
	n.zones, n.Cidrs = zones, blocks[:len(zones)]
	for i, zone := range zones {
		part := fmt.Sprintf("%s-%d", name, i+1)
		subnet, err := ec2.NewSubnet(ctx, part, &ec2.SubnetArgs{
			VpcId:            n.VpcID,
			AvailabilityZone: pulumi.String(zone),
			CidrBlock:        pulumi.String(blocks[i]),
		}, pulumi.Parent(n))
		if err != nil {
			return fmt.Errorf("make subnet: %w", err)
		}
		n.public = append(n.public, subnet.ID())
		associated, err := ec2.NewRouteTableAssociation(ctx, part, &ec2.RouteTableAssociationArgs{
			SubnetId:     subnet.ID(),
			RouteTableId: table.ID(),
		}, pulumi.Parent(n))
		if err != nil {
			return fmt.Errorf("associate route table: %w", err)
		}
		n.InternetReady = append(n.InternetReady, associated)
	}
	n.SubnetIDs = n.public.ToStringArrayOutput()
	n.TaskSubnetIDs = n.SubnetIDs
	return nil
}

// availableZones returns the names of the region's first zones. Local and wavelength zones, which must be opted into, have no Fargate.
func availableZones(ctx *pulumi.Context, args *Args) ([]string, error) {
	state := "available"
	found, err := aws.GetAvailabilityZones(ctx, &aws.GetAvailabilityZonesArgs{
		State:          &state,
		ExcludeZoneIds: args.ExcludedZoneIDs,
		Filters: []aws.GetAvailabilityZonesFilter{
			{Name: "opt-in-status", Values: []string{"opt-in-not-required"}},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("look up availability zones: %w", err)
	}
	if len(found.Names) < args.Zones {
		return nil, fmt.Errorf("mote:zones is %d: the region has only %d (%v)", args.Zones, len(found.Names), found.Names)
	}
	return found.Names[:args.Zones], nil
}

func (n *Network) outputs(ctx *pulumi.Context) error {
	return ctx.RegisterResourceOutputs(n, pulumi.Map{
		"vpcId":             n.VpcID,
		"subnetIds":         n.SubnetIDs,
		"taskSubnetIds":     n.TaskSubnetIDs,
		"loadBalancerGroup": n.LoadBalancerGroup,
		"taskGroup":         n.TaskGroup,
	})
}
