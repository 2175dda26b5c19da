package config

import (
	"slices"
	"strings"

	"github.com/mote-dev/mote/infra/components/certificate"
	"github.com/mote-dev/mote/infra/components/network"
)

// check refuses settings that do not fit together. A setting that was refused by itself is zero here and is not refused twice.
func check(r *reader, c Config) {
	checkSize(r, c.Service.CPU, c.Service.Memory)
	checkExisting(r, c)
	checkEgress(r, c.Network)
	checkPermissions(r, c)
	checkCertificate(r, c.Certificate)
	checkHealth(r, c)
	checkScaling(r, c)
	checkRollout(r, c)
	checkAlarms(r, c)
	checkObservability(r, c)
	checkPlatform(r, c)
}

// What Fargate sells: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
const (
	minCPU    = 256
	maxCPU    = 16384
	minMemory = 512
	maxMemory = 122880
)

// gib is in MiB.
const gib = 1024

// sizes has the memory, in MiB, that each number of CPU units can have.
var sizes = map[int][]int{
	256:   {512, 1 * gib, 2 * gib},
	512:   steps(1, 4, 1),
	1024:  steps(2, 8, 1),
	2048:  steps(4, 16, 1),
	4096:  steps(8, 30, 1),
	8192:  steps(16, 60, 4),
	16384: steps(32, 120, 8),
}

// steps lists the memory from first to last GiB.
func steps(first, last, step int) []int {
	var memory []int
	for value := first; value <= last; value += step {
		memory = append(memory, value*gib)
	}
	return memory
}

// checkSize refuses a pair that Fargate does not sell.
func checkSize(r *reader, cpu, memory int) {
	if cpu == 0 || memory == 0 {
		return
	}
	sold, known := sizes[cpu]
	if !known {
		r.errorf("cpu", "is %d: it must be one of 256, 512, 1024, 2048, 4096, 8192, 16384", cpu)
		return
	}
	if !slices.Contains(sold, memory) {
		r.errorf("memory", "is %d: with %d CPU units it must be one of %v", memory, cpu, sold)
	}
}

// checkExisting refuses half a network, and names for what is not made.
func checkExisting(r *reader, c Config) {
	n := c.Network
	if n.ExistingVpc != "" && len(n.ExistingSubnets) < 2 {
		r.errorf("existingSubnets", "has %d: mote:existingVpc needs at least two of its subnets, in different zones", len(n.ExistingSubnets))
	}
	if n.ExistingVpc == "" && len(n.ExistingSubnets)+len(n.ExistingTaskSubnets) > 0 {
		r.errorf("existingVpc", "is empty, and subnets of it are given: it must be the VPC that they are in")
	}
	r.exclusive("repositoryName", c.Registry.Name, "existingRepository", c.Registry.Existing)
	if name := c.LoadBalancer.Name; strings.HasPrefix(name, reservedPrefix) {
		r.errorf("loadBalancerName", "is %q: AWS keeps names that begin with %s to itself", name, reservedPrefix)
	}
	r.exclusive("logGroupName", c.Service.LogGroupName, "existingLogGroup", c.Service.ExistingLogGroup)
}

// exclusive refuses to name what is not made.
func (r *reader) exclusive(key, value, other, existing string) {
	if value != "" && existing != "" {
		r.errorf(key, "is set, and mote:%s is too: remove one of them, since an existing resource keeps its name", other)
	}
}

// checkEgress refuses egress that leads nowhere, and settings of egress that are not used.
func checkEgress(r *reader, n network.Settings) {
	private := n.Egress == network.NAT || n.Egress == network.Endpoints
	if private && n.ExistingVpc != "" {
		r.errorf("egress", "is %q, and mote:existingVpc is set: an existing network is not changed, so it must be public; "+
			"mote:assignPublicIp says whether tasks have public addresses there", n.Egress)
	}
	if n.Egress == network.Public && !n.AssignPublicIP && n.ExistingVpc == "" && r.is("assignPublicIp", "false") {
		r.errorf("assignPublicIp", "is false, and tasks would reach neither registry nor logs: set mote:egress to nat or endpoints, "+
			"or use an existing network")
	}
	if n.NATPerZone && n.Egress != network.NAT {
		r.errorf("natPerZone", "is true, and mote:egress is %q: it must be nat", n.Egress)
	}
	if private {
		checkTaskCidr(r, n)
	}
}

// maxCertificateName is ACM's limit for the first name of a certificate.
const maxCertificateName = 64

// checkCertificate refuses settings that leave open where the certificate is from, or say it twice.
func checkCertificate(r *reader, c certificate.Settings) {
	if c.Domain == "" {
		r.needsDomain("hostedZone", c.HostedZone != "")
		r.needsDomain("certificateArn", c.Existing != "")
		r.needsDomain("selfSignedCertificate", c.SelfSigned)
		return
	}
	if c.HostedZone == "" && c.Existing == "" && !c.SelfSigned {
		r.errorf("domain", "is %q and has no certificate: set mote:hostedZone, mote:certificateArn or mote:selfSignedCertificate", c.Domain)
	}
	if c.Existing == "" && len(c.Domain) > maxCertificateName {
		r.errorf("domain", "is %q: ACM makes certificates for names of at most %d characters", c.Domain, maxCertificateName)
	}
	if c.Existing != "" && c.SelfSigned {
		r.errorf("selfSignedCertificate", "is true, and mote:certificateArn is set: remove one of them")
	}
	if c.HostedZone != "" && c.Domain != c.HostedZone && !strings.HasSuffix(c.Domain, "."+c.HostedZone) {
		r.errorf("hostedZone", "is %q: it must contain mote:domain, which is %q", c.HostedZone, c.Domain)
	}
}

// needsDomain refuses a setting that does nothing without a domain.
func (r *reader) needsDomain(key string, given bool) {
	if given {
		r.errorf(key, "is set, and mote:domain is not: set mote:domain to the name that clients use")
	}
}

// checkHealth refuses a check that would overlap the next one.
func checkHealth(r *reader, c Config) {
	if interval, timeout := c.LoadBalancer.HealthInterval, c.LoadBalancer.HealthTimeout; timeout >= interval && interval > 0 {
		r.errorf("healthCheckTimeoutSeconds", "is %d: it must be shorter than healthCheckIntervalSeconds, which is %d", timeout, interval)
	}
}

// checkScaling refuses bounds that are no range, and a count of requests that AWS does not keep.
func checkScaling(r *reader, c Config) {
	s := c.Autoscaling
	if s.Max < s.Min && s.Max > 0 {
		r.errorf("maxTasks", "is %d: it must be at least minTasks, which is %d", s.Max, s.Min)
	}
	if rollout := c.Service.Rollout; rollout.ShiftsTraffic() && rollout.Strategy != "" && s.RequestsPerMinute > 0 {
		r.errorf("targetRequestsPerMinute", "is %d: AWS counts requests for one target group, and the deployment strategy %s uses two in turn, "+
			"so it must be 0", s.RequestsPerMinute, rollout.Strategy)
	}
}

// checkRollout sees that the deployment's timeout leaves room for its strategy.
func checkRollout(r *reader, c Config) {
	rollout, timeout := c.Service.Rollout, c.Service.DeployTimeoutMinutes
	if needed := rollout.Minutes() + startMinutes; timeout > 0 && timeout < needed {
		r.errorf("deployTimeoutMinutes", "is %d: the deployment strategy %s waits %d minutes by itself, so it must be at least %d",
			timeout, rollout.Strategy, rollout.Minutes(), needed)
	}
}

// checkAlarms refuses two recipients where there is one, and recipients where there are no alarms.
func checkAlarms(r *reader, c Config) {
	a := c.Alarms
	if a.Email != "" && a.Topic != "" {
		r.errorf("alarmEmail", "is set, and mote:alarmTopicArn is too: remove one of them, since an existing topic is not changed")
	}
	if !a.Enabled && (a.Email != "" || a.Topic != "") {
		r.errorf("alarms", "is false, and mote:alarmEmail or mote:alarmTopicArn is set: it must be true")
	}
}
