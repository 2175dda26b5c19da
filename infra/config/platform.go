package config

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/mote-dev/mote/infra/components/kubernetes"
	"github.com/mote-dev/mote/infra/components/network"
)

// What the service runs on.
const (
	Fargate = "fargate"
	EKS     = "eks"
)

var (
	// kubernetesVersion is a minor one: EKS chooses the patch.
	kubernetesVersion = regexp.MustCompile(`^1\.[1-9][0-9]$`)
	roleArn           = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,576}$`)
)

// maxAPICidrs is what EKS allows: https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html
const maxAPICidrs = 40

// byNumber is a user and a group as Kubernetes takes them: it does not know the names in an image.
var byNumber = regexp.MustCompile(`^[1-9][0-9]*(?::[1-9][0-9]*)?$`)

// restricted is a setting that has to have one value on EKS, and why.
type restricted struct{ key, value, why string }

// onEKS are the settings whose other values EKS cannot honour.
var onEKS = []restricted{
	{"deploymentStrategy", "rolling", "Kubernetes replaces pods in place"},
	{"rollbackOnAlarms", "false", "Kubernetes does not look at alarms"},
	{"spotPercent", "0", "a share of pods cannot be bound to Spot"},
	{"zoneRebalancing", "false", "pods are spread over the zones when they start, and stay"},
	{"targetRequestsPerMinute", "0", "Kubernetes does not see the load balancer's requests"},
	{"scalingSchedule", "[]", "Kubernetes does not scale by the clock"},
	{"containerInsights", "disabled", "it is ECS's"},
	{"cloudwatchMetrics", "false", "the log of pods does not go to CloudWatch"},
	{"dashboard", "false", "it shows metrics of ECS"},
	{"observability", "none", "the cluster's own Prometheus finds the pods by their annotations"},
	{"existingCluster", "", "it is a cluster of ECS"},
	{"existingLogGroup", "", "the log of pods does not go to CloudWatch"},
	{"logGroupName", "", "the log of pods does not go to CloudWatch"},
}

// readPlatform takes what the service runs on.
func readPlatform(r *reader) string { return r.choice("platform", Fargate, EKS) }

// readKubernetes takes what is said of the cluster.
func readKubernetes(r *reader) kubernetes.Settings {
	const role = "the ARN of an IAM role, such as arn:aws:iam::123456789012:role/mote-prod-deploy"
	return kubernetes.Settings{
		Version:   r.matching("kubernetesVersion", kubernetesVersion, "a version such as 1.36"),
		APICidrs:  r.apiCidrs(),
		AdminArns: r.listOf("kubernetesAdminArns", roleArn, role),
		ViewArns:  r.listOf("kubernetesViewArns", roleArn, role),
	}
}

// apiCidrs takes the networks that reach the API server.
func (r *reader) apiCidrs() []string {
	const key = "kubernetesApiCidrs"
	if is(r.lookup, key, "[]") {
		return nil
	}
	blocks := r.cidrs(key)
	if len(blocks) > maxAPICidrs {
		r.errorf(key, "has %d: EKS takes at most %d", len(blocks), maxAPICidrs)
	}
	return blocks
}

// checkCluster refuses a cluster that no role could change, and settings of one where there is none.
func checkCluster(r *reader, c Config) {
	k := c.Kubernetes
	if c.Platform != EKS {
		for _, one := range []struct {
			key    string
			values []string
		}{{"kubernetesApiCidrs", k.APICidrs}, {"kubernetesAdminArns", k.AdminArns}, {"kubernetesViewArns", k.ViewArns}} {
			if len(one.values) > 0 {
				r.errorf(one.key, "is set, and mote:platform is %s: it is for eks", c.Platform)
			}
		}
		return
	}
	if k.Version == "" {
		r.errorf("kubernetesVersion", "is empty, and mote:platform is eks: it must be a version such as 1.36")
	}
	if len(k.AdminArns) == 0 {
		r.errorf("kubernetesAdminArns", "is empty, and mote:platform is eks: it must have the role that deploys, or no role could change the cluster")
	}
	for _, arn := range k.AdminArns {
		if slices.Contains(k.ViewArns, arn) {
			r.errorf("kubernetesViewArns", "has %q, which is in mote:kubernetesAdminArns: a role has one entry", arn)
		}
	}
}

// checkPlatform refuses settings that the platform cannot honour.
func checkPlatform(r *reader, c Config) {
	checkCluster(r, c)
	if c.Platform != EKS {
		return
	}
	for _, one := range onEKS {
		if value, _ := r.lookup(one.key); !is(r.lookup, one.key, one.value) {
			r.errorf(one.key, "is %q, and mote:platform is eks: it must be %s, since %s", value, shown(one.value), one.why)
		}
	}
	if c.Network.Egress == network.Endpoints {
		r.errorf("egress", "is %q, and mote:platform is eks, whose nodes need more than these: it must be public or nat", c.Network.Egress)
	}
	if user := c.Service.User; user != "" && !byNumber.MatchString(user) {
		r.errorf("user", "is %q, and mote:platform is eks: it must be by number and not 0, since Kubernetes knows no names in an image", user)
	}
}

// shown writes a value as a message can show it.
func shown(value string) string {
	if value == "" {
		return "empty"
	}
	return fmt.Sprintf("%q", value)
}
