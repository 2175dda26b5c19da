// Package stack wires the components together. It is the whole deployment, for `pulumi up` and for whoever else runs it.
package stack

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"mote/infra/edge"
	"mote/infra/internal/naming"
	"mote/infra/internal/tags"
	"mote/infra/network"
	"mote/infra/registry"
	"mote/infra/scaling"
	"mote/infra/service"
	"mote/infra/settings"
)

// Deploy makes one environment of mote and exports what others need to know of it.
func Deploy(ctx *pulumi.Context) error {
	chosen, err := settings.Load(ctx)
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

// build makes the components in the order in which they need each other, and returns the stack's outputs.
func build(ctx *pulumi.Context, chosen settings.Settings) (pulumi.Map, error) {
	if err := tags.Register(ctx); err != nil {
		return nil, fmt.Errorf("register tags: %w", err)
	}
	name := naming.Base(ctx.Project(), ctx.Stack())
	images, err := registry.New(ctx, name, &registry.Args{
		Layout:       chosen.Image.Layout,
		Architecture: chosen.Image.Architecture,
		Existing:     chosen.Registry.Existing,
		Endpoint:     chosen.Registry.Endpoint,
		Kept:         chosen.Registry.Kept,
		Protected:    chosen.Registry.Protected,
	})
	if err != nil {
		return nil, err
	}
	net, err := network.New(ctx, name, &network.Args{
		Cidr:         chosen.Network.Cidr,
		Zones:        chosen.Network.Zones,
		Port:         chosen.Task.Port,
		AllowedCidrs: chosen.Network.AllowedCidrs,
	})
	if err != nil {
		return nil, err
	}
	front, err := newEdge(ctx, name, chosen, net)
	if err != nil {
		return nil, err
	}
	tasks, err := newService(ctx, name, chosen, images, net, front)
	if err != nil {
		return nil, err
	}
	if _, err := scaling.New(ctx, name, &scaling.Args{
		Cluster:    tasks.Cluster,
		Service:    tasks.Name,
		Min:        chosen.Scaling.Min,
		Max:        chosen.Scaling.Max,
		CPUPercent: chosen.Scaling.CPUPercent,
	}); err != nil {
		return nil, err
	}
	return outputs(images, front, tasks), nil
}

func newEdge(ctx *pulumi.Context, name string, chosen settings.Settings, net *network.Network) (*edge.Edge, error) {
	return edge.New(ctx, name, &edge.Args{
		VpcID:          net.VpcID,
		SubnetIDs:      net.SubnetIDs,
		SecurityGroup:  net.LoadBalancerGroup,
		Port:           chosen.Task.Port,
		HealthInterval: chosen.Edge.HealthInterval,
		HealthTimeout:  chosen.Edge.HealthTimeout,
		Deregistration: chosen.Edge.Deregistration,
		IdleTimeout:    chosen.Edge.IdleTimeout,
		Protected:      chosen.Edge.Protected,
	})
}

func newService(ctx *pulumi.Context, name string, chosen settings.Settings, images *registry.Registry,
	net *network.Network, front *edge.Edge,
) (*service.Service, error) {
	region, err := aws.GetRegion(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("look up region: %w", err)
	}
	caller, err := aws.GetCallerIdentity(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("look up account: %w", err)
	}
	return service.New(ctx, name, &service.Args{
		Image:                images.Image,
		RepositoryArn:        images.Arn,
		Architecture:         chosen.Image.Architecture,
		CPU:                  chosen.Task.CPU,
		Memory:               chosen.Task.Memory,
		Port:                 chosen.Task.Port,
		Environment:          chosen.Task.Environment,
		StopTimeoutSeconds:   chosen.Task.StopTimeoutSeconds,
		LogRetentionDays:     chosen.Task.LogRetentionDays,
		Count:                chosen.Scaling.Min,
		DeployTimeoutMinutes: chosen.Service.DeployTimeoutMinutes,
		SubnetIDs:            net.SubnetIDs,
		SecurityGroup:        net.TaskGroup,
		TargetGroup:          front.TargetGroup,
		Listener:             front.Listener,
		Region:               region.Id,
		Account:              caller.AccountId,
	})
}

// outputs is what the stack tells: scripts, workflows and the rehearsal read it by these names.
func outputs(images *registry.Registry, front *edge.Edge, tasks *service.Service) pulumi.Map {
	return pulumi.Map{
		"url":            front.URL,
		"loadBalancer":   front.LoadBalancer,
		"repository":     images.URL,
		"imageDigest":    images.Digest,
		"cluster":        tasks.Cluster,
		"service":        tasks.Name,
		"taskDefinition": tasks.TaskDefinition,
		"logGroup":       tasks.LogGroup,
	}
}
