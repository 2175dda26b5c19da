package stack

import (
	"strconv"

	"github.com/mote-dev/mote/infra/internal/project"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// kept are types whose resources hold something, or are known by others: none of them may be replaced or deleted without a word.
var kept = []string{
	"ec2/vpc:Vpc", balancerKind, targetGroup, ecsService, "ecs/cluster:Cluster", repository, "cloudwatch/logGroup:LogGroup", "sns/topic:Topic",
	listenerRule, // It has the weights that ECS set, which Pulumi does not know.
}

// said are words by which a setting's description tells that a change has a price.
var said = []string{"hanging it replaces", "deletes", "cannot be changed"}

// digest is that of an image.
const digest = "@sha256:0000000000000000000000000000000000000000000000000000000000000000"

// values are, by setting, legal values to change between, each with what it needs beside it.
var values = map[string][]map[string]string{
	"existingRepository": {{"existingRepository": ""}, {"existingRepository": "team/mote"}},
	"containerPort":      {{"containerPort": "8080"}, {"containerPort": "8081"}, {"containerPort": "80"}},
	"metricsPort":        {{"metricsPort": "9090"}, {"metricsPort": "0"}, {"metricsPort": "9191"}},
	"secrets": {
		{"secrets": "[]"}, {"secrets": `["A=arn:aws:ssm:eu-central-1:123456789012:parameter/a"]`, "egress": "endpoints"},
		{"secrets": `["A=arn:aws:secretsmanager:eu-central-1:123456789012:secret:a"]`, "egress": "endpoints"},
	},
	"serviceSettings":    {{"serviceSettings": "true"}, {"serviceSettings": "false", "healthCheckCommand": `["NONE"]`}},
	"command":            {{"command": "[]"}, {"command": `["serve"]`}},
	"healthCheckCommand": {{"healthCheckCommand": `["NONE"]`}, {"healthCheckCommand": `["CMD","/bin/true"]`}},
	"environment":        {{"environment": "[]"}, {"environment": `["A=1"]`}},
	"user":               {{"user": "65532:65532"}, {"user": ""}},
	"permissions": {
		{"permissions": "[]"}, {"permissions": permitted}, {"permissions": permitted, "egress": "endpoints"},
		{"permissions": `["s3:GetObject on arn:aws:s3:::notes/a"]`, "egress": "endpoints"},
	},
	"observability": {{"observability": "none"}, {"observability": "prometheus"}, {"observability": "prometheus", "egress": "nat"}},
	"prometheusImage": {
		{"observability": "prometheus"}, {"observability": "prometheus", "prometheusImage": "mirror.example.com/prometheus" + digest},
	},
	"grafanaImage":    {{"observability": "prometheus"}, {"observability": "prometheus", "grafanaImage": "mirror.example.com/grafana" + digest}},
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
		return []map[string]string{{key: strconv.Itoa(current)}, {key: strconv.Itoa(current + 1)}}
	default:
		return nil
	}
}

// untried are settings without two legal values to change between in a recording.
var untried = []string{
	"image", "registryEndpoint", "message", "logLevel", "secretsKmsKeyArn", "scalingTimezone", "excludedZoneIds", "import",
	"logRetentionDays", "targetRequestsPerMinute", "targetMemoryPercent",
	// EKS is refused, so no stack changes to it, or there.
	"platform", "kubernetesVersion", "kubernetesApiCidrs", "kubernetesAdminArns", "kubernetesViewArns",
}
