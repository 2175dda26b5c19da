package stack

import (
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/project"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// replacing has, by type, the inputs that the provider cannot change in place: those that its documentation marks with "Forces new resource".
// A task definition is left out: each is a revision, and the old one stays.
var replacing = map[string][]string{
	"ec2/vpc:Vpc":                     {"cidrBlock"},
	subnetKind:                        {"cidrBlock", "availabilityZone", "vpcId"},
	"ec2/securityGroup:SecurityGroup": {"description", "name", "vpcId"},
	"ec2/routeTable:RouteTable":       {"vpcId"},
	associationKind:                   {"subnetId"},
	"ec2/route:Route":                 {"routeTableId", "destinationCidrBlock"},
	natKind:                           {"allocationId", "subnetId"},
	endpointKind:                      {"vpcId", "serviceName", "vpcEndpointType"},
	"vpc/securityGroupIngressRule:SecurityGroupIngressRule": {"securityGroupId"},
	egressRule: {"securityGroupId"},
	"ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": {"cidrBlock", "vpcId"},
	balancerKind:          {"name", "internal", "loadBalancerType"},
	targetGroup:           {"name", "port", "protocol", "targetType", "vpcId"},
	listeners:             {"loadBalancerArn"},
	listenerRule:          {"listenerArn", "priority"},
	"ecs/cluster:Cluster": {"name"},
	"ecs/clusterCapacityProviders:ClusterCapacityProviders": {"clusterName"},
	ecsService:                  {"cluster", "launchType", "name"},
	repository:                  {"name", "encryptionConfigurations"},
	"iam/role:Role":             {"name", "path"},
	"iam/rolePolicy:RolePolicy": {"role", "name"},
	"iam/rolePolicyAttachment:RolePolicyAttachment":   {"role", "policyArn"},
	"cloudwatch/logGroup:LogGroup":                    {"name"},
	"cloudwatch/logMetricFilter:LogMetricFilter":      {"logGroupName", "name"},
	"cloudwatch/eventTarget:EventTarget":              {"rule"},
	alarm:                                             {"name"},
	"sns/topicSubscription:TopicSubscription":         {"topic", "protocol", "endpoint"},
	"acm/certificate:Certificate":                     {"domainName", "validationMethod"},
	"acm/certificateValidation:CertificateValidation": {"certificateArn", "validationRecordFqdns"},
	"route53/record:Record":                           {"name", "type", "zoneId"},
	"appautoscaling/target:Target":                    {"resourceId", "scalableDimension", "serviceNamespace"},
	"appautoscaling/policy:Policy":                    {"resourceId", "scalableDimension", "serviceNamespace"},
}

// kept are types whose resources hold something, or are known by others: none of them may be replaced or deleted without a word.
var kept = []string{
	"ec2/vpc:Vpc", balancerKind, targetGroup, ecsService, "ecs/cluster:Cluster", repository, "cloudwatch/logGroup:LogGroup", "sns/topic:Topic",
	listenerRule, // It has the weights that ECS set, which Pulumi does not know.
}

// said are words by which a setting's description tells that a change has a price.
var said = []string{"hanging it replaces", "deletes", "cannot be changed"}

// values are, by setting, legal values to change between, each with what it needs beside it.
var values = map[string][]map[string]string{
	"existingRepository": {{"existingRepository": ""}, {"existingRepository": "team/mote"}},
	"containerPort":      {{"containerPort": "8080"}, {"containerPort": "8081"}, {"containerPort": "9000"}},
	"metricsPort":        {{"metricsPort": "9090"}, {"metricsPort": "0"}, {"metricsPort": "9191"}},
	"secrets": {
		{"secrets": "[]"}, {"secrets": `["A=arn:aws:ssm:eu-central-1:123456789012:parameter/a"]`, "egress": "endpoints"},
		{"secrets": `["A=arn:aws:secretsmanager:eu-central-1:123456789012:secret:a"]`, "egress": "endpoints"},
	},
	"cpu":             {{"cpu": "256"}, {"cpu": "512", "memory": "1024"}},
	"memory":          {{"memory": "512"}, {"memory": "1024"}, {"memory": "2048"}},
	"architecture":    {{"architecture": "X86_64"}, {"architecture": "ARM64"}},
	"scalingSchedule": {{"scalingSchedule": "[]"}, {"scalingSchedule": `["cron(0 7 ? * MON-FRI *) 4 12"]`}, {"scalingSchedule": `["cron(0 8 ? * MON-FRI *) 2 6","cron(0 7 ? * MON-FRI *) 4 12"]`}},
	"spotPercent":     {{"spotPercent": "0"}, {"spotPercent": "30"}, {"spotPercent": "100"}, {"existingCluster": "shared"}, {"existingCluster": "shared", "spotPercent": "30"}},
	"zones":           {{"zones": "2"}, {"zones": "3"}, {"zones": "2", "egress": "nat"}, {"zones": "3", "egress": "nat"}},
	"vpcCidr":         {{"vpcCidr": "10.0.0.0/16"}, {"vpcCidr": "10.1.0.0/16"}},
	"allowedCidrs": {
		{"allowedCidrs": `["0.0.0.0/0"]`}, {"allowedCidrs": `["192.0.2.0/24","198.51.100.0/24"]`}, {"allowedCidrs": `["198.51.100.0/24"]`},
	},
	"egress":         {{"egress": "public"}, {"egress": "nat"}, {"egress": "nat", "natPerZone": "true"}, {"egress": "endpoints"}},
	"assignPublicIp": {{"assignPublicIp": "true", "egress": "nat"}, {"assignPublicIp": "false", "egress": "nat"}},
	"taskCidr":       {{"taskCidr": "10.128.0.0/16", "egress": "nat"}, {"taskCidr": "10.129.0.0/16", "egress": "nat"}},
	"natPerZone":     {{"natPerZone": "false", "egress": "nat"}, {"natPerZone": "true", "egress": "nat"}},
	"existingVpc":    {{"existingVpc": ""}, {"existingVpc": pulumimocks.Vpc, "existingSubnets": `["subnet-0000000a","subnet-0000000b"]`}},
	"existingSubnets": {
		{"existingVpc": pulumimocks.Vpc, "existingSubnets": `["subnet-0000000a","subnet-0000000b"]`},
		{"existingVpc": pulumimocks.Vpc, "existingSubnets": `["subnet-0000000a","subnet-0000000c"]`},
	},
	"existingTaskSubnets": {
		{"existingVpc": pulumimocks.Vpc, "existingSubnets": `["subnet-0000000a","subnet-0000000b"]`},
		{"existingVpc": pulumimocks.Vpc, "existingSubnets": `["subnet-0000000a","subnet-0000000b"]`, "existingTaskSubnets": `["subnet-1000000a","subnet-1000000b"]`},
	},
	"stackReference":        {{"stackReference": ""}, {"stackReference": "team/network/cluster"}, {"stackReference": "team/network/whole"}},
	"existingCluster":       {{"existingCluster": ""}, {"existingCluster": "shared"}},
	"existingLogGroup":      {{"existingLogGroup": ""}, {"existingLogGroup": "/team/mote"}},
	"repositoryName":        {{"repositoryName": ""}, {"repositoryName": "team/mote"}},
	"logGroupName":          {{"logGroupName": ""}, {"logGroupName": "/team/mote"}},
	"loadBalancerName":      {{"loadBalancerName": ""}, {"loadBalancerName": "team-mote"}},
	"domain":                {{"domain": ""}, {"domain": "mote.example.com", "hostedZone": "example.com"}, {"domain": "other.example.com", "hostedZone": "example.com"}},
	"hostedZone":            {{"domain": "mote.example.com", "hostedZone": "example.com"}, {"domain": "mote.example.com", "certificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/one"}},
	"selfSignedCertificate": {{"domain": "mote.example.com", "hostedZone": "example.com"}, {"domain": "mote.example.com", "selfSignedCertificate": "true"}},
	"certificateArn": {
		{"domain": "mote.example.com", "certificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/one"},
		{"domain": "mote.example.com", "certificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/two"},
	},
	"tlsPolicy": {
		{"domain": "mote.example.com", "hostedZone": "example.com"},
		{"domain": "mote.example.com", "hostedZone": "example.com", "tlsPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06"},
	},
	"hstsSeconds": {
		{"domain": "mote.example.com", "hostedZone": "example.com"}, {"domain": "mote.example.com", "hostedZone": "example.com", "hstsSeconds": "0"},
	},
	"deploymentStrategy":  {{"deploymentStrategy": "rolling"}, {"deploymentStrategy": "blueGreen"}, {"deploymentStrategy": "canary"}, {"deploymentStrategy": "linear"}},
	"alarms":              {{"alarms": "true"}, {"alarms": "false", "rollbackOnAlarms": "false"}},
	"alarmEmail":          {{"alarmEmail": ""}, {"alarmEmail": "team@example.com"}},
	"alarmTopicArn":       {{"alarmTopicArn": ""}, {"alarmTopicArn": "arn:aws:sns:eu-central-1:123456789012:team"}},
	"containerInsights":   {{"containerInsights": "disabled"}, {"containerInsights": "enhanced"}},
	"accessLogsBucket":    {{"accessLogsBucket": ""}, {"accessLogsBucket": "team-logs"}},
	"healthCheckPath":     {{"healthCheckPath": "/health"}, {"healthCheckPath": "/ready"}},
	"permissionsBoundary": {{"permissionsBoundary": ""}, {"permissionsBoundary": "boundary"}},
}

// pairsOf are a setting's values: those that are listed, or two of its type.
func pairsOf(key string, setting project.Setting) []map[string]string {
	if listed, is := values[key]; is {
		return listed
	}
	switch current := setting.Default.(type) {
	case bool:
		return []map[string]string{{key: "true"}, {key: "false"}}
	case int:
		return []map[string]string{{key: fmt.Sprint(current)}, {key: fmt.Sprint(current + 1)}}
	default:
		return nil
	}
}

// untried are settings without two legal values to change between in a recording.
var untried = []string{
	"image", "registryEndpoint", "message", "logLevel", "secretsKmsKeyArn", "scalingTimezone", "excludedZoneIds", "import",
	"logRetentionDays", "targetRequestsPerMinute", "targetMemoryPercent",
}

// transition is a stack before and after a change of settings.
type transition struct {
	before, after map[string]pulumimocks.Resource
	replaced      map[string]string
}

// newTransition compares two recordings, and finds what must be replaced because what it is made of is.
func newTransition(before, after *pulumimocks.Recording) *transition {
	tr := &transition{before: custom(before), after: custom(after), replaced: map[string]string{}}
	for changed := true; changed; {
		changed = false
		for name, one := range tr.after {
			if _, known := tr.replaced[name]; known || tr.before[name].Type == "" {
				continue
			}
			if why := tr.why(one, tr.before[name]); why != "" {
				tr.replaced[name], changed = why, true
			}
		}
	}
	return tr
}

// custom are the resources of AWS by the end of their URN.
func custom(r *pulumimocks.Recording) map[string]pulumimocks.Resource {
	all := map[string]pulumimocks.Resource{}
	for _, one := range r.Resources {
		if strings.HasPrefix(one.Type, "aws:") {
			all[one.Type+"::"+one.Name] = one
		}
	}
	return all
}

// why says which input replaces a resource, if one does.
func (tr *transition) why(now, then pulumimocks.Resource) string {
	for _, property := range replacing[strings.TrimPrefix(now.Type, "aws:")] {
		if slices.Contains(now.Options.GetIgnoreChanges(), property) {
			continue
		}
		if !reflect.DeepEqual(now.Inputs[property], then.Inputs[property]) {
			return fmt.Sprintf("%s: %v -> %v", property, then.Inputs[property], now.Inputs[property])
		}
		for _, on := range dependencies(now, property) {
			if tr.replaced[on] != "" {
				return property + " of " + on
			}
		}
	}
	return ""
}

// dependencies are the resources that an input is made of.
func dependencies(one pulumimocks.Resource, property string) []string {
	var all []string
	for _, urn := range one.Options.GetPropertyDependencies()[property].GetUrns() {
		parts := strings.SplitN(urn, "::", 4)
		all = append(all, parts[2][strings.LastIndex(parts[2], "$")+1:]+"::"+parts[3])
	}
	return all
}

// faults are resources that hold something, or are known by others, and go.
func (tr *transition) faults() (faults []string) {
	for name, one := range tr.before {
		if !slices.Contains(kept, strings.TrimPrefix(one.Type, "aws:")) {
			continue
		}
		if why := tr.replaced[name]; why != "" {
			faults = append(faults, "replaces "+name+" ("+why+")")
		} else if tr.after[name].Type == "" {
			faults = append(faults, "deletes "+name)
		}
	}
	return faults
}

// refusals are what AWS would refuse, whatever is said.
func (tr *transition) refusals() (refusals []string) {
	for name, one := range tr.after {
		fresh := tr.before[name].Type == "" || tr.replaced[name] != ""
		for _, property := range one.Options.GetIgnoreChanges() {
			for _, on := range dependencies(one, property) {
				if tr.replaced[on] != "" && !fresh {
					refusals = append(refusals, name+" ignores "+property+", which is of "+on+", which is replaced")
				}
			}
		}
		if fixed, _ := one.Inputs["name"].(string); fixed != "" && tr.replaced[name] != "" && fixed == tr.before[name].Inputs["name"] &&
			!one.Options.GetDeleteBeforeReplace() {
			refusals = append(refusals, name+" is replaced under the same name, which the old one has until the new one is there")
		}
		if fresh || !reflect.DeepEqual(one.Inputs, tr.before[name].Inputs) {
			refusals = append(refusals, tr.collisions(name, one)...)
		}
	}
	return refusals
}

// collisions are with what is still there when a resource is made or changed: what goes, goes last.
func (tr *transition) collisions(name string, one pulumimocks.Resource) (collisions []string) {
	for other, old := range tr.before {
		if old.Type != one.Type || other == name && tr.replaced[name] == "" {
			continue
		}
		switch strings.TrimPrefix(one.Type, "aws:") {
		case subnetKind:
			mine, theirs := netip.MustParsePrefix(one.Inputs["cidrBlock"].(string)), netip.MustParsePrefix(old.Inputs["cidrBlock"].(string))
			if mine.Overlaps(theirs) {
				collisions = append(collisions, name+" overlaps "+other)
			}
		case "vpc/securityGroupIngressRule:SecurityGroupIngressRule", egressRule:
			if other != name && sameRule(one.Inputs, old.Inputs) {
				collisions = append(collisions, name+" says what "+other+" still says")
			}
		}
	}
	return collisions
}

// sameRule compares what AWS tells rules of security groups apart by.
func sameRule(one, other map[string]any) bool {
	for _, property := range []string{"securityGroupId", "ipProtocol", "fromPort", "toPort", "cidrIpv4", "referencedSecurityGroupId", "prefixListId"} {
		if !reflect.DeepEqual(one[property], other[property]) {
			return false
		}
	}
	return true
}

// standing is the network that a recorded stack is in.
func standing(r *pulumimocks.Recording) pulumimocks.StandingVpc {
	for _, one := range r.Resources {
		if one.Type == "aws:ec2/vpc:Vpc" {
			return pulumimocks.StandingVpc{ID: "vpc-0000000e", Cidr: one.Inputs["cidrBlock"].(string), Own: true}
		}
	}
	return pulumimocks.StandingVpc{ID: pulumimocks.Vpc, Cidr: "10.0.0.0/16"}
}

// TestTransitions_NothingKeptGoesWithoutAWord changes each setting from each of its values to each other, in a stack that replaces tasks in
// place and in one that shifts traffic.
func TestTransitions_NothingKeptGoesWithoutAWord(t *testing.T) {
	settings, err := project.Settings("..")
	require.NoError(t, err)
	changes, refused := 0, 0
	for _, strategy := range []string{"rolling", "blueGreen"} {
		for key, setting := range settings {
			pairs := pairsOf(key, setting)
			if slices.Contains(untried, key) {
				continue
			}
			require.Greater(t, len(pairs), 1, "%s has no two values to change between", key)
			for i, from := range pairs {
				before := beforehand(t, strategy, from)
				for j, to := range pairs {
					if i == j {
						continue
					}
					changes++
					wordless := !slices.ContainsFunc(said, func(word string) bool { return strings.Contains(setting.Description, word) })
					if tryTransition(t, key, strategy, before, from, to, wordless) {
						refused++
					}
				}
			}
		}
	}
	require.Greater(t, changes, 200)
	require.Positive(t, refused)
}

// shiftingBy adds what both stacks of a transition have.
func shiftingBy(strategy string, changes map[string]string) map[string]string {
	all := map[string]string{"deploymentStrategy": strategy, "deletionProtection": "false"}
	maps.Copy(all, changes)
	return all
}

// beforehand records the stack that is changed.
func beforehand(t *testing.T, strategy string, from map[string]string) *pulumimocks.Recording {
	t.Helper()
	before, err := deploy(t, trial{stack: "prod", changes: shiftingBy(strategy, from), preview: true})
	require.NoError(t, err, "%v", from)
	return before
}

// tryTransition changes a stack, and says whether that was refused.
func tryTransition(t *testing.T, key, strategy string, before *pulumimocks.Recording, from, to map[string]string, wordless bool) (refused bool) {
	t.Helper()
	after, err := deploy(t, trial{stack: "prod", changes: shiftingBy(strategy, to), preview: true, vpc: standing(before)})
	if err != nil {
		require.ErrorContains(t, err, "deploy another stack beside it", "%s %v", key, to)
		return true
	}
	tr := newTransition(before, after)
	if faults := tr.faults(); wordless && len(faults) > 0 {
		t.Errorf("%s (%s) from %v to %v, and its description says nothing of it: %v", key, strategy, from, to, faults)
	}
	if refusals := tr.refusals(); len(refusals) > 0 {
		t.Errorf("%s (%s) from %v to %v: %v", key, strategy, from, to, refusals)
	}
	return false
}
