// Package taskevents keeps the events of stopped tasks, which say why. ECS forgets it within the hour; here it stays as long as the log group says.
package taskevents

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/callerinfo"
	"github.com/mote-dev/mote/infra/internal/names"
)

// Settings are what a user may choose.
type Settings struct {
	RetentionDays int
}

// Args are the settings and what the stack adds to them.
type Args struct {
	Settings

	// Family is that of the task definitions; events of other tasks on the same cluster are left out.
	Family string
	// Project begins the names of all stacks of the project.
	Project string
	Caller  callerinfo.Info
}

// TaskEvents is the component. LogGroup has each stopped task as one line of JSON; Metric counts unexpected stops.
type TaskEvents struct {
	pulumi.ResourceState

	LogGroup pulumi.StringOutput `pulumi:"logGroup"`
	Metric   pulumi.StringOutput `pulumi:"metric"`

	// Ready must exist before the service: EventBridge sends events to rules that exist.
	Ready pulumi.Resource

	group *cloudwatch.LogGroup
}

// Namespace is the one of the metric.
const Namespace = "mote"

// Unexpected is the filter pattern of stops that no deployment and no scaling asked for. A failed health check has the same code as a
// deployment's own stops, so its text tells it: "Task failed ELB health checks in ..." or "Task failed container health checks". In such a
// pattern a star stands for any text at the beginning and at the end of a value, and nowhere else.
const Unexpected = `{ ($.detail.stopCode = "EssentialContainerExited") || ($.detail.stopCode = "TaskFailedToStart") || ` +
	`($.detail.stoppedReason = "*health checks*") }`

// New makes log group, rule and metric. They must exist before the service, to keep why its very first task failed.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*TaskEvents, error) {
	if err := check(args); err != nil {
		return nil, fmt.Errorf("check task events: %w", err)
	}
	component := &TaskEvents{}
	if err := ctx.RegisterComponentResource("fargate:taskevents:TaskEvents", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register task events: %w", err)
	}
	if err := component.provision(ctx, name, args); err != nil {
		return nil, fmt.Errorf("provision task events: %w", err)
	}
	return component, component.outputs(ctx)
}

func check(args *Args) error {
	if args.Project == "" || args.Caller.Region == "" || args.Caller.Partition == "" {
		return errors.New("project, region and partition are needed")
	}
	if args.RetentionDays < 1 {
		return errors.New("the days that events are kept for are missing")
	}
	if !strings.HasPrefix(args.Family, names.Prefix(args.Project)) {
		return fmt.Errorf("the family %q does not begin with the project %q", args.Family, args.Project)
	}
	return nil
}

func (t *TaskEvents) provision(ctx *pulumi.Context, name string, args *Args) error {
	group, err := cloudwatch.NewLogGroup(ctx, name+"-task-events", &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(names.TaskEvents(name)),
		RetentionInDays: pulumi.Int(args.RetentionDays),
	}, pulumi.Parent(t))
	if err != nil {
		return fmt.Errorf("make log group: %w", err)
	}
	t.group, t.LogGroup = group, group.Name
	if err := t.sendToLogGroup(ctx, name, args); err != nil {
		return err
	}
	return t.count(ctx, name)
}

// count makes a metric of unexpected stops. It costs nothing while there are none.
func (t *TaskEvents) count(ctx *pulumi.Context, name string) error {
	filter, err := cloudwatch.NewLogMetricFilter(ctx, name+"-task-events", &cloudwatch.LogMetricFilterArgs{
		LogGroupName: t.LogGroup,
		Pattern:      pulumi.String(Unexpected),
		MetricTransformation: &cloudwatch.LogMetricFilterMetricTransformationArgs{
			Namespace: pulumi.String(Namespace),
			Name:      pulumi.String(name + "-unexpected-task-stops"),
			Value:     pulumi.String("1"),
		},
	}, pulumi.Parent(t))
	if err != nil {
		return fmt.Errorf("make metric: %w", err)
	}
	t.Metric = filter.MetricTransformation.Name()
	return nil
}

func (t *TaskEvents) outputs(ctx *pulumi.Context) error {
	return ctx.RegisterResourceOutputs(t, pulumi.Map{"logGroup": t.LogGroup, "metric": t.Metric})
}
