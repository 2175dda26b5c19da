package autoscaling

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// targetMetric is one that is kept near a value. Label says whose requests are meant, where the metric is of requests.
type targetMetric struct {
	suffix string
	metric string
	value  int
	label  pulumi.StringPtrInput
}

// targetMetrics lists the metrics that were asked for.
func targetMetrics(args *Args) []targetMetric {
	list := []targetMetric{{suffix: "-cpu", metric: "ECSServiceAverageCPUUtilization", value: args.CPUPercent}}
	if args.MemoryPercent > 0 {
		list = append(list, targetMetric{suffix: "-memory", metric: "ECSServiceAverageMemoryUtilization", value: args.MemoryPercent})
	}
	if args.RequestsPerMinute > 0 {
		label := pulumi.Sprintf("%s/%s", args.LoadBalancer, args.TargetGroup)
		list = append(list, targetMetric{"-requests", "ALBRequestCountPerTarget", args.RequestsPerMinute, label})
	}
	return list
}

// track keeps a metric near its value.
func (a *Autoscaling) track(ctx *pulumi.Context, name string, m targetMetric) error {
	_, err := appautoscaling.NewPolicy(ctx, name, &appautoscaling.PolicyArgs{
		PolicyType:        pulumi.String("TargetTrackingScaling"),
		ServiceNamespace:  a.target.ServiceNamespace,
		ScalableDimension: a.target.ScalableDimension,
		ResourceId:        a.target.ResourceId,
		TargetTrackingScalingPolicyConfiguration: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
			PredefinedMetricSpecification: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
				PredefinedMetricType: pulumi.String(m.metric),
				ResourceLabel:        m.label,
			},
			TargetValue:      pulumi.Float64(m.value),
			ScaleOutCooldown: pulumi.Int(OutCooldownSeconds),
			ScaleInCooldown:  pulumi.Int(InCooldownSeconds),
		},
	}, pulumi.Parent(a))
	if err != nil {
		return fmt.Errorf("make scaling policy: %w", err)
	}
	return nil
}

// schedule changes the bounds at the times that were asked for.
func (a *Autoscaling) schedule(ctx *pulumi.Context, name string, args *Args) error {
	for i, action := range args.Schedule {
		_, err := appautoscaling.NewScheduledAction(ctx, fmt.Sprintf("%s-%d", name, i+1), &appautoscaling.ScheduledActionArgs{
			ServiceNamespace:  a.target.ServiceNamespace,
			ScalableDimension: a.target.ScalableDimension,
			ResourceId:        a.target.ResourceId,
			Schedule:          pulumi.String(action.Schedule),
			Timezone:          pulumi.String(args.Timezone),
			ScalableTargetAction: &appautoscaling.ScheduledActionScalableTargetActionArgs{
				MinCapacity: pulumi.Int(action.Min),
				MaxCapacity: pulumi.Int(action.Max),
			},
		}, pulumi.Parent(a))
		if err != nil {
			return fmt.Errorf("make scheduled action: %w", err)
		}
	}
	return nil
}
