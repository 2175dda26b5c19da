package stack

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"mote/infra/alarms"
	"mote/infra/stops"
)

// addStops comes before the service, whose very first task may fail.
func (e *environment) addStops() (err error) {
	e.stops, err = stops.New(e.ctx, e.name, &stops.Args{
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
	var alternate pulumi.StringInput
	if e.chosen.Rollout.Shifts() {
		alternate = e.edge.AlternateMetric
	}
	made, err := alarms.New(e.ctx, e.name, &alarms.Args{
		LoadBalancer:        e.edge.LoadBalancerMetric,
		TargetGroup:         e.edge.TargetGroupMetric,
		AlternateGroup:      alternate,
		MinTasks:            e.chosen.Scaling.Min,
		Errors:              e.chosen.Alarms.Errors,
		LatencyMilliseconds: e.chosen.Alarms.LatencyMilliseconds,
		StoppedMetric:       e.stops.Metric,
		StoppedNamespace:    stops.Namespace,
		Topic:               e.chosen.Alarms.Topic,
		Email:               e.chosen.Alarms.Email,
	})
	if err != nil {
		return err
	}
	e.blamed = made.Deployment
	return nil
}
