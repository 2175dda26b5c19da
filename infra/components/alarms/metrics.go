package alarms

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The lengths of periods, in seconds. A minute is CloudWatch's finest free resolution.
const (
	minute      = 60
	fiveMinutes = 300
)

// metric is what one alarm watches, and from when on it is too much or too little.
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
	// periods is for how many of them it has to be so, period how long each is.
	periods, period int
	// other are the dimensions of a second metric of the same name, which is added to the first; nil where there is one.
	other pulumi.StringMap
}

const (
	tooMuch        = "GreaterThanOrEqualToThreshold"
	tooLittle      = "LessThanThreshold"
	applicationELB = "AWS/ApplicationELB"
)

// all lists what is watched. What clients see comes first.
func all(args *Args) []metric {
	loadBalancer := pulumi.StringMap{"LoadBalancer": args.LoadBalancer}
	targets := pulumi.StringMap{"LoadBalancer": args.LoadBalancer, "TargetGroup": args.TargetGroup}
	// Metrics of responses exist for the load balancer as well, over all target groups; those of healthy tasks for each group alone.
	responses, other := targets, pulumi.StringMap(nil)
	if args.AlternateGroup != nil {
		responses, other = loadBalancer, pulumi.StringMap{"LoadBalancer": args.LoadBalancer, "TargetGroup": args.AlternateGroup}
	}
	watched := []metric{
		{
			"target-5xx", "Tasks respond with 5xx", applicationELB, pulumi.String("HTTPCode_Target_5XX_Count"), responses,
			"Sum", tooMuch, float64(args.Target5xxPerMinute), 2, minute, nil,
		},
		{
			"elb-5xx", "The load balancer responds with 5xx itself: no task did", applicationELB, pulumi.String("HTTPCode_ELB_5XX_Count"), loadBalancer,
			"Sum", tooMuch, float64(args.Target5xxPerMinute), 2, minute, nil,
		},
		{
			"latency", "The slowest percent of responses takes too long", applicationELB, pulumi.String("TargetResponseTime"), responses,
			"p99", tooMuch, float64(args.LatencyMilliseconds) / 1000, 3, minute, nil,
		},
		{
			"unhealthy-hosts", "A task fails its health checks", applicationELB, pulumi.String("UnHealthyHostCount"), targets,
			"Maximum", tooMuch, 1, 3, minute, other,
		},
	}
	if args.StoppedMetric == nil {
		return watched
	}
	return append(watched, metric{
		"unexpected-task-stops", "Tasks end by themselves, fail their health checks or cannot start", args.StoppedNamespace, args.StoppedMetric, nil,
		"Sum", tooMuch, 2, 1, fiveMinutes, nil,
	})
}

// healthyHosts is what tells that there are too few healthy tasks: the most in any minute, since one minute's fewest is low in each deployment.
func healthyHosts(args *Args) metric {
	of := func(group pulumi.StringInput) pulumi.StringMap {
		return pulumi.StringMap{"LoadBalancer": args.LoadBalancer, "TargetGroup": group}
	}
	m := metric{
		"low-healthy-hosts", "Fewer tasks are healthy than minTasks", applicationELB, pulumi.String("HealthyHostCount"), of(args.TargetGroup),
		"Maximum", tooLittle, float64(args.MinTasks), 5, minute, nil,
	}
	if args.AlternateGroup != nil {
		m.other = of(args.AlternateGroup)
	}
	return m
}

// AddLowHealthyHosts makes the alarm on too few healthy tasks, once the service is steady: before, there are too few in every first deployment.
// CloudWatch has no value where no task is registered, and none yet when the alarm is new. So a missing value is neither good nor bad, and
// the topic is notified when values stop coming; a new alarm begins without values, which notifies nothing.
func (a *Alarms) AddLowHealthyHosts(ctx *pulumi.Context, steady pulumi.Resource) error {
	args := a.alarm(healthyHosts(a.args))
	args.TreatMissingData = pulumi.String("missing")
	args.InsufficientDataActions = pulumi.Array{a.Topic}
	return a.add(ctx, "low-healthy-hosts", args, pulumi.DependsOn([]pulumi.Resource{steady}))
}

// alarm is what CloudWatch is told of a metric. One that is missing means that there were no requests, errors or stops.
func (a *Alarms) alarm(m metric) *cloudwatch.MetricAlarmArgs {
	args := &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(a.name + "-" + m.name),
		AlarmDescription:   pulumi.String(m.description),
		EvaluationPeriods:  pulumi.Int(m.periods),
		DatapointsToAlarm:  pulumi.Int(m.periods),
		ComparisonOperator: pulumi.String(m.comparison),
		Threshold:          pulumi.Float64(m.threshold),
		TreatMissingData:   pulumi.String("notBreaching"),
		AlarmActions:       pulumi.Array{a.Topic},
		OkActions:          pulumi.Array{a.Topic},
	}
	m.measure(args)
	return args
}

// add makes one alarm.
func (a *Alarms) add(ctx *pulumi.Context, name string, args *cloudwatch.MetricAlarmArgs, opts ...pulumi.ResourceOption) error {
	alarm, err := cloudwatch.NewMetricAlarm(ctx, a.name+"-"+name, args, append(opts, pulumi.Parent(a))...)
	if err != nil {
		return fmt.Errorf("make alarm %s: %w", name, err)
	}
	a.made[name] = alarm
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
	args.Period = pulumi.Int(m.period)
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
			Period: pulumi.Int(m.period), Stat: pulumi.String(m.statistic),
		},
	}
}
