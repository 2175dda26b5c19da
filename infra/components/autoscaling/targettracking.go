package autoscaling

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// aim is a metric that is kept near a value. Label says whose requests are meant, where the metric is of requests.
type aim struct {
	suffix string
	metric string
	value  int
	label  pulumi.StringPtrInput
}

// aims lists the metrics that were asked for.
func aims(args *Args) []aim {
	list := []aim{{suffix: "-cpu", metric: "ECSServiceAverageCPUUtilization", value: args.CPUPercent}}
	if args.MemoryPercent > 0 {
		list = append(list, aim{suffix: "-memory", metric: "ECSServiceAverageMemoryUtilization", value: args.MemoryPercent})
	}
	if args.RequestsPerMinute > 0 {
		label := pulumi.Sprintf("%s/%s", args.LoadBalancer, args.TargetGroup)
		list = append(list, aim{"-requests", "ALBRequestCountPerTarget", args.RequestsPerMinute, label})
	}
	return list
}

// track keeps a metric near its value.
func (s *Scaling) track(ctx *pulumi.Context, name string, a aim) error {
	_, err := appautoscaling.NewPolicy(ctx, name, &appautoscaling.PolicyArgs{
		PolicyType:        pulumi.String("TargetTrackingScaling"),
		ServiceNamespace:  s.target.ServiceNamespace,
		ScalableDimension: s.target.ScalableDimension,
		ResourceId:        s.target.ResourceId,
		TargetTrackingScalingPolicyConfiguration: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
			PredefinedMetricSpecification: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
				PredefinedMetricType: pulumi.String(a.metric),
				ResourceLabel:        a.label,
			},
			TargetValue:      pulumi.Float64(a.value),
			ScaleOutCooldown: pulumi.Int(outCooldownSeconds),
			ScaleInCooldown:  pulumi.Int(inCooldownSeconds),
		},
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("make scaling policy: %w", err)
	}
	return nil
}

// schedule changes the bounds at the times that were asked for.
func (s *Scaling) schedule(ctx *pulumi.Context, name string, args *Args) error {
	for i, shift := range args.Schedule {
		_, err := appautoscaling.NewScheduledAction(ctx, fmt.Sprintf("%s-%d", name, i+1), &appautoscaling.ScheduledActionArgs{
			ServiceNamespace:  s.target.ServiceNamespace,
			ScalableDimension: s.target.ScalableDimension,
			ResourceId:        s.target.ResourceId,
			Schedule:          pulumi.String(shift.Schedule),
			Timezone:          pulumi.String(args.Timezone),
			ScalableTargetAction: &appautoscaling.ScheduledActionScalableTargetActionArgs{
				MinCapacity: pulumi.Int(shift.Min),
				MaxCapacity: pulumi.Int(shift.Max),
			},
		}, pulumi.Parent(s))
		if err != nil {
			return fmt.Errorf("make scheduled action: %w", err)
		}
	}
	return nil
}
