// Package settings reads what a user may change and refuses what AWS or the service would refuse later. Its keys, meanings and
// defaults are in Pulumi.yaml; no component reads configuration by itself.
package settings

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
	Registry Registry
	Edge     Edge
	Service  Service
	Scaling  Scaling
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
}

// Network is where the tasks are.
type Network struct {
	Cidr         string
	Zones        int
	AllowedCidrs []string
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
	Protected      bool
}

// Service is how tasks are replaced.
type Service struct {
	DeployTimeoutMinutes int
}

// Scaling is between how many tasks, and at what load.
type Scaling struct {
	Min        int
	Max        int
	CPUPercent int
}

// Load reads the stack's settings. Its error lists every mistake at once.
func Load(ctx *pulumi.Context) (Settings, error) {
	cfg := config.New(ctx, "")
	return Parse(func(key string) (string, bool) {
		value, err := cfg.Try(key)
		return value, err == nil
	})
}

// Parse reads settings through lookup, which returns a key's text as Pulumi keeps it and whether the key is there.
func Parse(lookup func(key string) (string, bool)) (Settings, error) {
	r := &reader{lookup: lookup}
	s := Settings{
		Image:    readImage(r),
		Task:     readTask(r),
		Network:  readNetwork(r),
		Registry: readRegistry(r),
		Edge:     readEdge(r),
		Service:  Service{DeployTimeoutMinutes: r.integer("deployTimeoutMinutes", 5, 120)},
		Scaling:  readScaling(r),
	}
	if len(r.mistakes) > 0 {
		return Settings{}, fmt.Errorf("settings to correct in Pulumi.<stack>.yaml, %d:\n  %s",
			len(r.mistakes), strings.Join(r.mistakes, "\n  "))
	}
	return s, nil
}

func readImage(r *reader) Image {
	return Image{
		Layout:       r.required("image", "the folder of an OCI image layout, such as ../target/dist/image"),
		Architecture: r.choice("architecture", "X86_64", "ARM64"),
	}
}

func readTask(r *reader) Task {
	t := Task{
		CPU:    r.integer("cpu", smallestCPU, largestCPU),
		Memory: r.integer("memory", smallestMemory, largestMemory),
		// The service runs without privileges, and ports below 1024 need them.
		Port:               r.integer("containerPort", 1024, 65535),
		StopTimeoutSeconds: r.integer("stopTimeoutSeconds", 2, 120),
		LogRetentionDays:   r.oneOf("logRetentionDays", retentions),
		Environment:        readEnvironment(r),
	}
	checkSize(r, t.CPU, t.Memory)
	return t
}

func readEnvironment(r *reader) map[string]string {
	environment := map[string]string{
		"MOTE_PORT":      r.text("containerPort"),
		"MOTE_LOG_LEVEL": r.choice("logLevel", "error", "warn", "info", "debug", "trace"),
	}
	if message := r.text("message"); message != "" {
		environment["MOTE_MESSAGE"] = message
	}
	return environment
}

func readNetwork(r *reader) Network {
	return Network{
		Cidr: r.block("vpcCidr", 16, 24),
		// A load balancer needs two zones; no region has more than six.
		Zones:        r.integer("zones", 2, 6),
		AllowedCidrs: r.blocks("allowedCidrs"),
	}
}

func readRegistry(r *reader) Registry {
	return Registry{
		Existing: r.matching("existingRepository", repositoryName,
			"the name of a repository, without its host, such as team/mote"),
		Endpoint:  r.matching("registryEndpoint", endpoint, "host or host:port, without a scheme"),
		Kept:      r.integer("imagesKept", 2, 1000),
		Protected: r.boolean("deletionProtection"),
	}
}

func readEdge(r *reader) Edge {
	e := Edge{
		HealthInterval: r.integer("healthCheckIntervalSeconds", 5, 300),
		HealthTimeout:  r.integer("healthCheckTimeoutSeconds", 2, 120),
		Deregistration: r.integer("deregistrationSeconds", 0, 3600),
		IdleTimeout:    r.integer("idleTimeoutSeconds", 1, 4000),
		Protected:      r.boolean("deletionProtection"),
	}
	if e.HealthTimeout >= e.HealthInterval && e.HealthInterval > 0 {
		r.wrong("healthCheckTimeoutSeconds", "is %d: it must be shorter than healthCheckIntervalSeconds, which is %d",
			e.HealthTimeout, e.HealthInterval)
	}
	return e
}

func readScaling(r *reader) Scaling {
	s := Scaling{
		Min:        r.integer("minTasks", 1, 1000),
		Max:        r.integer("maxTasks", 1, 1000),
		CPUPercent: r.integer("targetCpuPercent", 10, 95),
	}
	if s.Max < s.Min && s.Max > 0 {
		r.wrong("maxTasks", "is %d: it must be at least minTasks, which is %d", s.Max, s.Min)
	}
	return s
}
