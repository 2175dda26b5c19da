package network

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// hyphens stand for what a block has and a name may not.
var hyphens = strings.NewReplacer(".", "-", "/", "-")

const (
	anywhere = "0.0.0.0/0"
	https    = 443
)

// groups makes the two security groups and the only ways through them. The names of the rules say which.
func (n *Network) groups(ctx *pulumi.Context, name string, args *Args) error {
	var err error
	if n.LoadBalancerGroup, err = n.group(ctx, name+"-load-balancer", "Load balancer: reached by its clients, reaches the tasks"); err != nil {
		return err
	}
	if n.TaskGroup, err = n.group(ctx, name+"-tasks", "Tasks: reached from the load balancer only"); err != nil {
		return err
	}
	if err := n.fromClients(ctx, name, args); err != nil {
		return err
	}
	if err := n.betweenGroups(ctx, name, args); err != nil {
		return err
	}
	if args.Egress == Endpoints {
		return nil // The endpoints bring their own.
	}
	return n.tasksToHTTPS(ctx, name)
}

// lockDownDefaultGroup takes all rules from the group that AWS gives each network. What names no group is in it, and its members reach
// each other.
func (n *Network) lockDownDefaultGroup(ctx *pulumi.Context, name string) error {
	_, err := ec2.NewDefaultSecurityGroup(ctx, name, &ec2.DefaultSecurityGroupArgs{VpcId: n.VpcID}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("lock down default security group: %w", err)
	}
	return nil
}

func (n *Network) group(ctx *pulumi.Context, name, description string) (pulumi.StringOutput, error) {
	group, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		VpcId:       n.VpcID,
		Description: pulumi.String(description),
	}, pulumi.Parent(n))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("make security group: %w", err)
	}
	return group.ID().ToStringOutput(), nil
}

// fromClients lets each allowed block reach each listener. The rules' names have the blocks: a number would give one rule another's block while
// that one is still there, which AWS refuses as a duplicate.
func (n *Network) fromClients(ctx *pulumi.Context, name string, args *Args) error {
	for _, port := range args.ListenerPorts {
		for _, block := range args.AllowedCidrs {
			_, err := vpc.NewSecurityGroupIngressRule(ctx, fmt.Sprintf("%s-clients-%d-%s", name, port, hyphens.Replace(block)),
				&vpc.SecurityGroupIngressRuleArgs{
					SecurityGroupId: n.LoadBalancerGroup,
					Description:     pulumi.String("Allowed clients to the listener"),
					IpProtocol:      pulumi.String("tcp"),
					FromPort:        pulumi.Int(port),
					ToPort:          pulumi.Int(port),
					CidrIpv4:        pulumi.String(block),
				}, pulumi.Parent(n))
			if err != nil {
				return fmt.Errorf("open listener: %w", err)
			}
		}
	}
	return nil
}

// betweenGroups lets the load balancer reach the tasks' port, and says so on both sides. The rules' names have the port: another port has
// rules of its own, made before those of the old port go, so that old tasks are reached until new ones have replaced them.
func (n *Network) betweenGroups(ctx *pulumi.Context, name string, args *Args) error {
	outbound, err := vpc.NewSecurityGroupEgressRule(ctx, fmt.Sprintf("%s-load-balancer-to-tasks-%d", name, args.Port), &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId:           n.LoadBalancerGroup,
		ReferencedSecurityGroupId: n.TaskGroup,
		Description:               pulumi.String("Load balancer to the tasks"),
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(args.Port),
		ToPort:                    pulumi.Int(args.Port),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("let load balancer out: %w", err)
	}
	inbound, err := vpc.NewSecurityGroupIngressRule(ctx, fmt.Sprintf("%s-tasks-from-load-balancer-%d", name, args.Port), &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           n.TaskGroup,
		ReferencedSecurityGroupId: n.LoadBalancerGroup,
		Description:               pulumi.String("Tasks from the load balancer only"),
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(args.Port),
		ToPort:                    pulumi.Int(args.Port),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("let load balancer in: %w", err)
	}
	n.TasksReady = append(n.TasksReady, outbound, inbound)
	return nil
}

// tasksToHTTPS lets the tasks out to the registry and the log service, which speak HTTPS. Names are resolved by the VPC's own resolver,
// which no security group is in front of.
func (n *Network) tasksToHTTPS(ctx *pulumi.Context, name string) error {
	outbound, err := vpc.NewSecurityGroupEgressRule(ctx, name+"-tasks-to-https", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: n.TaskGroup,
		Description:     pulumi.String("Tasks to the registry and the logs"),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(https),
		ToPort:          pulumi.Int(https),
		CidrIpv4:        pulumi.String(anywhere),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("let tasks out: %w", err)
	}
	n.TasksReady = append(n.TasksReady, outbound)
	return nil
}
