// Package stack wires the components together. It is the whole deployment, for `pulumi up` and for whoever else runs it.
package stack

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/components/autoscaling"
	"github.com/mote-dev/mote/infra/components/loadbalancer"
	"github.com/mote-dev/mote/infra/components/network"
	"github.com/mote-dev/mote/infra/components/registry"
	"github.com/mote-dev/mote/infra/components/service"
	"github.com/mote-dev/mote/infra/components/taskevents"
	"github.com/mote-dev/mote/infra/config"
	"github.com/mote-dev/mote/infra/internal/names"
	"github.com/mote-dev/mote/infra/internal/tags"
)

// Deploy makes one environment of mote and exports what others need to know of it.
func Deploy(ctx *pulumi.Context) error {
	chosen, err := config.Load(ctx)
	if err != nil {
		return err
	}
	results, err := build(ctx, chosen)
	if err != nil {
		return err
	}
	for name, value := range results {
		ctx.Export(name, value)
	}
	return nil
}

// environment is one deployment while it is made: what was chosen, what was found, and the components that later ones build on.
type environment struct {
	ctx     *pulumi.Context
	name    string
	chosen  config.Settings
	found   *surroundings
	images  *registry.Registry
	network *network.Network
	edge    *loadbalancer.Edge
	stops   *taskevents.Stops
	// blamed names the alarms that a new version can be blamed for; it is nil where there are none.
	blamed pulumi.StringArrayInput
	// alarms are the ARNs of all alarms; it is nil where there are none.
	alarms  pulumi.StringArrayInput
	service *service.Service
	// dashboard is the name of the dashboard, if there is one.
	dashboard pulumi.StringInput
}

// build makes the components in the order in which they need each other, and returns the stack's outputs.
func build(ctx *pulumi.Context, chosen config.Settings) (pulumi.Map, error) {
	if err := tags.Register(ctx); err != nil {
		return nil, fmt.Errorf("register tags: %w", err)
	}
	e := &environment{ctx: ctx, name: names.Base(ctx.Project(), ctx.Stack()), chosen: chosen}
	steps := []func() error{
		e.addRegistry, e.lookAround, e.addNetwork, e.addEdge, e.addStops, e.addAlarms, e.addService, e.addScaling, e.addDashboard,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return e.outputs(), nil
}

// addRegistry comes first: an image that is missing or wrong must end the run before anything is made.
func (e *environment) addRegistry() (err error) {
	e.images, err = registry.New(e.ctx, e.name, &registry.Args{
		Layout:       e.chosen.Image.Layout,
		Architecture: e.chosen.Image.Architecture,
		Existing:     e.chosen.Registry.Existing,
		Name:         e.chosen.Names.Repository,
		Import:       e.chosen.Import.Repository,
		Endpoint:     e.chosen.Registry.Endpoint,
		Kept:         e.chosen.Registry.Kept,
		Protected:    e.chosen.Registry.Protected,
	})
	return err
}

func (e *environment) addNetwork() (err error) {
	ports := []int{80}
	if e.chosen.TLS.Domain != "" {
		ports = append(ports, 443)
	}
	e.network, err = network.New(e.ctx, e.name, &network.Args{
		Cidr:                e.chosen.Network.Cidr,
		Zones:               e.chosen.Network.Zones,
		Port:                e.chosen.Task.Port,
		ListenerPorts:       ports,
		AllowedCidrs:        e.chosen.Network.AllowedCidrs,
		ExistingVpc:         e.chosen.Existing.Vpc,
		ExistingSubnets:     e.chosen.Existing.Subnets,
		ExistingTaskSubnets: e.chosen.Existing.TaskSubnets,
		Egress:              e.chosen.Network.Egress,
		TaskCidr:            e.chosen.Network.TaskCidr,
		NATPerZone:          e.chosen.Network.NATPerZone,
		Services:            e.chosen.Task.SecretServices(),
		Region:              e.found.region,
	})
	return err
}

func (e *environment) addEdge() error {
	certificate, err := e.certificate()
	if err != nil {
		return err
	}
	e.edge, err = loadbalancer.New(e.ctx, e.name, &loadbalancer.Args{
		VpcID:          e.network.VpcID,
		SubnetIDs:      e.network.SubnetIDs,
		SecurityGroup:  e.network.LoadBalancerGroup,
		Port:           e.chosen.Task.Port,
		HealthInterval: e.chosen.Edge.HealthInterval,
		HealthTimeout:  e.chosen.Edge.HealthTimeout,
		Deregistration: e.chosen.Edge.Deregistration,
		IdleTimeout:    e.chosen.Edge.IdleTimeout,
		LogsBucket:     e.chosen.Edge.LogsBucket,
		LogsPrefix:     e.name,
		Protected:      e.chosen.Edge.Protected,
		Name:           e.chosen.Names.LoadBalancer,
		Import:         e.chosen.Import.LoadBalancer,
		CertificateArn: certificate,
		TLSPolicy:      e.chosen.TLS.Policy,
		HSTSSeconds:    e.chosen.TLS.HSTSSeconds,
		Domain:         e.chosen.TLS.Domain,
		ZoneID:         e.found.zone,
		Shifted:        e.chosen.Rollout.Shifts(),
	})
	return err
}

func (e *environment) addService() (err error) {
	e.service, err = service.New(e.ctx, e.name, &service.Args{
		Image:                e.images.Image,
		RepositoryArn:        e.images.Arn,
		Architecture:         e.chosen.Image.Architecture,
		CPU:                  e.chosen.Task.CPU,
		Memory:               e.chosen.Task.Memory,
		Port:                 e.chosen.Task.Port,
		Environment:          e.chosen.Task.Environment,
		Secrets:              e.chosen.Task.Secrets,
		SecretsKey:           e.chosen.Task.SecretsKey,
		Boundary:             e.chosen.Task.Boundary,
		SpotPercent:          e.chosen.Service.SpotPercent,
		Rebalanced:           e.chosen.Service.Rebalanced,
		Insights:             e.chosen.Service.Insights,
		StopTimeoutSeconds:   e.chosen.Task.StopTimeoutSeconds,
		LogRetentionDays:     e.chosen.Task.LogRetentionDays,
		ExistingCluster:      e.chosen.Existing.Cluster,
		ExistingLogGroup:     e.chosen.Existing.LogGroup,
		LogGroupName:         e.chosen.Names.LogGroup,
		ImportLogGroup:       e.chosen.Import.LogGroup,
		Count:                e.chosen.Scaling.Min,
		DeployTimeoutMinutes: e.chosen.Service.DeployTimeoutMinutes,
		SubnetIDs:            e.network.TaskSubnetIDs,
		PublicAddress:        e.chosen.Network.PublicAddress && e.chosen.Network.Egress == network.Public,
		After:                e.network.Ready,
		SecurityGroup:        e.network.TaskGroup,
		TargetGroup:          e.edge.TargetGroup,
		Listener:             e.edge.Listener,
		Rollout:              e.rollout(),
		BlamedAlarms:         e.blamed,
		Rollback:             e.chosen.Alarms.Rollback,
		Region:               e.found.region,
		Account:              e.found.account,
	})
	return err
}

func (e *environment) addScaling() error {
	var shifts []autoscaling.Shift
	for _, shift := range e.chosen.Scaling.Schedule {
		shifts = append(shifts, autoscaling.Shift(shift))
	}
	_, err := autoscaling.New(e.ctx, e.name, &autoscaling.Args{
		Cluster:           e.service.Cluster,
		Service:           e.service.Name,
		Min:               e.chosen.Scaling.Min,
		Max:               e.chosen.Scaling.Max,
		CPUPercent:        e.chosen.Scaling.CPUPercent,
		MemoryPercent:     e.chosen.Scaling.MemoryPercent,
		RequestsPerMinute: e.chosen.Scaling.RequestsPerMinute,
		LoadBalancer:      e.edge.LoadBalancerMetric,
		TargetGroup:       e.edge.TargetGroupMetric,
		Schedule:          shifts,
		Timezone:          e.chosen.Scaling.Timezone,
	})
	return err
}

// outputs is what the stack tells: scripts, workflows and the rehearsal read it by these names.
func (e *environment) outputs() pulumi.Map {
	outputs := pulumi.Map{
		"url":            e.edge.URL,
		"loadBalancer":   e.edge.LoadBalancer,
		"repository":     e.images.URL,
		"imageDigest":    e.images.Digest,
		"cluster":        e.service.Cluster,
		"service":        e.service.Name,
		"taskDefinition": e.service.TaskDefinition,
		"logGroup":       e.service.LogGroup,
		"stopsLogGroup":  e.stops.LogGroup,
	}
	if e.chosen.Rollout.Shifts() {
		outputs["productionRule"] = e.edge.ProductionRule
	}
	if e.dashboard != nil {
		outputs["dashboard"] = e.dashboard
	}
	return outputs
}
