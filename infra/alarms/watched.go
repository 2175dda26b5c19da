package alarms

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// minute is CloudWatch's finest free resolution, in seconds.
const minute = 60

// metric is one thing that is watched, and from when on it is too much or too little.
type metric struct {
	name        string
	description string
	namespace   string
	metric      pulumi.StringInput
	dimensions  pulumi.StringMap
	// statistic is Sum, Minimum or Maximum, or a percentile such as p99.
	statistic  string
	comparison string
	threshold  float64
	// minutes is for how long it has to be so.
	minutes int
}

const (
	tooMuch   = "GreaterThanOrEqualToThreshold"
	tooLittle = "LessThanThreshold"
	balancers = "AWS/ApplicationELB"
)

// all lists what is watched. What clients see comes first.
func all(args *Args) []metric {
	edge := pulumi.StringMap{"LoadBalancer": args.LoadBalancer}
	targets := pulumi.StringMap{"LoadBalancer": args.LoadBalancer, "TargetGroup": args.TargetGroup}
	return []metric{
		{
			"errors", "Tasks answer with 5xx", balancers, pulumi.String("HTTPCode_Target_5XX_Count"), targets,
			"Sum", tooMuch, float64(args.Errors), 2,
		},
		{
			"refusals", "The load balancer answers 5xx itself: no task did", balancers, pulumi.String("HTTPCode_ELB_5XX_Count"), edge,
			"Sum", tooMuch, float64(args.Errors), 2,
		},
		{
			"latency", "The slowest percent of answers takes too long", balancers, pulumi.String("TargetResponseTime"), targets,
			"p99", tooMuch, float64(args.LatencyMilliseconds) / 1000, 3,
		},
		{
			"unhealthy", "A task fails its health checks", balancers, pulumi.String("UnHealthyHostCount"), targets,
			"Maximum", tooMuch, 1, 3,
		},
		{
			"few", "Fewer tasks are healthy than have to be", balancers, pulumi.String("HealthyHostCount"), targets,
			"Minimum", tooLittle, float64(args.MinTasks), 5,
		},
		{
			"restarts", "Tasks end by themselves or cannot start", args.StoppedNamespace, args.StoppedMetric, nil,
			"Sum", tooMuch, 2, 5,
		},
	}
}

// watch makes one alarm. A metric that is missing means that there were no requests, errors or stops; only for healthy tasks it is bad news.
func (a *Alarms) watch(ctx *pulumi.Context, name string, m metric) error {
	args := &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(name + "-" + m.name),
		AlarmDescription:   pulumi.String(m.description),
		Namespace:          pulumi.String(m.namespace),
		MetricName:         m.metric.ToStringOutput().ToStringPtrOutput(),
		Dimensions:         m.dimensions,
		Period:             pulumi.Int(minute),
		EvaluationPeriods:  pulumi.Int(m.minutes),
		DatapointsToAlarm:  pulumi.Int(m.minutes),
		ComparisonOperator: pulumi.String(m.comparison),
		Threshold:          pulumi.Float64(m.threshold),
		TreatMissingData:   pulumi.String("notBreaching"),
		AlarmActions:       pulumi.Array{a.Topic},
		OkActions:          pulumi.Array{a.Topic},
	}
	if m.comparison == tooLittle {
		args.TreatMissingData = pulumi.String("breaching")
	}
	if m.statistic[0] == 'p' {
		args.ExtendedStatistic = pulumi.String(m.statistic)
	} else {
		args.Statistic = pulumi.String(m.statistic)
	}
	alarm, err := cloudwatch.NewMetricAlarm(ctx, name+"-"+m.name, args, pulumi.Parent(a))
	if err != nil {
		return fmt.Errorf("make alarm %s: %w", m.name, err)
	}
	a.made[m.name] = alarm
	return nil
}
