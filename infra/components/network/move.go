package network

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// refuseMove ends the run when the stack's security groups are in another network than the settings say. AWS can change neither a network's
// block nor the network of a load balancer, and Pulumi would find that out when half of the stack is replaced.
func (n *Network) refuseMove(ctx *pulumi.Context, _ string, args *Args) error {
	tags := map[string]string{"project": ctx.Project(), "stack": ctx.Stack()}
	groups, err := ec2.GetSecurityGroups(ctx, &ec2.GetSecurityGroupsArgs{Tags: tags}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("look up the stack's security groups: %w", err)
	}
	ids := slices.Clone(groups.VpcIds)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if err := args.refuseOther(ctx, n, id); err != nil {
			return err
		}
	}
	return nil
}

// refuseOther compares one network that the stack is in with the settings.
func (a *Args) refuseOther(ctx *pulumi.Context, parent pulumi.Resource, id string) error {
	const instead = "a stack cannot move to another network: deploy another stack beside it and point clients there, or destroy this one first"
	if a.ExistingVpc != "" {
		if id != a.ExistingVpc {
			return fmt.Errorf("mote:existingVpc is %q, and the stack is in %s: %s", a.ExistingVpc, id, instead)
		}
		return nil
	}
	now, err := ec2.LookupVpc(ctx, &ec2.LookupVpcArgs{Id: &id}, pulumi.Parent(parent))
	if err != nil {
		return fmt.Errorf("look up the stack's network %s: %w", id, err)
	}
	if now.Tags["project"] != ctx.Project() || now.Tags["stack"] != ctx.Stack() {
		return fmt.Errorf("mote:existingVpc is empty, and the stack is in %s: %s", id, instead)
	}
	if now.CidrBlock != a.Cidr {
		return fmt.Errorf("mote:vpcCidr is %q, and the stack's network has %s: %s", a.Cidr, now.CidrBlock, instead)
	}
	return nil
}
