package network

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/callerinfo"
	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// always are the services that each task needs: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
var always = []string{"ecr.api", "ecr.dkr", "logs"}

// vpcEndpoints brings the services that tasks need into their subnets, and lets the tasks reach these alone.
func (n *Network) vpcEndpoints(ctx *pulumi.Context, name string, args *Args, tables pulumi.StringArray) error {
	group, err := n.group(ctx, name+"-endpoints", "Endpoints: reached from the tasks only")
	if err != nil {
		return err
	}
	if err := n.tasksToEndpoints(ctx, name, group); err != nil {
		return err
	}
	for _, service := range append(always, args.Services...) {
		endpoint, err := ec2.NewVpcEndpoint(ctx, name+"-"+strings.ReplaceAll(service, ".", "-"), &ec2.VpcEndpointArgs{
			VpcId:             n.VpcID,
			ServiceName:       pulumi.String(endpointService(args.Caller, service)),
			VpcEndpointType:   pulumi.String("Interface"),
			SubnetIds:         n.TaskSubnetIDs,
			SecurityGroupIds:  pulumi.StringArray{group},
			PrivateDnsEnabled: pulumi.Bool(true),
		}, pulumi.Parent(n))
		if err != nil {
			return fmt.Errorf("make endpoint of %s: %w", service, err)
		}
		n.TasksReady = append(n.TasksReady, endpoint)
	}
	return n.tasksToLayers(ctx, name, args, tables)
}

// chinese are the services whose endpoints in China have names with the partition's own prefix. AWS gives some that prefix and some the
// common one, and says so only by listing them (https://github.com/aws/aws-cdk/pull/25333).
var chinese = []string{"ecr.api", "ecr.dkr"}

// endpointService names a service as endpoints are made for it.
func endpointService(caller callerinfo.Info, service string) string {
	prefix := "com.amazonaws"
	if slices.Contains(chinese, service) {
		prefix = caller.ReverseDNSPrefix
	}
	return prefix + "." + caller.Region + "." + service
}

// tasksToEndpoints lets the tasks reach the endpoints, and says so on both sides.
func (n *Network) tasksToEndpoints(ctx *pulumi.Context, name string, group pulumi.StringOutput) error {
	outbound, err := vpc.NewSecurityGroupEgressRule(ctx, name+"-tasks-to-endpoints", &vpc.SecurityGroupEgressRuleArgs{
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
	inbound, err := vpc.NewSecurityGroupIngressRule(ctx, name+"-endpoints-from-tasks", &vpc.SecurityGroupIngressRuleArgs{
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
	n.TasksReady = append(n.TasksReady, outbound, inbound)
	return nil
}

// tasksToLayers lets the tasks fetch the layers of images, which ECR keeps in a bucket of AWS, and nothing else of S3. This endpoint is free.
func (n *Network) tasksToLayers(ctx *pulumi.Context, name string, args *Args, tables pulumi.StringArray) error {
	layers, err := iampolicy.JSON(iampolicy.Statement{
		Sid: "FetchLayers", Effect: "Allow", Principal: map[string][]string{"AWS": {"*"}}, Action: []string{"s3:GetObject"},
		Resource: []string{args.Caller.PublicARN("s3", "prod-"+args.Caller.Region+"-starport-layer-bucket/*")},
	})
	if err != nil {
		return err
	}
	endpoint, err := ec2.NewVpcEndpoint(ctx, name+"-s3", &ec2.VpcEndpointArgs{
		VpcId:           n.VpcID,
		ServiceName:     pulumi.String(endpointService(args.Caller, "s3")),
		VpcEndpointType: pulumi.String("Gateway"),
		RouteTableIds:   tables,
		Policy:          pulumi.String(layers),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("make endpoint of S3: %w", err)
	}
	rule, err := vpc.NewSecurityGroupEgressRule(ctx, name+"-tasks-to-s3", &vpc.SecurityGroupEgressRuleArgs{
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
	n.TasksReady = append(n.TasksReady, rule)
	return nil
}
