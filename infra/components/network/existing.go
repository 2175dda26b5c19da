package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// find looks up an existing network. Only our security groups are added to it.
func (n *Network) find(ctx *pulumi.Context, _ string, args *Args) error {
	if _, err := ec2.LookupVpc(ctx, &ec2.LookupVpcArgs{Id: &args.ExistingVpc}, pulumi.Parent(n)); err != nil {
		return fmt.Errorf("mote:existingVpc is %q: look it up: %w", args.ExistingVpc, err)
	}
	n.VpcID = pulumi.String(args.ExistingVpc).ToStringOutput()
	var err error
	if n.SubnetIDs, n.Cidrs, err = n.findSubnets(ctx, args, "existingSubnets", args.ExistingSubnets); err != nil {
		return err
	}
	n.TaskSubnetIDs = n.SubnetIDs
	if len(args.ExistingTaskSubnets) > 0 {
		n.TaskSubnetIDs, _, err = n.findSubnets(ctx, args, "existingTaskSubnets", args.ExistingTaskSubnets)
	}
	return err
}

// findSubnets looks up subnets, which must be of the network and in at least two zones, and returns their blocks as well.
func (n *Network) findSubnets(ctx *pulumi.Context, args *Args, setting string, ids []string) (pulumi.StringArrayOutput, []string, error) {
	zones := map[string]bool{}
	var blocks []string
	none := pulumi.StringArrayOutput{}
	for _, id := range ids {
		subnet, err := ec2.LookupSubnet(ctx, &ec2.LookupSubnetArgs{Id: &id}, pulumi.Parent(n))
		if err != nil {
			return none, nil, fmt.Errorf("mote:%s has %q: look it up: %w", setting, id, err)
		}
		if subnet.VpcId != args.ExistingVpc {
			return none, nil, fmt.Errorf("mote:%s has %q, which is in %s: it must be in mote:existingVpc, %s",
				setting, id, subnet.VpcId, args.ExistingVpc)
		}
		zones[subnet.AvailabilityZone] = true
		blocks = append(blocks, subnet.CidrBlock)
	}
	if len(zones) < 2 {
		return none, nil, fmt.Errorf("mote:%s are in one zone: they must be in two at least", setting)
	}
	return pulumi.ToStringArray(ids).ToStringArrayOutput(), blocks, nil
}
