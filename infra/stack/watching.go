package stack

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/components/alarms"
	"github.com/mote-dev/mote/infra/components/dashboard"
	"github.com/mote-dev/mote/infra/components/taskevents"
)

// addStops comes before the service, whose very first task may fail.
func (e *environment) addStops() (err error) {
	e.stops, err = taskevents.New(e.ctx, e.name, &taskevents.Args{
		Family:        e.name,
		Region:        e.found.region,
		Account:       e.found.account,
		RetentionDays: e.chosen.Task.LogRetentionDays,
	})
	return err
}

func (e *environment) addAlarms() error {
	if !e.chosen.Alarms.Wanted {
		return nil
	}
	groups := e.targetGroups()
	var alternate pulumi.StringInput
	if len(groups) > 1 {
		alternate = groups[1]
	}
	made, err := alarms.New(e.ctx, e.name, &alarms.Args{
		LoadBalancer:        e.edge.LoadBalancerMetric,
		TargetGroup:         e.edge.TargetGroupMetric,
		AlternateGroup:      alternate,
		MinTasks:            e.chosen.Scaling.Min,
		Errors:              e.chosen.Alarms.Errors,
		LatencyMilliseconds: e.chosen.Alarms.LatencyMilliseconds,
		StoppedMetric:       e.stops.Metric,
		StoppedNamespace:    taskevents.Namespace,
		Topic:               e.chosen.Alarms.Topic,
		Email:               e.chosen.Alarms.Email,
	})
	if err != nil {
		return err
	}
	e.blamed, e.alarms = made.Deployment, made.Arns
	return nil
}

// targetGroups are the names that CloudWatch has for the target groups: one, or two where traffic is moved between them.
func (e *environment) targetGroups() []pulumi.StringInput {
	groups := []pulumi.StringInput{e.edge.TargetGroupMetric}
	if e.chosen.Rollout.Shifts() {
		groups = append(groups, e.edge.AlternateMetric)
	}
	return groups
}

func (e *environment) addDashboard() error {
	if !e.chosen.Alarms.Dashboard {
		return nil
	}
	made, err := dashboard.New(e.ctx, e.name, &dashboard.Args{
		Region:           e.found.region,
		LoadBalancer:     e.edge.LoadBalancerMetric,
		TargetGroups:     e.targetGroups(),
		Cluster:          e.service.Cluster,
		Service:          e.service.Name,
		StoppedMetric:    e.stops.Metric,
		StoppedNamespace: taskevents.Namespace,
		Alarms:           e.alarms,
	})
	if err != nil {
		return err
	}
	e.dashboard = made.Name
	return nil
}
