package network

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// always are the services that each task needs: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
var always = []string{"ecr.api", "ecr.dkr", "logs"}

// connect brings the services that tasks need into their subnets, and lets the tasks reach these alone.
func (n *Network) connect(ctx *pulumi.Context, name string, args *Args, tables pulumi.StringArray) error {
	group, err := n.group(ctx, name+"-endpoints", "Endpoints: reached from the tasks only")
	if err != nil {
		return err
	}
	if err := n.toEndpoints(ctx, name, group); err != nil {
		return err
	}
	for _, service := range append(always, args.Services...) {
		endpoint, err := ec2.NewVpcEndpoint(ctx, name+"-"+strings.ReplaceAll(service, ".", "-"), &ec2.VpcEndpointArgs{
			VpcId:             n.VpcID,
			ServiceName:       pulumi.Sprintf("com.amazonaws.%s.%s", args.Region, service),
			VpcEndpointType:   pulumi.String("Interface"),
			SubnetIds:         n.TaskSubnetIDs,
			SecurityGroupIds:  pulumi.StringArray{group},
			PrivateDnsEnabled: pulumi.Bool(true),
		}, pulumi.Parent(n))
		if err != nil {
			return fmt.Errorf("make endpoint of %s: %w", service, err)
		}
		n.Ready = append(n.Ready, endpoint)
	}
	return n.toLayers(ctx, name, args, tables)
}

// toEndpoints lets the tasks reach the endpoints, and says so on both sides.
func (n *Network) toEndpoints(ctx *pulumi.Context, name string, group pulumi.StringOutput) error {
	_, err := vpc.NewSecurityGroupEgressRule(ctx, name+"-tasks-to-endpoints", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId:           n.TaskGroup,
		ReferencedSecurityGroupId: group,
		Description:               pulumi.String("Tasks to the endpoints"),
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(https),
		ToPort:                    pulumi.Int(https),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("let tasks out to endpoints: %w", err)
	}
	_, err = vpc.NewSecurityGroupIngressRule(ctx, name+"-endpoints-from-tasks", &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           group,
		ReferencedSecurityGroupId: n.TaskGroup,
		Description:               pulumi.String("Endpoints from the tasks only"),
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(https),
		ToPort:                    pulumi.Int(https),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("let tasks in to endpoints: %w", err)
	}
	return nil
}

// toLayers lets the tasks fetch the layers of images, which ECR keeps in a bucket of AWS, and nothing else of S3. This endpoint is free.
func (n *Network) toLayers(ctx *pulumi.Context, name string, args *Args, tables pulumi.StringArray) error {
	layers, err := iampolicy.JSON(iampolicy.Statement{
		Sid: "FetchLayers", Effect: "Allow", Principal: map[string][]string{"AWS": {"*"}}, Action: []string{"s3:GetObject"},
		Resource: []string{"arn:aws:s3:::prod-" + args.Region + "-starport-layer-bucket/*"},
	})
	if err != nil {
		return err
	}
	endpoint, err := ec2.NewVpcEndpoint(ctx, name+"-s3", &ec2.VpcEndpointArgs{
		VpcId:           n.VpcID,
		ServiceName:     pulumi.Sprintf("com.amazonaws.%s.s3", args.Region),
		VpcEndpointType: pulumi.String("Gateway"),
		RouteTableIds:   tables,
		Policy:          pulumi.String(layers),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("make endpoint of S3: %w", err)
	}
	rule, err := vpc.NewSecurityGroupEgressRule(ctx, name+"-tasks-to-layers", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: n.TaskGroup,
		PrefixListId:    endpoint.PrefixListId,
		Description:     pulumi.String("Tasks to the layers of their image"),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(https),
		ToPort:          pulumi.Int(https),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("let tasks out to layers: %w", err)
	}
	n.Ready = append(n.Ready, rule)
	return nil
}
