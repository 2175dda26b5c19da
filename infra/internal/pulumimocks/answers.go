package pulumimocks

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Region and Account are where a run pretends to be unless it names a partition; the account is the one that AWS uses in its documentation.
const (
	Region  = "eu-central-1"
	Account = "123456789012"
)

// place is where a run pretends to be.
type place struct{ partition, region, dnsSuffix, reverseDNSPrefix string }

// places has one region of each partition, by the partition; no name is the one with most regions.
var places = map[string]place{
	"":           {"aws", Region, "amazonaws.com", "com.amazonaws"},
	"aws":        {"aws", Region, "amazonaws.com", "com.amazonaws"},
	"aws-us-gov": {"aws-us-gov", "us-gov-west-1", "amazonaws.com", "com.amazonaws"},
	"aws-cn":     {"aws-cn", "cn-north-1", "amazonaws.com.cn", "cn.com.amazonaws"},
}

// arn names a resource there.
func (p place) arn(service, resource string) string {
	return "arn:" + p.partition + ":" + service + ":" + p.region + ":" + Account + ":" + resource
}

// host is that of the account's registry.
func (p place) host() string { return Account + ".dkr.ecr." + p.region + "." + p.dnsSuffix }

// Boundary is the policy that each permissions boundary has.
const Boundary = `{"Version":"2012-10-17","Statement":[{"Sid":"Permission1","Effect":"Allow",` +
	`"Action":["dynamodb:GetItem","dynamodb:PutItem"],"Resource":["arn:aws:dynamodb:` + Region + ":" + Account + `:table/notes"]}]}`

// digits stand for those that Pulumi appends to a name that was left to it.
const digits = "-0123456"

// validation is the record by which a certificate's domain is validated.
func validation(given resource.PropertyValue) resource.PropertyValue {
	domain := "example.com"
	if given.IsString() {
		domain = given.StringValue()
	}
	return resource.NewPropertyValue([]any{map[string]any{
		"resourceRecordName": "_validation." + domain, "resourceRecordType": "CNAME", "resourceRecordValue": "_value.example.com",
	}})
}

// state is what a resource has after it was made: its inputs, a name, an ARN, and what a few kinds add.
func (p place) state(args pulumi.MockResourceArgs) resource.PropertyMap {
	known := args.Inputs.Copy()
	if args.TypeToken == "pulumi:pulumi:StackReference" {
		known["outputs"] = resource.NewPropertyValue(shared[args.Name])
		known["secretOutputNames"] = resource.NewPropertyValue([]any{})
		return known
	}
	if _, named := known["name"]; !named {
		known["name"] = resource.NewStringProperty(args.Name + digits)
	}
	name := known["name"].StringValue()
	known["arn"] = resource.NewStringProperty(p.arn("test", args.TypeToken+"/"+name))
	switch args.TypeToken {
	case "aws:ecr/repository:Repository":
		known["repositoryUrl"] = resource.NewStringProperty(p.host() + "/" + name)
		known["registryId"] = resource.NewStringProperty(Account)
	case "aws:lb/loadBalancer:LoadBalancer":
		known["dnsName"] = resource.NewStringProperty(name + ".elb.example.com")
		known["zoneId"] = resource.NewStringProperty("balancers-zone")
		known["arnSuffix"] = resource.NewStringProperty("app/" + name)
	case "aws:lb/targetGroup:TargetGroup":
		known["arnSuffix"] = resource.NewStringProperty("targetgroup/" + name)
	case "aws:acm/certificate:Certificate":
		known["domainValidationOptions"] = validation(known["domainName"])
	case "aws:eks/cluster:Cluster":
		known["endpoint"] = resource.NewStringProperty("https://" + name + ".eks.example.com")
		known["certificateAuthority"] = resource.NewPropertyValue(map[string]any{"data": "authority"})
		known["vpcConfig"].ObjectValue()["clusterSecurityGroupId"] = resource.NewStringProperty("group/" + name)
	case "aws:ec2/vpcEndpoint:VpcEndpoint":
		known["prefixListId"] = resource.NewStringProperty("pl-of-" + args.Name)
	case "aws:ec2/eip:Eip":
		known["allocationId"] = resource.NewStringProperty("address-of-" + args.Name)
	case "aws:amp/workspace:Workspace":
		known["prometheusEndpoint"] = resource.NewStringProperty("https://aps-workspaces." + p.region + "." + p.dnsSuffix + "/workspaces/ws-1/")
	case "aws:grafana/workspace:Workspace":
		known["endpoint"] = resource.NewStringProperty("g-1.grafana-workspace." + p.region + "." + p.dnsSuffix)
	case "aws:route53/record:Record":
		known["fqdn"] = known["name"]
	}
	return known
}

// answer is what a look-up finds.
func (p place) answer(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	known := map[string]any{}
	switch args.Token {
	case "aws:index/getAvailabilityZones:getAvailabilityZones":
		known["names"] = []any{p.region + "a", p.region + "b", p.region + "c"}
	case "aws:index/getRegion:getRegion":
		known["id"] = p.region
	case "aws:index/getPartition:getPartition":
		known["id"], known["partition"] = p.partition, p.partition
		known["dnsSuffix"], known["reverseDnsPrefix"] = p.dnsSuffix, p.reverseDNSPrefix
	case "aws:index/getCallerIdentity:getCallerIdentity":
		known["accountId"] = Account
	case "aws:ecr/getRepository:getRepository":
		name := args.Args["name"].StringValue()
		known["repositoryUrl"] = p.host() + "/" + name
		known["arn"] = p.arn("ecr", "repository/"+name)
		known["registryId"] = Account
	case "aws:ec2/getVpcs:getVpcs", "aws:ec2/getVpc:getVpc", "aws:ec2/getSubnet:getSubnet":
		maps.Copy(known, p.network(args))
	case "aws:ecs/getCluster:getCluster":
		known["arn"] = p.arn("ecs", "cluster/"+args.Args["clusterName"].StringValue())
	case "aws:cloudwatch/getLogGroup:getLogGroup":
		known["arn"] = p.arn("logs", "log-group:"+args.Args["name"].StringValue())
	case "aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider":
		known["arn"] = "arn:" + p.partition + ":iam::" + Account + ":oidc-provider/" + strings.TrimPrefix(args.Args["url"].StringValue(), "https://")
		known["clientIdLists"] = []any{"sts.amazonaws.com"}
	case "aws:iam/getPolicy:getPolicy":
		known["policy"] = Boundary
	case "aws:route53/getZone:getZone":
		known["zoneId"] = "zone-of-" + args.Args["name"].StringValue()
	default:
		return nil, fmt.Errorf("the mocks have no answer for %s", args.Token)
	}
	return resource.NewPropertyMapFromMap(known), nil
}

// network is what a look-up finds of a network that exists.
func (p place) network(args pulumi.MockCallArgs) map[string]any {
	switch args.Token {
	case "aws:ec2/getVpcs:getVpcs":
		return map[string]any{"ids": vpcs(args.Args["tags"].ObjectValue()["stack"].StringValue())}
	case "aws:ec2/getVpc:getVpc":
		return map[string]any{"cidrBlock": "10.0.0.0/16", "id": args.Args["id"].StringValue()}
	default:
		return p.subnet(args.Args["id"].StringValue())
	}
}

// standing answers look-ups about the network that the stack is in already.
func (m *monitor) standing(args pulumi.MockCallArgs) (known resource.PropertyMap, about bool) {
	vpc := m.run.Vpc
	switch args.Token {
	case "aws:ec2/getSecurityGroups:getSecurityGroups":
		ids := []any{}
		if vpc.ID != "" {
			ids = append(ids, vpc.ID, vpc.ID)
		}
		return resource.NewPropertyMapFromMap(map[string]any{"vpcIds": ids}), true
	case "aws:ec2/getVpc:getVpc":
		if vpc.ID == "" || args.Args["id"].StringValue() != vpc.ID {
			return nil, false
		}
		tags := map[string]any{}
		if vpc.Own {
			tags = map[string]any{"project": m.run.Project, "stack": m.run.Stack}
		}
		return resource.NewPropertyMapFromMap(map[string]any{"id": vpc.ID, "cidrBlock": vpc.Cidr, "tags": tags}), true
	default:
		return nil, false
	}
}

// Vpc is the network that the mocks' subnets are in, save for those whose id ends in f.
const Vpc = "vpc-00000001"

// vpcs are those that a stack has made already: one that is called "live" has one, all others have none.
func vpcs(stack string) []any {
	if stack == "live" {
		return []any{"vpc-0000000e"}
	}
	return []any{}
}

// subnet is in zone a, b or c as its id ends.
func (p place) subnet(id string) map[string]any {
	known := map[string]any{"vpcId": Vpc, "availabilityZone": p.region + id[len(id)-1:], "cidrBlock": "172.16." + strconv.Itoa(int(id[len(id)-1])) + ".0/24"}
	if strings.HasSuffix(id, "f") {
		known["vpcId"] = "vpc-0000000f"
	}
	return known
}

// shared are the outputs of stacks that a program can refer to.
var shared = map[string]map[string]any{
	"team/network/whole": {
		"vpcId": Vpc, "publicSubnetIds": []any{"subnet-0000000a", "subnet-0000000b"},
		"privateSubnetIds": []any{"subnet-1000000a", "subnet-1000000c"}, "clusterName": "shared", "hostedZone": "example.com",
		"certificateArn": "arn:aws:acm:" + Region + ":" + Account + ":certificate/shared",
		"alarmTopicArn":  "arn:aws:sns:" + Region + ":" + Account + ":shared", "other": "never looked at",
	},
	"organization/mote/live":      {"rollbackOnAlarms": true},
	"organization/mote/shifted":   {"url": "http://balancer.example.com", "productionRule": "arn:aws:elasticloadbalancing:listener-rule/1"},
	"organization/mote/secured":   {"url": "https://mote.example.com", "productionRule": "arn:aws:elasticloadbalancing:listener-rule/1"},
	"organization/mote/unshifted": {"url": "http://balancer.example.com"},
	"team/network/cluster":        {"clusterName": "shared"},
	"team/network/strange":        {"clusterName": 7},
	"team/network/foreign":        {"other": "never looked at"},
}
