// Package config reads what a user may change and refuses what AWS or the service would refuse later. Its keys, meanings and
// defaults are in Pulumi.yaml; no component reads configuration by itself.
package config

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

// Settings is everything that a user may change, checked.
type Settings struct {
	Image    Image
	Task     Task
	Network  Network
	Existing Existing
	Names    Names
	Import   Import
	TLS      TLS
	Registry Registry
	Edge     Edge
	Service  Service
	Rollout  Rollout
	Scaling  Scaling
	Alarms   Alarms
}

// Image is what runs and what it is built for.
type Image struct {
	Layout       string
	Architecture string
}

// Task is one running copy of the service. CPU is in units of 1/1024 processor, Memory in MiB.
type Task struct {
	CPU                int
	Memory             int
	Port               int
	StopTimeoutSeconds int
	LogRetentionDays   int
	// Environment is what the service itself reads; a setting that was left empty is not in it.
	Environment map[string]string
	// Secrets have the ARN of each by the name that the container sees. SecretsKey is the ARN of the key that they are encrypted with.
	Secrets    map[string]string
	SecretsKey string
	// Boundary names the policy that the task's roles can never go beyond; empty is none.
	Boundary string
}

// Network is where the tasks are.
type Network struct {
	Cidr         string
	Zones        int
	AllowedCidrs []string
	// PublicAddress gives each task one, where its Egress is public.
	PublicAddress bool
	// Egress is the tasks' way out: public, nat or endpoints. TaskCidr are their addresses in the latter two.
	Egress   string
	TaskCidr string
	// NATPerZone makes a gateway in each zone.
	NATPerZone bool
}

// Existing names what is there already and is used without being changed; what is empty is made.
type Existing struct {
	Vpc         string
	Subnets     []string
	TaskSubnets []string
	Cluster     string
	LogGroup    string
}

// TLS is how clients speak to the load balancer. Without a Domain it is plain HTTP, and the rest is empty.
type TLS struct {
	Domain         string
	HostedZone     string
	CertificateArn string
	SelfSigned     bool
	Policy         string
	HSTSSeconds    int
}

// Registry is where the image is kept. Existing is the name of a repository that is not ours to change; Endpoint stands in for
// the repository's own host.
type Registry struct {
	Existing  string
	Endpoint  string
	Kept      int
	Protected bool
}

// Edge is what stands between the world and the tasks. All times are seconds.
type Edge struct {
	HealthInterval int
	HealthTimeout  int
	Deregistration int
	IdleTimeout    int
	LogsBucket     string
	Protected      bool
}

// Service is how tasks are replaced.
type Service struct {
	DeployTimeoutMinutes int
	SpotPercent          int
	Rebalanced           bool
	// Insights is disabled, enabled or enhanced.
	Insights string
}

// Scaling is between how many tasks, and at what load.
// MemoryPercent and RequestsPerMinute are zero where they are not looked at.
type Scaling struct {
	Min               int
	Max               int
	CPUPercent        int
	MemoryPercent     int
	RequestsPerMinute int
	Schedule          []Shift
	Timezone          string
}

// Shift is a time from which on other bounds hold; Schedule is in the form of AWS, such as cron(0 7 ? * MON-FRI *).
type Shift struct {
	Schedule string
	Min      int
	Max      int
}

// Alarms is who is told of what. Without Wanted the rest means nothing, save for Dashboard, which is a page of its own.
type Alarms struct {
	Wanted              bool
	Email               string
	Topic               string
	Errors              int
	LatencyMilliseconds int
	Rollback            bool
	Dashboard           bool
}

// Load reads the stack's settings. Its error lists every mistake at once.
func Load(ctx *pulumi.Context) (Settings, error) {
	cfg := config.New(ctx, "")
	all, err := share(ctx, func(key string) (string, bool) {
		value, err := cfg.Try(key)
		return value, err == nil
	})
	if err != nil {
		return Settings{}, err
	}
	return Parse(all)
}

// Parse reads settings through lookup, which returns a key's text as Pulumi keeps it and whether the key is there.
func Parse(lookup func(key string) (string, bool)) (Settings, error) {
	r := &reader{lookup: lookup}
	s := Settings{
		Image:    readImage(r),
		Task:     readTask(r),
		Network:  readNetwork(r),
		Existing: readExisting(r),
		TLS:      readTLS(r),
		Registry: readRegistry(r),
		Edge:     readEdge(r),
		Service:  readService(r),
		Scaling:  readScaling(r),
		Alarms:   readAlarms(r),
	}
	r.matching("sharedStack", stackName, "the full name of a stack, such as organization/network/prod")
	checkEgress(r, s.Network, s.Existing)
	s.Names = readNames(r, s.Existing, s.Registry.Existing)
	s.Import = readImport(r, s.Names)
	s.Rollout = readRollout(r, s.Service.DeployTimeoutMinutes, s.Scaling.RequestsPerMinute)
	if len(r.mistakes) > 0 {
		return Settings{}, fmt.Errorf("settings to correct in Pulumi.<stack>.yaml, %d:\n  %s",
			len(r.mistakes), strings.Join(r.mistakes, "\n  "))
	}
	return s, nil
}
