// Package scaling runs as many tasks as the load needs, between two bounds.
package scaling

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args says which service, within which bounds, and at what load.
type Args struct {
	// Cluster and Service are names, not ARNs.
	Cluster pulumi.StringInput
	Service pulumi.StringInput
	Min     int
	Max     int
	// CPUPercent is the average that is aimed at; 60 by default.
	CPUPercent int
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
	args = defaults(args)
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

func defaults(given *Args) *Args {
	args := Args{}
	if given != nil {
		args = *given
	}
	if args.CPUPercent == 0 {
		args.CPUPercent = 60
	}
	return &args
}

func check(args *Args) error {
	if args.Cluster == nil || args.Service == nil {
		return errors.New("cluster and service are needed")
	}
	if args.Min < 1 || args.Max < args.Min {
		return fmt.Errorf("%d to %d tasks are no range", args.Min, args.Max)
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
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("make scaling target: %w", err)
	}
	s.target = target
	return s.track(ctx, name+"-cpu", "ECSServiceAverageCPUUtilization", args.CPUPercent)
}

// track keeps a metric near a value.
func (s *Scaling) track(ctx *pulumi.Context, name, metric string, value int) error {
	_, err := appautoscaling.NewPolicy(ctx, name, &appautoscaling.PolicyArgs{
		PolicyType:        pulumi.String("TargetTrackingScaling"),
		ServiceNamespace:  s.target.ServiceNamespace,
		ScalableDimension: s.target.ScalableDimension,
		ResourceId:        s.target.ResourceId,
		TargetTrackingScalingPolicyConfiguration: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
			PredefinedMetricSpecification: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
				PredefinedMetricType: pulumi.String(metric),
			},
			TargetValue:      pulumi.Float64(value),
			ScaleOutCooldown: pulumi.Int(outCooldownSeconds),
			ScaleInCooldown:  pulumi.Int(inCooldownSeconds),
		},
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("make scaling policy: %w", err)
	}
	return nil
}

func (s *Scaling) outputs(ctx *pulumi.Context) error {
	s.ResourceID = s.target.ResourceId
	return ctx.RegisterResourceOutputs(s, pulumi.Map{"resourceId": s.ResourceID})
}
