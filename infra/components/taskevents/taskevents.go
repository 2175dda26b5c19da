// Package taskevents keeps why tasks stopped. ECS forgets it within the hour; here it stays as long as the log group says.
package taskevents

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Settings are what a user may choose.
type Settings struct {
	RetentionDays int
}

// Args are the settings and what the stack adds to them.
type Args struct {
	Settings

	// Family is that of the task definitions; the stops of others on the same cluster are left out.
	Family  string
	Region  string
	Account string
}

// Stops is the component. LogGroup is where each stop is one line of JSON; Metric counts those that nobody asked for.
type Stops struct {
	pulumi.ResourceState

	LogGroup pulumi.StringOutput `pulumi:"logGroup"`
	Metric   pulumi.StringOutput `pulumi:"metric"`

	group *cloudwatch.LogGroup
}

// Namespace is the one of the metric.
const Namespace = "mote"

// unasked matches stops that no deployment and no scaling asked for. A failed health check has the same code as a deployment's own stops,
// so its text tells it.
const unasked = `{ ($.detail.stopCode = "EssentialContainerExited") || ($.detail.stopCode = "TaskFailedToStart") || ` +
	`($.detail.stoppedReason = "*failed*health checks*") }`

// New makes the record of stops. It has to be there before the service is, to see the very first task fail.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Stops, error) {
	if err := check(args); err != nil {
		return nil, fmt.Errorf("check stops: %w", err)
	}
	component := &Stops{}
	if err := ctx.RegisterComponentResource("mote:stops:Stops", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register stops: %w", err)
	}
	if err := component.provision(ctx, name, args); err != nil {
		return nil, fmt.Errorf("provision stops: %w", err)
	}
	return component, component.outputs(ctx)
}

func check(args *Args) error {
	if args.Family == "" || args.Region == "" || args.Account == "" {
		return errors.New("family, region and account are needed")
	}
	if args.RetentionDays < 1 {
		return errors.New("the days that stops are kept for are missing")
	}
	return nil
}

func (s *Stops) provision(ctx *pulumi.Context, name string, args *Args) error {
	group, err := cloudwatch.NewLogGroup(ctx, name+"-stops", &cloudwatch.LogGroupArgs{
		// EventBridge writes only to groups below this prefix.
		Name:            pulumi.String("/aws/events/" + name + "-stops"),
		RetentionInDays: pulumi.Int(args.RetentionDays),
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("make log group: %w", err)
	}
	s.group, s.LogGroup = group, group.Name
	if err := s.record(ctx, name, args); err != nil {
		return err
	}
	return s.count(ctx, name)
}

// count makes a metric of the stops that nobody asked for. It costs nothing while there are none.
func (s *Stops) count(ctx *pulumi.Context, name string) error {
	filter, err := cloudwatch.NewLogMetricFilter(ctx, name+"-stops", &cloudwatch.LogMetricFilterArgs{
		LogGroupName: s.LogGroup,
		Pattern:      pulumi.String(unasked),
		MetricTransformation: &cloudwatch.LogMetricFilterMetricTransformationArgs{
			Namespace: pulumi.String(Namespace),
			Name:      pulumi.String(name + "-unasked-stops"),
			Value:     pulumi.String("1"),
		},
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("make metric: %w", err)
	}
	s.Metric = filter.MetricTransformation.Name()
	return nil
}

func (s *Stops) outputs(ctx *pulumi.Context) error {
	return ctx.RegisterResourceOutputs(s, pulumi.Map{"logGroup": s.LogGroup, "metric": s.Metric})
}
