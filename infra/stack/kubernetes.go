package stack

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/components/autoscaling"
	"github.com/mote-dev/mote/infra/components/kubernetes"
	"github.com/mote-dev/mote/infra/components/loadbalancer"
	"github.com/mote-dev/mote/infra/components/service"
	"github.com/mote-dev/mote/infra/config"
)

// addKubernetes runs the service on EKS, with the settings that a task has.
func (e *environment) addKubernetes() (err error) {
	e.kubernetes, err = kubernetes.New(e.ctx, e.name, &kubernetes.Args{
		Settings:  e.cfg.Kubernetes,
		Container: e.container(),
		Scale: kubernetes.Scale{
			Min: e.cfg.Autoscaling.Min, Max: e.cfg.Autoscaling.Max,
			CPUPercent: e.cfg.Autoscaling.CPUPercent, MemoryPercent: e.cfg.Autoscaling.MemoryPercent,
			InSeconds: autoscaling.InCooldownSeconds, Zones: e.cfg.Network.Zones,
		},
		Image:                e.registry.Image,
		Permissions:          e.cfg.Service.Permissions,
		Secrets:              e.cfg.Service.Secrets,
		SecretsKey:           e.cfg.Service.SecretsKey,
		Boundary:             e.cfg.Service.Boundary,
		Protected:            e.cfg.Registry.Protected,
		LogRetentionDays:     e.cfg.Service.LogRetentionDays,
		DeployTimeoutMinutes: e.cfg.Service.DeployTimeoutMinutes,
		HealthSeconds:        loadbalancer.HealthyAfter * e.cfg.LoadBalancer.HealthInterval,
		SubnetIDs:            e.network.TaskSubnetIDs,
		SecurityGroup:        e.network.TaskGroup,
		PublicAddress:        e.cfg.Network.TasksArePublic(),
		ClientCidrs:          e.network.Cidrs,
		TargetGroup:          e.loadBalancer.TargetGroup,
		After:                slices.Concat(e.network.TasksReady, []pulumi.Resource{e.loadBalancer.Listener}),
		Caller:               e.data.Info,
	})
	return err
}

// container is what a task's container is, for a pod.
func (e *environment) container() kubernetes.Container {
	s := e.cfg.Service
	one := kubernetes.Container{
		Architecture: s.Architecture, CPU: s.CPU, Memory: s.Memory, Port: s.Port,
		HealthCommand: s.HealthCommand, ReadyPath: e.cfg.LoadBalancer.HealthPath, Command: s.Command, Environment: maps.Clone(s.Environment),
		User: s.User, ReadOnlyRoot: s.ReadOnlyRoot,
		DrainSeconds: e.cfg.LoadBalancer.DeregistrationDelay, StopSeconds: s.StopTimeoutSeconds, StartSeconds: s.HealthGraceSeconds,
	}
	if s.Own {
		one.Environment[config.EnvironmentVariable] = e.name
		one.MetricsPort, one.ReadyPath = e.cfg.Observability.Port, readyPath
	}
	if s.ScratchSpace {
		one.ScratchPath = service.ScratchPath
	}
	return one
}

// readyPath is where this project's service says whether it wants requests.
const readyPath = "/ready"

func (e *environment) kubernetesOutputs() pulumi.Map {
	return pulumi.Map{
		urlOutput:      e.loadBalancer.URL,
		"loadBalancer": e.loadBalancer.Name,
		"repository":   e.registry.URL,
		"imageDigest":  e.registry.Running(e.ctx, e.kubernetes.Deployment),
		"cluster":      e.kubernetes.Cluster,
		"namespace":    e.kubernetes.Namespace,
		"deployment":   e.kubernetes.Deployment,
		"smokePaths":   pulumi.String(strings.Join(smokePaths(e.cfg), " ")),
		rollbackOutput: pulumi.Bool(false),
	}
}
