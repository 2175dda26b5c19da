package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// How tasks reach what is outside their network.
const (
	// Public is a public address for each task, in the load balancer's subnets.
	Public = "public"
	// NAT is private subnets with NAT gateways, which reach the internet.
	NAT = "nat"
	// Endpoints is private subnets that reach the services of AWS that tasks need, and nothing else.
	Endpoints = "endpoints"
)

// privateSubnets gives the tasks subnets of their own, where no address is public. They are in a second block of addresses, so that a network which
// has none of them yet keeps its subnets when it gets them.
func (n *Network) privateSubnets(ctx *pulumi.Context, name string, args *Args) error {
	if args.Egress == Public || args.ExistingVpc != "" {
		return nil
	}
	blocks, err := split(args.TaskCidr)
	if err != nil {
		return err
	}
	second, err := ec2.NewVpcIpv4CidrBlockAssociation(ctx, name+"-tasks", &ec2.VpcIpv4CidrBlockAssociationArgs{
		VpcId: n.VpcID, CidrBlock: pulumi.String(args.TaskCidr),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("add addresses for tasks: %w", err)
	}
	var ids, tables pulumi.StringArray
	for i, zone := range n.zones {
		part := fmt.Sprintf("%s-tasks-%d", name, i+1)
		subnet, err := ec2.NewSubnet(ctx, part, &ec2.SubnetArgs{
			// The association's own id of the network makes the subnet wait for its addresses.
			VpcId: second.VpcId, AvailabilityZone: pulumi.String(zone), CidrBlock: pulumi.String(blocks[i]),
		}, pulumi.Parent(n))
		if err != nil {
			return fmt.Errorf("make subnet for tasks: %w", err)
		}
		table, err := n.privateTable(ctx, part, subnet)
		if err != nil {
			return err
		}
		ids, tables = append(ids, subnet.ID()), append(tables, table.ID())
	}
	n.TaskSubnetIDs = ids.ToStringArrayOutput()
	if args.Egress == NAT {
		return n.natGateways(ctx, name, args, tables)
	}
	return n.vpcEndpoints(ctx, name, args, tables)
}

// privateTable gives a subnet a table of its own, which says nothing yet: what is not in the network is not reached.
func (n *Network) privateTable(ctx *pulumi.Context, part string, subnet *ec2.Subnet) (*ec2.RouteTable, error) {
	table, err := ec2.NewRouteTable(ctx, part, &ec2.RouteTableArgs{VpcId: n.VpcID}, pulumi.Parent(n))
	if err != nil {
		return nil, fmt.Errorf("make route table for tasks: %w", err)
	}
	associated, err := ec2.NewRouteTableAssociation(ctx, part, &ec2.RouteTableAssociationArgs{
		SubnetId: subnet.ID(), RouteTableId: table.ID(),
	}, pulumi.Parent(n))
	if err != nil {
		return nil, fmt.Errorf("associate route table for tasks: %w", err)
	}
	n.TasksReady = append(n.TasksReady, associated)
	return table, nil
}

// natGateways makes them in the first zone or in each, and routes the tasks through them.
func (n *Network) natGateways(ctx *pulumi.Context, name string, args *Args, tables pulumi.StringArray) error {
	var gateways []*ec2.NatGateway
	for i := range tables {
		if i == 0 || args.NATPerZone {
			gateway, err := n.natGateway(ctx, fmt.Sprintf("%s-%d", name, i+1), n.public[i])
			if err != nil {
				return err
			}
			gateways = append(gateways, gateway)
		}
		route, err := ec2.NewRoute(ctx, fmt.Sprintf("%s-tasks-%d", name, i+1), &ec2.RouteArgs{
			RouteTableId: tables[i], DestinationCidrBlock: pulumi.String(anywhere), NatGatewayId: gateways[len(gateways)-1].ID(),
		}, pulumi.Parent(n))
		if err != nil {
			return fmt.Errorf("route tasks through NAT gateway: %w", err)
		}
		n.TasksReady = append(n.TasksReady, route)
	}
	return nil
}

// natGateway makes a NAT gateway in a public subnet. Both it and its address need the internet gateway first.
func (n *Network) natGateway(ctx *pulumi.Context, name string, subnet pulumi.StringInput) (*ec2.NatGateway, error) {
	waits := pulumi.DependsOn([]pulumi.Resource{n.internet})
	address, err := ec2.NewEip(ctx, name, &ec2.EipArgs{Domain: pulumi.String("vpc")}, pulumi.Parent(n), waits)
	if err != nil {
		return nil, fmt.Errorf("make address of NAT gateway: %w", err)
	}
	gateway, err := ec2.NewNatGateway(ctx, name, &ec2.NatGatewayArgs{
		AllocationId: address.AllocationId, SubnetId: subnet,
	}, pulumi.Parent(n), waits)
	if err != nil {
		return nil, fmt.Errorf("make NAT gateway: %w", err)
	}
	return gateway, nil
}
