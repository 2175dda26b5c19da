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
	// other are the dimensions of a second metric of the same name, which is added to the first; nil where there is one.
	other pulumi.StringMap
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
	// What is told of answers is told of the load balancer as well, over all target groups; of healthy tasks it is told for each group alone.
	answers, other := targets, pulumi.StringMap(nil)
	if args.AlternateGroup != nil {
		answers, other = edge, pulumi.StringMap{"LoadBalancer": args.LoadBalancer, "TargetGroup": args.AlternateGroup}
	}
	return []metric{
		{
			"errors", "Tasks answer with 5xx", balancers, pulumi.String("HTTPCode_Target_5XX_Count"), answers,
			"Sum", tooMuch, float64(args.Target5xxPerMinute), 2, nil,
		},
		{
			"refusals", "The load balancer answers 5xx itself: no task did", balancers, pulumi.String("HTTPCode_ELB_5XX_Count"), edge,
			"Sum", tooMuch, float64(args.Target5xxPerMinute), 2, nil,
		},
		{
			"latency", "The slowest percent of answers takes too long", balancers, pulumi.String("TargetResponseTime"), answers,
			"p99", tooMuch, float64(args.LatencyMilliseconds) / 1000, 3, nil,
		},
		{
			"unhealthy", "A task fails its health checks", balancers, pulumi.String("UnHealthyHostCount"), targets,
			"Maximum", tooMuch, 1, 3, other,
		},
		{
			"few", "Fewer tasks are healthy than have to be", balancers, pulumi.String("HealthyHostCount"), targets,
			"Minimum", tooLittle, float64(args.MinTasks), 5, other,
		},
		{
			"restarts", "Tasks end by themselves or cannot start", args.StoppedNamespace, args.StoppedMetric, nil,
			"Sum", tooMuch, 2, 5, nil,
		},
	}
}

// watch makes one alarm. A metric that is missing means that there were no requests, errors or stops; only for healthy tasks it is bad news.
func (a *Alarms) watch(ctx *pulumi.Context, name string, m metric) error {
	args := &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(name + "-" + m.name),
		AlarmDescription:   pulumi.String(m.description),
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
	m.measure(args)
	alarm, err := cloudwatch.NewMetricAlarm(ctx, name+"-"+m.name, args, pulumi.Parent(a))
	if err != nil {
		return fmt.Errorf("make alarm %s: %w", m.name, err)
	}
	a.made[m.name] = alarm
	return nil
}

// measure says what is looked at: one metric, or the sum of two, in which a metric without a value counts as nothing.
func (m metric) measure(args *cloudwatch.MetricAlarmArgs) {
	if m.other != nil {
		args.MetricQueries = cloudwatch.MetricAlarmMetricQueryArray{
			&cloudwatch.MetricAlarmMetricQueryArgs{
				Id: pulumi.String("both"), Expression: pulumi.String("FILL(one, 0) + FILL(other, 0)"),
				Label: pulumi.String(m.description), ReturnData: pulumi.Bool(true),
			},
			m.query("one", m.dimensions),
			m.query("other", m.other),
		}
		return
	}
	args.Namespace = pulumi.String(m.namespace)
	args.MetricName = m.metric.ToStringOutput().ToStringPtrOutput()
	args.Dimensions = m.dimensions
	args.Period = pulumi.Int(minute)
	if m.statistic[0] == 'p' {
		args.ExtendedStatistic = pulumi.String(m.statistic)
	} else {
		args.Statistic = pulumi.String(m.statistic)
	}
}

// query is one of the metrics that are added up.
func (m metric) query(id string, dimensions pulumi.StringMap) *cloudwatch.MetricAlarmMetricQueryArgs {
	return &cloudwatch.MetricAlarmMetricQueryArgs{
		Id: pulumi.String(id),
		Metric: &cloudwatch.MetricAlarmMetricQueryMetricArgs{
			Namespace: pulumi.String(m.namespace), MetricName: m.metric, Dimensions: dimensions,
			Period: pulumi.Int(minute), Stat: pulumi.String(m.statistic),
		},
	}
}
