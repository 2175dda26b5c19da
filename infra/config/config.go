// Package config reads the stack's settings and refuses what AWS or the service would refuse later. Their keys, meanings and defaults are
// in Pulumi.yaml; each component declares what it takes in its Settings, and no component reads configuration by itself.
package config

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/mote-dev/mote/infra/components/alarms"
	"github.com/mote-dev/mote/infra/components/autoscaling"
	"github.com/mote-dev/mote/infra/components/certificate"
	"github.com/mote-dev/mote/infra/components/kubernetes"
	"github.com/mote-dev/mote/infra/components/loadbalancer"
	"github.com/mote-dev/mote/infra/components/network"
	"github.com/mote-dev/mote/infra/components/observability"
	"github.com/mote-dev/mote/infra/components/registry"
	"github.com/mote-dev/mote/infra/components/service"
	"github.com/mote-dev/mote/infra/components/taskevents"
)

// Config is everything that a user may change, validated.
type Config struct {
	// Platform is what the service runs on: Fargate or EKS.
	Platform     string
	Kubernetes   kubernetes.Settings
	Registry     registry.Settings
	Network      network.Settings
	Certificate  certificate.Settings
	LoadBalancer loadbalancer.Settings
	Service      service.Settings
	Autoscaling  autoscaling.Settings
	TaskEvents   taskevents.Settings
	Alarms       alarms.Settings
	// Dashboard is whether there is one.
	Dashboard     bool
	Observability observability.Settings
}

// lookup returns a setting's text as Pulumi keeps it, and whether the setting is present.
type lookup = func(key string) (string, bool)

// Load reads the stack's settings. Its error lists every invalid one.
func Load(ctx *pulumi.Context) (Config, error) {
	own := config.New(ctx, "")
	all, err := withStackReference(ctx, func(key string) (string, bool) {
		value, err := own.Try(key)
		return value, err == nil
	})
	if err != nil {
		return Config{}, err
	}
	return Parse(all, present(ctx.Project())...)
}

// Parse reads settings through a lookup. Keys are those that the stack sets; one that is no setting is an error.
func Parse(all lookup, keys ...string) (Config, error) {
	r := newReader(all)
	c := read(r)
	check(r, c)
	checkKnown(r, keys)
	if err := r.err(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// CheckKeys refuses keys that are no settings.
func CheckKeys(keys ...string) error {
	r := newReader(func(string) (string, bool) { return "", false })
	read(r)
	r.errors = nil // Only the names were asked for.
	checkKnown(r, keys)
	return r.err()
}

// read takes every setting.
func read(r *reader) Config {
	c := Config{
		Platform:     readPlatform(r),
		Kubernetes:   readKubernetes(r),
		Registry:     readRegistry(r),
		Network:      readNetwork(r),
		Certificate:  readCertificate(r),
		LoadBalancer: readLoadBalancer(r),
		Service:      readService(r),
		Autoscaling:  readAutoscaling(r),
		TaskEvents:   taskevents.Settings{RetentionDays: r.oneOf("logRetentionDays", retentions)},
		Alarms:       readAlarms(r),
		Dashboard:    r.boolean("dashboard"),

		Observability: readObservability(r),
	}
	r.matching("stackReference", stackName, "the full name of a stack, such as organization/network/prod")
	readImport(r, &c)
	return c
}
