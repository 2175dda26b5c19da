// Package autoscaling runs as many tasks as the load needs, between two bounds.
package autoscaling

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Settings are what a user may choose.
type Settings struct {
	Min int
	Max int
	// CPUPercent is the average that is kept.
	CPUPercent int
	// MemoryPercent and RequestsPerMinute are aimed at as well, unless they are zero; the metric that wants most tasks wins.
	MemoryPercent     int
	RequestsPerMinute int
	// Schedule changes the bounds at certain times of the time zone.
	Schedule []ScheduledAction
	Timezone string
}

// ScheduledAction is a time from which on other bounds hold. Schedule is in the form of AWS, such as cron(0 7 ? * MON-FRI *).
type ScheduledAction struct {
	Schedule string
	Min      int
	Max      int
}

// Args are the settings and what the stack adds to them.
type Args struct {
	Settings

	// Cluster and Service are names, not ARNs.
	Cluster pulumi.StringInput
	Service pulumi.StringInput
	// LoadBalancer and TargetGroup are the suffixes of their ARNs, which requests are counted by.
	LoadBalancer pulumi.StringInput
	TargetGroup  pulumi.StringInput
}

// Autoscaling is the component.
type Autoscaling struct {
	pulumi.ResourceState

	ResourceID pulumi.StringOutput `pulumi:"resourceId"`

	target *appautoscaling.Target
}

// Tasks start in seconds, so growing may be decided quickly; shrinking waits, since a wave of requests often has a second crest.
const (
	OutCooldownSeconds = 30
	InCooldownSeconds  = 300
)

// New makes the service scale.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Autoscaling, error) {
	if err := check(args); err != nil {
		return nil, fmt.Errorf("check autoscaling: %w", err)
	}
	component := &Autoscaling{}
	if err := ctx.RegisterComponentResource("fargate:autoscaling:Autoscaling", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register autoscaling: %w", err)
	}
	if err := component.provision(ctx, name, args); err != nil {
		return nil, fmt.Errorf("provision autoscaling: %w", err)
	}
	return component, component.outputs(ctx)
}

func check(args *Args) error {
	if args.Cluster == nil || args.Service == nil {
		return errors.New("cluster and service are needed")
	}
	if args.Min < 1 || args.Max < args.Min {
		return fmt.Errorf("%d to %d tasks are no range", args.Min, args.Max)
	}
	if args.CPUPercent < 1 {
		return errors.New("the CPU use that is kept is missing")
	}
	if args.RequestsPerMinute > 0 && (args.LoadBalancer == nil || args.TargetGroup == nil) {
		return errors.New("requests are counted by load balancer and target group, which are missing")
	}
	return nil
}

func (a *Autoscaling) provision(ctx *pulumi.Context, name string, args *Args) error {
	target, err := appautoscaling.NewTarget(ctx, name, &appautoscaling.TargetArgs{
		ServiceNamespace:  pulumi.String("ecs"),
		ScalableDimension: pulumi.String("ecs:service:DesiredCount"),
		ResourceId:        pulumi.Sprintf("service/%s/%s", args.Cluster, args.Service),
		MinCapacity:       pulumi.Int(args.Min),
		MaxCapacity:       pulumi.Int(args.Max),
	}, pulumi.Parent(a), pulumi.IgnoreChanges(ignoredChanges(args)))
	if err != nil {
		return fmt.Errorf("make scaling target: %w", err)
	}
	a.target = target
	for _, target := range targetMetrics(args) {
		if err := a.track(ctx, name+target.suffix, target); err != nil {
			return err
		}
	}
	return a.schedule(ctx, name, args)
}

// ignoredChanges lists properties that Pulumi leaves as they are: bounds that a schedule changes are the schedule's, not the deployment's.
func ignoredChanges(args *Args) []string {
	if len(args.Schedule) > 0 {
		return []string{"minCapacity", "maxCapacity"}
	}
	return nil
}

func (a *Autoscaling) outputs(ctx *pulumi.Context) error {
	a.ResourceID = a.target.ResourceId
	return ctx.RegisterResourceOutputs(a, pulumi.Map{"resourceId": a.ResourceID})
}
