package config

import (
	"fmt"
	"regexp"

	"github.com/mote-dev/mote/infra/components/network"
)

// What the service runs on.
const (
	Fargate = "fargate"
	EKS     = "eks"
)

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
	{"secrets", "[]", "ECS reads them, and nothing does so here"},
	{"secretsKmsKeyArn", "", "ECS reads secrets, and nothing does so here"},
	{"existingCluster", "", "it is a cluster of ECS"},
	{"existingLogGroup", "", "the log of pods does not go to CloudWatch"},
	{"logGroupName", "", "the log of pods does not go to CloudWatch"},
}

// readPlatform takes what the service runs on.
func readPlatform(r *reader) string { return r.choice("platform", Fargate, EKS) }

// checkPlatform refuses settings that the platform cannot honour.
func checkPlatform(r *reader, c Config) {
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
