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
	// CPUPercent is the average that is aimed at.
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

// Scaling is the component.
type Scaling struct {
	pulumi.ResourceState

	ResourceID pulumi.StringOutput `pulumi:"resourceId"`

	target *appautoscaling.Target
}

// Tasks start in seconds, so growing may be decided quickly; shrinking waits, since a wave of requests often has a second crest.
const (
	outCooldownSeconds = 30
	inCooldownSeconds  = 300
)

// New makes the service scale.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Scaling, error) {
	if err := check(args); err != nil {
		return nil, fmt.Errorf("check scaling: %w", err)
	}
	component := &Scaling{}
	if err := ctx.RegisterComponentResource("mote:scaling:Scaling", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register scaling: %w", err)
	}
	if err := component.provision(ctx, name, args); err != nil {
		return nil, fmt.Errorf("provision scaling: %w", err)
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
		return errors.New("the CPU use that is aimed at is missing")
	}
	if args.RequestsPerMinute > 0 && (args.LoadBalancer == nil || args.TargetGroup == nil) {
		return errors.New("requests are counted by load balancer and target group, which are missing")
	}
	return nil
}

func (s *Scaling) provision(ctx *pulumi.Context, name string, args *Args) error {
	target, err := appautoscaling.NewTarget(ctx, name, &appautoscaling.TargetArgs{
		ServiceNamespace:  pulumi.String("ecs"),
		ScalableDimension: pulumi.String("ecs:service:DesiredCount"),
		ResourceId:        pulumi.Sprintf("service/%s/%s", args.Cluster, args.Service),
		MinCapacity:       pulumi.Int(args.Min),
		MaxCapacity:       pulumi.Int(args.Max),
	}, pulumi.Parent(s), pulumi.IgnoreChanges(kept(args)))
	if err != nil {
		return fmt.Errorf("make scaling target: %w", err)
	}
	s.target = target
	for _, aim := range aims(args) {
		if err := s.track(ctx, name+aim.suffix, aim); err != nil {
			return err
		}
	}
	return s.schedule(ctx, name, args)
}

// kept lists what the engine shall leave as it is: bounds that a schedule changes are the schedule's, not the deployment's.
func kept(args *Args) []string {
	if len(args.Schedule) > 0 {
		return []string{"minCapacity", "maxCapacity"}
	}
	return nil
}

func (s *Scaling) outputs(ctx *pulumi.Context) error {
	s.ResourceID = s.target.ResourceId
	return ctx.RegisterResourceOutputs(s, pulumi.Map{"resourceId": s.ResourceID})
}
