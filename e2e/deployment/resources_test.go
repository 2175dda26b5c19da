package deployment

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// existingResources are what an operator had made before the stack came: a network, a cluster, a log group, a secret, a parameter and tables.
type existingResources struct {
	vpc                         string
	subnets                     []string
	secret, parameter           string // their ARNs
	secretValue, parameterValue string
	before                      map[string]string // what AWS says of all of it
}

const (
	theirCluster   = "theirs"
	theirLogGroup  = "/theirs/lines"
	theirParameter = "/theirs/parameter"
	theirDomain    = "mote.example"
)

// surround makes them, with properties that are no default, and writes down what AWS says of them.
func surround(t *testing.T, s status) existingResources {
	t.Helper()
	theirs := existingResources{secretValue: rand.Text(), parameterValue: rand.Text()}
	theirs.vpc = theirs.create(t, s, "CreateVpc&CidrBlock=10.9.0.0/16", "vpcId")
	gateway := theirs.create(t, s, "CreateInternetGateway", "internetGatewayId")
	theirs.ec2(t, s, "AttachInternetGateway&InternetGatewayId="+gateway+"&VpcId="+theirs.vpc)
	routes := theirs.create(t, s, "CreateRouteTable&VpcId="+theirs.vpc, "routeTableId")
	theirs.ec2(t, s, "CreateRoute&DestinationCidrBlock=0.0.0.0/0&GatewayId="+gateway+"&RouteTableId="+routes)
	for i, zone := range []string{"us-east-1a", "us-east-1b"} {
		action := fmt.Sprintf("CreateSubnet&VpcId=%s&AvailabilityZone=%s&CidrBlock=10.9.%d.0/24", theirs.vpc, zone, i)
		subnet := theirs.create(t, s, action, "subnetId")
		theirs.ec2(t, s, "AssociateRouteTable&RouteTableId="+routes+"&SubnetId="+subnet)
		theirs.subnets = append(theirs.subnets, subnet)
	}
	theirs.ec2(t, s, "CreateTags&ResourceId.1="+theirs.vpc+"&Tag.1.Key=owner&Tag.1.Value=operator")
	s.ask(t, listing{"ecs", ecsPrefix + "CreateCluster", `{"clusterName":"` + theirCluster + `","tags":[{"key":"owner","value":"operator"}],
		"settings":[{"name":"containerInsights","value":"enabled"}]}`})
	s.ask(t, listing{"logs", "Logs_20140328.CreateLogGroup", `{"logGroupName":"` + theirLogGroup + `","tags":{"owner":"operator"}}`})
	s.ask(t, listing{"logs", "Logs_20140328.PutRetentionPolicy", `{"logGroupName":"` + theirLogGroup + `","retentionInDays":400}`})
	var made struct{ ARN string }
	answer := s.ask(t, listing{
		"secretsmanager", "secretsmanager.CreateSecret", `{"Name":"theirs","SecretString":"` + theirs.secretValue + `"}`,
	})
	require.NoError(t, json.Unmarshal([]byte(answer), &made))
	theirs.secret = made.ARN
	s.ask(t, listing{
		"ssm", "AmazonSSM.PutParameter", `{"Name":"` + theirParameter + `","Type":"String","Value":"` + theirs.parameterValue + `"}`,
	})
	theirs.parameter = "arn:aws:ssm:us-east-1:000000000000:parameter" + theirParameter
	for _, table := range []string{theirTable, otherTable} {
		s.ask(t, listing{"dynamodb", "DynamoDB_20120810.CreateTable", `{"TableName":"` + table + `","BillingMode":"PAY_PER_REQUEST",
			"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}`})
	}
	theirs.before = theirs.described(t, s)
	return theirs
}

// ecsPrefix begins the targets of ECS.
const ecsPrefix = "AmazonEC2ContainerServiceV20141113."

func (theirs *existingResources) ec2(t *testing.T, s status, action string) string {
	t.Helper()
	return s.ask(t, listing{"ec2", "", "Version=2016-11-15&Action=" + action})
}

// create makes one thing of EC2 and gives its id, which the answer has in an element of the name.
func (theirs *existingResources) create(t *testing.T, s status, action, element string) string {
	t.Helper()
	answer := theirs.ec2(t, s, action)
	found := regexp.MustCompile("<" + element + ">([^<]+)<").FindStringSubmatch(answer)
	require.Len(t, found, 2, "%s: %s", action, answer)
	return found[1]
}

// flags tell a deployment to use them.
func (theirs *existingResources) flags() []string {
	var flags []string
	for _, setting := range []string{
		"existingVpc=" + theirs.vpc, fmt.Sprintf(`existingSubnets=[%q,%q]`, theirs.subnets[0], theirs.subnets[1]),
		"existingCluster=" + theirCluster, "existingLogGroup=" + theirLogGroup,
		fmt.Sprintf(`secrets=["TOKEN=%s","PARAMETER=%s"]`, theirs.secret, theirs.parameter),
		"domain=" + theirDomain, "selfSignedCertificate=true",
	} {
		flags = append(flags, "-set", setting)
	}
	return flags
}

// passing is what an answer has that is about the moment: its own id, and how much was logged or read.
var passing = regexp.MustCompile(`<requestId>[^<]*</requestId>|"(storedBytes|LastAccessedDate)": ?[0-9.]+,?`)

// described is all that AWS says of them, by the question.
func (theirs *existingResources) described(t *testing.T, s status) map[string]string {
	t.Helper()
	inside := "&Filter.1.Name=vpc-id&Filter.1.Value.1=" + theirs.vpc
	texts := map[string]string{}
	for _, action := range []string{
		"DescribeVpcs&VpcId.1=" + theirs.vpc, "DescribeSubnets" + inside, "DescribeRouteTables" + inside, "DescribeNetworkAcls" + inside,
		"DescribeSecurityGroups" + inside, "DescribeInternetGateways&Filter.1.Name=attachment.vpc-id&Filter.1.Value.1=" + theirs.vpc,
		"DescribeVpcAttribute&Attribute=enableDnsSupport&VpcId=" + theirs.vpc,
		"DescribeVpcAttribute&Attribute=enableDnsHostnames&VpcId=" + theirs.vpc,
	} {
		texts[action] = passing.ReplaceAllString(theirs.ec2(t, s, action), "")
	}
	for _, one := range []listing{
		{
			"ecs", ecsPrefix + "DescribeClusters",
			`{"clusters":["` + theirCluster + `"],"include":["ATTACHMENTS","CONFIGURATIONS","SETTINGS","STATISTICS","TAGS"]}`,
		},
		{"logs", "Logs_20140328.DescribeLogGroups", `{"logGroupNamePrefix":"` + theirLogGroup + `"}`},
		{"logs", "Logs_20140328.ListTagsLogGroup", `{"logGroupName":"` + theirLogGroup + `"}`},
		{"secretsmanager", "secretsmanager.DescribeSecret", `{"SecretId":"` + theirs.secret + `"}`},
		{"ssm", "AmazonSSM.GetParameter", `{"Name":"` + theirParameter + `"}`},
	} {
		texts[one.target] = passing.ReplaceAllString(s.ask(t, one), "")
	}
	return texts
}
