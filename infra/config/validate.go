package config

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/mote-dev/mote/infra/components/alarms"
	"github.com/mote-dev/mote/infra/components/autoscaling"
	"github.com/mote-dev/mote/infra/components/certificate"
	"github.com/mote-dev/mote/infra/components/loadbalancer"
	"github.com/mote-dev/mote/infra/components/network"
	"github.com/mote-dev/mote/infra/components/registry"
	"github.com/mote-dev/mote/infra/components/service"
)

// The forms of names and ARNs, as AWS gives them.
var (
	// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html, repositoryName.
	repositoryName = regexp.MustCompile(`^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$`)
	endpoint       = regexp.MustCompile(`^[a-z0-9]+(?:[.-][a-z0-9]+)*(?::[0-9]{1,5})?$`)

	vpcID    = regexp.MustCompile(`^vpc-[0-9a-f]{8,17}$`)
	subnetID = regexp.MustCompile(`^subnet-[0-9a-f]{8,17}$`)

	zoneID = regexp.MustCompile(`^[a-z]{2,5}[0-9]-az[0-9]{1,2}$`)

	// The last label has a letter first: one of digits alone would be an address. xn-- begins A-labels (RFC 5890), the last one as well.
	domainName     = regexp.MustCompile(`^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$`)
	certificateArn = regexp.MustCompile(`^arn:aws[a-z-]*:(?:acm|iam):[a-z0-9-]*:[0-9]{12}:(?:certificate|server-certificate)/\S+$`)

	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html; older ones allow TLS 1.0.
	tlsPolicy = regexp.MustCompile(`^ELBSecurityPolicy-TLS13-1-[23](?:-[A-Za-z0-9]+)*-[0-9]{4}-[0-9]{2}$`)
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html, Name.
	loadBalancerName = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$`)
	loadBalancerArn  = regexp.MustCompile(`^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:loadbalancer/app/([^/]+)/[0-9a-z]+$`)
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html, HealthCheckPath.
	healthPath = regexp.MustCompile(`^/[A-Za-z0-9_.$~"'@:+*/?=-]{0,999}$`)
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

	// https://pkg.go.dev/github.com/distribution/reference, with a digest.
	imageByDigest = regexp.MustCompile(`^[a-z0-9]+(?:(?:[._:/-]|__)[a-z0-9]+)*@sha256:[0-9a-f]{64}$`)

	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html, clusterName.
	clusterName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
	// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html, logGroupName.
	logGroupName = regexp.MustCompile(`^[A-Za-z0-9_./#-]{1,512}$`)
	// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html, PolicyName.
	policyName = regexp.MustCompile(`^[A-Za-z0-9+=,.@_-]{1,128}$`)
	keyArn     = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$`)
	// https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap08.html, names. A value may have any character but NUL.
	variable = regexp.MustCompile(`(?s)^([A-Za-z_][A-Za-z0-9_]*)=([^\x00]*)$`)
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html, user.
	user = regexp.MustCompile(`^(?:[0-9]{1,10}|[a-z_][a-z0-9_-]{0,31})(?::(?:[0-9]{1,10}|[a-z_][a-z0-9_-]{0,31}))?$`)

	// A secret's ARN may go on with a key in it, a stage and a version, each after a colon.
	secret = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)=(arn:aws[a-z-]*:(?:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^:\s*]+(?::[^:\s*]*){0,3}|` +
		`ssm:[a-z0-9-]+:[0-9]{12}:parameter/[^:\s*]+))$`)

	// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html, Schedule.
	scheduledAction = regexp.MustCompile(`^((?:cron\((?:[^ ()]+ ){5}[^ ()]+\)|rate\([1-9][0-9]* (?:minute|hour|day)s?\)|` +
		`at\([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\))) ([0-9]{1,4}) ([0-9]{1,4})$`)

	// Only a message shows whether an address exists; this keeps out what SNS refuses.
	email    = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	topicArn = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$`)
)

const (
	// reservedPrefix begins the DNS names of internal load balancers.
	reservedPrefix = "internal-"
	// maxDeployMinutes is what a deployment may take. The limit of the deploying job (.github/workflows/environment.yml) leaves 15 minutes for
	// all else, and ends before its credentials do: a job that ends before its deployment leaves a locked stack behind.
	maxDeployMinutes = 30
	// maxGraceSeconds is how long a task may be unhealthy after its start: within the time of a deployment, so that one that never is healthy ends it.
	maxGraceSeconds = 900
	// startMinutes of a deployment are left for starting and stopping tasks.
	startMinutes = 5
	// maxBakeMinutes is what is left for each wait of a deployment. AWS itself allows a day.
	maxBakeMinutes = maxDeployMinutes - startMinutes
	// maxHSTSSeconds is two years, which the lists of browsers ask for; more says nothing more.
	maxHSTSSeconds = 63072000
)

// retentions are the days that CloudWatch Logs can keep lines for. Forever, its 0, is left out: it is the bill that grows unseen.
var retentions = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

func readRegistry(r *reader) registry.Settings {
	return registry.Settings{
		Layout:         r.required("image", "the folder of an OCI image layout, such as ../target/dist/image"),
		Architecture:   architecture(r),
		Volume:         readVolume(r),
		Existing:       r.matching("existingRepository", repositoryName, "the name of a repository, without its host, such as team/mote"),
		Name:           r.matching("repositoryName", repositoryName, "the name of a repository, without its host, such as team/mote"),
		Endpoint:       r.matching("registryEndpoint", endpoint, "host or host:port, without a scheme"),
		RetentionCount: r.integer("imageRetentionCount", 2, 1000),
		Protected:      r.boolean("deletionProtection"),
	}
}

func architecture(r *reader) string { return r.choice("architecture", "X86_64", "ARM64") }

func readNetwork(r *reader) network.Settings {
	return network.Settings{
		Cidr: r.vpcCidr("vpcCidr"),
		// A load balancer needs two zones; no region has more than six.
		Zones:               r.integer("zones", 2, 6),
		ExcludedZoneIDs:     r.listOf("excludedZoneIds", zoneID, "the id of a zone, such as use1-az3"),
		AllowedCidrs:        r.cidrs("allowedCidrs"),
		ExistingVpc:         r.matching("existingVpc", vpcID, "the id of a VPC, such as vpc-0123456789abcdef0"),
		ExistingSubnets:     r.listOf("existingSubnets", subnetID, "the id of a subnet, such as subnet-0123456789abcdef0"),
		ExistingTaskSubnets: r.listOf("existingTaskSubnets", subnetID, "the id of a subnet, such as subnet-0123456789abcdef0"),
		AssignPublicIP:      r.boolean("assignPublicIp"),
		Egress:              r.choice("egress", network.Public, network.NAT, network.Endpoints),
		TaskCidr:            r.vpcCidr("taskCidr"),
		NATPerZone:          r.boolean("natPerZone"),
	}
}

func readCertificate(r *reader) certificate.Settings {
	return certificate.Settings{
		Domain:     r.domain("domain", "a name such as mote.example.com, in lower case"),
		HostedZone: r.domain("hostedZone", "a zone such as example.com, in lower case"),
		Existing:   r.matching("certificateArn", certificateArn, "the ARN of a certificate in ACM or IAM"),
		SelfSigned: r.boolean("selfSignedCertificate"),
	}
}

func readLoadBalancer(r *reader) loadbalancer.Settings {
	return loadbalancer.Settings{
		HealthPath:          r.matching("healthCheckPath", healthPath, "a path of at most 1000 characters, such as /health"),
		HealthInterval:      r.integer("healthCheckIntervalSeconds", 5, 300),
		HealthTimeout:       r.integer("healthCheckTimeoutSeconds", 2, 120),
		DeregistrationDelay: r.integer("deregistrationDelaySeconds", 0, 3600),
		IdleTimeout:         r.integer("idleTimeoutSeconds", 1, 4000),
		LogsBucket:          r.matching("accessLogsBucket", bucketName, "the name of an S3 bucket, not its ARN"),
		Protected:           r.boolean("deletionProtection"),
		Name:                r.matching("loadBalancerName", loadBalancerName, "at most 32 letters, digits and hyphens, such as team-mote"),
		TLSPolicy:           r.matching("tlsPolicy", tlsPolicy, "a policy with TLS 1.3, such as ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"),
		HSTSSeconds:         r.integer("hstsSeconds", 0, maxHSTSSeconds),
	}
}

func readService(r *reader) service.Settings {
	return service.Settings{
		Architecture: architecture(r),
		CPU:          r.integer("cpu", minCPU, maxCPU),
		Memory:       r.integer("memory", minMemory, maxMemory),
		Port:         r.integer("containerPort", 1, maxPort),
		Own:          r.own(),

		Command:       r.words("command"),
		HealthCommand: readHealthCommand(r),
		User:          readUser(r),
		ReadOnlyRoot:  r.boolean("readOnlyRoot"),
		ScratchSpace:  r.boolean("scratchSpace"),
		Permissions:   readPermissions(r),

		Environment:          readEnvironment(r),
		Secrets:              readSecrets(r),
		SecretsKey:           r.matching("secretsKmsKeyArn", keyArn, "the ARN of a KMS key"),
		Boundary:             r.matching("permissionsBoundary", policyName, "the name of an IAM policy, not its ARN"),
		SpotPercent:          r.integer("spotPercent", 0, 100),
		Rebalanced:           r.boolean("zoneRebalancing"),
		Insights:             r.choice("containerInsights", "disabled", "enabled", "enhanced"),
		StopTimeoutSeconds:   r.stopTimeout(),
		LogRetentionDays:     r.oneOf("logRetentionDays", retentions),
		DeployTimeoutMinutes: r.integer("deployTimeoutMinutes", startMinutes, maxDeployMinutes),
		HealthGraceSeconds:   r.integer("healthCheckGracePeriodSeconds", 0, maxGraceSeconds),
		Rollout:              readRollout(r),
		RollbackOnAlarms:     r.boolean("rollbackOnAlarms"),
		ExistingCluster:      r.matching("existingCluster", clusterName, "the name of a cluster, not its ARN"),
		ExistingLogGroup:     r.matching("existingLogGroup", logGroupName, "the name of a log group, not its ARN"),
		LogGroupName:         r.matching("logGroupName", logGroupName, "the name of a log group, not its ARN"),
	}
}

func readRollout(r *reader) service.Rollout {
	return service.Rollout{
		Strategy:      r.choice("deploymentStrategy", service.Rolling, "blueGreen", "canary", "linear"),
		BakeMinutes:   r.integer("bakeMinutes", 0, maxBakeMinutes),
		CanaryPercent: r.integer("canaryPercent", 1, 99),
		CanaryMinutes: r.integer("canaryMinutes", 0, maxBakeMinutes),
		// AWS refuses steps of less than 3 percent.
		LinearPercent: r.integer("linearPercent", 3, 99),
		LinearMinutes: r.integer("linearMinutes", 0, maxBakeMinutes),
	}
}

// readSecrets takes a list of NAME=ARN. The service's own variables are set by settings, and it refuses others with their prefix.
func readSecrets(r *reader) map[string]string {
	secrets := map[string]string{}
	for _, text := range r.list("secrets") {
		parts := secret.FindStringSubmatch(text)
		if parts == nil {
			r.errorf("secrets", "has %q: each must be NAME=ARN, of a secret or a parameter, without a wildcard", text)
			continue
		}
		name, arn := parts[1], parts[2]
		if secrets[name] != "" || strings.HasPrefix(name, variablePrefix) || given(r, name) {
			r.errorf("secrets", "has %s, which the container gets already: each name must be given once, and none begin with %s", name, variablePrefix)
		}
		secrets[name] = arn
	}
	return secrets
}

// MaxTasks is how many tasks minTasks and maxTasks may be: the targets that a target group holds, as https://docs.aws.amazon.com/general/latest/gr/elb.html has it.
const MaxTasks = 1000

func readAutoscaling(r *reader) autoscaling.Settings {
	return autoscaling.Settings{
		Min:               r.integer("minTasks", 1, MaxTasks),
		Max:               r.integer("maxTasks", 1, MaxTasks),
		CPUPercent:        r.integer("targetCpuPercent", 10, 95),
		MemoryPercent:     r.integer("targetMemoryPercent", 0, 95),
		RequestsPerMinute: r.integer("targetRequestsPerMinute", 0, 1000000),
		Schedule:          readSchedule(r),
		Timezone:          r.timezone("scalingTimezone"),
	}
}

// readSchedule takes a list of times with the bounds that hold from then on.
func readSchedule(r *reader) []autoscaling.ScheduledAction {
	var actions []autoscaling.ScheduledAction
	for _, text := range r.list("scalingSchedule") {
		parts := scheduledAction.FindStringSubmatch(text)
		if parts == nil {
			r.errorf("scalingSchedule", "has %q: each must be a time and two bounds, such as cron(0 7 ? * MON-FRI *) 4 12", text)
			continue
		}
		low, lowErr := strconv.Atoi(parts[2])
		high, highErr := strconv.Atoi(parts[3])
		if lowErr != nil || highErr != nil || high < low || high == 0 {
			r.errorf("scalingSchedule", "has %q: the second bound must be at least the first, and more than 0", text)
		}
		actions = append(actions, autoscaling.ScheduledAction{Schedule: parts[1], Min: low, Max: high})
	}
	return actions
}

func readAlarms(r *reader) alarms.Settings {
	return alarms.Settings{
		Enabled:             r.boolean("alarms"),
		Email:               r.matching("alarmEmail", email, "an address such as team@example.com"),
		Topic:               r.matching("alarmTopicArn", topicArn, "the ARN of an SNS topic"),
		Target5xxPerMinute:  r.integer("alarmTarget5xxPerMinute", 1, 1000000),
		LatencyMilliseconds: r.integer("alarmLatencyMilliseconds", 1, 60000),
	}
}
