package network

import (
	_ "embed"
	"encoding/json"
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
	for _, service := range interfaces(args.Services) {
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
	return n.gatewayEndpoints(ctx, name, args, tables)
}

// endpoints has, by IAM's prefix, the services that a task can reach by an endpoint.
var endpoints = func() (known map[string]serviceEndpoint) {
	if err := json.Unmarshal(endpointsFile, &known); err != nil {
		panic(err) // TestNetwork_EndpointsHaveNames reads it.
	}
	return known
}()

//go:embed endpoints.json
var endpointsFile []byte

// serviceEndpoint is the endpoint of a service. Its name is that of https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html, as far as
// services need it. The regions that lack the service are botocore's: e2e/judge/judge.sh partitions writes them.
type serviceEndpoint struct {
	Name    string   `json:"endpoint"`
	Missing []string `json:"missing"`
}

// gateways are the services with endpoints of the other kind, which are routes and free.
var gateways = []string{"dynamodb", "s3"}

// HasEndpoint says whether there is an endpoint for the service with a prefix of IAM's.
func HasEndpoint(prefix string) bool { return endpoints[prefix].Name != "" }

// LacksService says whether AWS does not have the service with a prefix of IAM's in a region, as far as is known.
func LacksService(prefix, region string) bool {
	return slices.Contains(endpoints[prefix].Missing, region)
}

// interfaces are the endpoints with addresses that tasks need, once each.
func interfaces(services []string) []string {
	all := slices.Clone(always)
	for _, service := range services {
		if name := endpoints[service].Name; !slices.Contains(gateways, name) && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
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

// gatewayEndpoints lets the tasks fetch the layers of images, which ECR keeps in a bucket of AWS, and do what they are permitted in S3 and
// DynamoDB, and nothing else there. These endpoints are free.
func (n *Network) gatewayEndpoints(ctx *pulumi.Context, name string, args *Args, tables pulumi.StringArray) error {
	layers := args.Caller.PublicARN("s3", "prod-"+args.Caller.Region+"-starport-layer-bucket/*")
	fetch := through(iampolicy.Allow("FetchLayers", []string{"s3:GetObject"}, []string{layers}))
	if err := n.gateway(ctx, name, args, tables, "s3", "Tasks to the layers of their image", append(fetch, permitted(args, "s3")...)); err != nil {
		return err
	}
	if statements := permitted(args, "dynamodb"); len(statements) > 0 {
		return n.gateway(ctx, name, args, tables, "dynamodb", "Tasks to DynamoDB", statements)
	}
	return nil
}

// permitted are the statements of an endpoint's policy for the permissions in a service.
func permitted(args *Args, service string) []iampolicy.Statement {
	var of []iampolicy.Permission
	for _, p := range args.Permissions {
		p.Actions = slices.DeleteFunc(slices.Clone(p.Actions), func(action string) bool { return !strings.HasPrefix(action, service+":") })
		if len(p.Actions) > 0 {
			of = append(of, p)
		}
	}
	return through(iampolicy.AllowEach("Permission", of)...)
}

// through makes statements be about the principals that come through the endpoint, which are the tasks.
func through(statements ...iampolicy.Statement) []iampolicy.Statement {
	for i := range statements {
		statements[i].Principal = map[string][]string{"AWS": {"*"}}
	}
	return statements
}

// gateway makes the endpoint of a service that is reached by a route, and lets the tasks out to it.
func (n *Network) gateway(
	ctx *pulumi.Context, name string, args *Args, tables pulumi.StringArray, service, description string, statements []iampolicy.Statement,
) error {
	policy, err := iampolicy.JSON(statements...)
	if err != nil {
		return err
	}
	endpoint, err := ec2.NewVpcEndpoint(ctx, name+"-"+service, &ec2.VpcEndpointArgs{
		VpcId:           n.VpcID,
		ServiceName:     pulumi.String(endpointService(args.Caller, service)),
		VpcEndpointType: pulumi.String("Gateway"),
		RouteTableIds:   tables,
		Policy:          pulumi.String(policy),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("make endpoint of %s: %w", service, err)
	}
	rule, err := vpc.NewSecurityGroupEgressRule(ctx, name+"-tasks-to-"+service, &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: n.TaskGroup,
		PrefixListId:    endpoint.PrefixListId,
		Description:     pulumi.String(description),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(https),
		ToPort:          pulumi.Int(https),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("let tasks out to %s: %w", service, err)
	}
	n.TasksReady = append(n.TasksReady, rule)
	return nil
}
