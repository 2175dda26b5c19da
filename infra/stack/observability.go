package stack

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/components/alarms"
	"github.com/mote-dev/mote/infra/components/dashboard"
	"github.com/mote-dev/mote/infra/components/observability"
	"github.com/mote-dev/mote/infra/components/taskevents"
)

// addTaskEvents comes before the service, whose very first task may fail.
func (e *environment) addTaskEvents() (err error) {
	e.taskEvents, err = taskevents.New(e.ctx, e.name, &taskevents.Args{
		Settings: e.cfg.TaskEvents,
		Family:   e.name,
		Project:  e.ctx.Project(),
		Caller:   e.data.Info,
	})
	return err
}

func (e *environment) addAlarms() (err error) {
	if !e.cfg.Alarms.Enabled {
		return nil
	}
	args := &alarms.Args{
		Settings:         e.cfg.Alarms,
		LoadBalancer:     e.loadBalancer.LoadBalancerMetric,
		TargetGroup:      e.loadBalancer.TargetGroupMetric,
		MinTasks:         e.cfg.Autoscaling.Min,
		StoppedNamespace: taskevents.Namespace,
	}
	if e.taskEvents != nil {
		args.StoppedMetric = e.taskEvents.Metric
	}
	if e.cfg.Service.Rollout.ShiftsTraffic() {
		args.AlternateGroup = e.loadBalancer.AlternateMetric
	}
	e.alarms, err = alarms.New(e.ctx, e.name, args)
	return err
}

// addLowHealthyHosts comes after the service, which has too few healthy tasks until its first deployment is steady.
func (e *environment) addLowHealthyHosts() error {
	if e.alarms == nil {
		return nil
	}
	return e.alarms.AddLowHealthyHosts(e.ctx, e.steady())
}

// steady is known when the first deployment has its tasks or pods.
func (e *environment) steady() pulumi.Resource {
	if e.kubernetes != nil {
		return e.kubernetes.Steady
	}
	return e.service.Steady
}

func (e *environment) addDashboard() (err error) {
	if !e.cfg.Dashboard {
		return nil
	}
	args := &dashboard.Args{
		Region:           e.data.Region,
		LoadBalancer:     e.loadBalancer.LoadBalancerMetric,
		TargetGroups:     []pulumi.StringInput{e.loadBalancer.TargetGroupMetric},
		Cluster:          e.service.Cluster,
		Service:          e.service.Name,
		StoppedMetric:    e.taskEvents.Metric,
		StoppedNamespace: taskevents.Namespace,
	}
	if e.cfg.Service.Rollout.ShiftsTraffic() {
		args.TargetGroups = append(args.TargetGroups, e.loadBalancer.AlternateMetric)
	}
	if e.alarms != nil {
		args.Alarms = e.alarms.Arns()
	}
	e.dashboard, err = dashboard.New(e.ctx, e.name, args)
	return err
}

// addObservability comes last: Prometheus asks for the tasks of a service that is there.
func (e *environment) addObservability() (err error) {
	if e.cfg.Observability.Mode == observability.None {
		return nil
	}
	args := &observability.Args{
		Settings:      e.cfg.Observability,
		CPU:           e.cfg.Service.CPU,
		Memory:        e.cfg.Service.Memory,
		Architecture:  e.cfg.Service.Architecture,
		Boundary:      e.cfg.Service.Boundary,
		SecretPrefix:  e.ctx.Project() + "/" + e.ctx.Stack(),
		Cluster:       e.service.Cluster,
		ClusterArn:    e.service.ClusterArn,
		Service:       e.service.Name,
		LogGroup:      e.service.LogGroup,
		LogGroupArn:   e.service.LogGroupArn,
		VpcID:         e.network.VpcID,
		SubnetIDs:     e.network.TaskSubnetIDs,
		PublicAddress: e.cfg.Network.TasksArePublic(),
		TaskGroup:     e.network.TaskGroup,
		OwnTopic:      e.cfg.Alarms.Topic == "",
		Caller:        e.data.Info,
	}
	if e.alarms != nil {
		args.Topic = e.alarms.Topic
	}
	e.observability, err = observability.New(e.ctx, e.name, args)
	return err
}
