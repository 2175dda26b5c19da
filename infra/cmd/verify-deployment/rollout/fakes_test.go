package rollout_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/rollout"
)

const (
	family = "arn:aws:ecs:eu-central-1:123456789012:task-definition/mote-prod:"
	digest = "sha256:0000000000000000000000000000000000000000000000000000000000000001"
)

// productionRule is that of a service whose traffic is moved between two target groups.
const productionRule = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener-rule/app/mote-prod/one/two/three"

var deployed = rollout.Deployment{
	Cluster: "mote-prod", Service: "mote-prod", TaskDefinition: family + "8", ImageDigest: digest,
	LogGroup: "/ecs/mote-prod", TaskEventsLogGroup: "/aws/events/mote-prod-task-events",
}

// cloud is a whole AWS of one service. Each state of the service is seen once, and the last one from then on.
type cloud struct {
	states  []types.Service
	image   string
	looked  int
	silent  bool
	stopped []types.Task
	// forgotten is a task that is listed and cannot be described.
	forgotten string
	// weights are those of the production rule each time it is looked at, the last one from then on; healthy are the targets of each group.
	weights []map[string]int32
	rules   int
	healthy map[string]int
}

func (c *cloud) DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	state := c.states[min(c.looked, len(c.states)-1)]
	c.looked++
	return &ecs.DescribeServicesOutput{Services: []types.Service{state}}, nil
}

func (c *cloud) DescribeTaskDefinition(_ context.Context, in *ecs.DescribeTaskDefinitionInput, _ ...func(*ecs.Options)) (
	*ecs.DescribeTaskDefinitionOutput, error,
) {
	if *in.TaskDefinition != deployed.TaskDefinition {
		return nil, errors.New("another task definition was asked for")
	}
	return &ecs.DescribeTaskDefinitionOutput{TaskDefinition: &types.TaskDefinition{
		ContainerDefinitions: []types.ContainerDefinition{{
			Image: aws.String(c.image), Name: aws.String("mote"), LogConfiguration: &types.LogConfiguration{
				LogDriver: types.LogDriverAwslogs, Options: map[string]string{"awslogs-stream-prefix": "service"},
			},
		}},
	}}, nil
}

// ListTasks answers in pages of ten.
func (c *cloud) ListTasks(_ context.Context, in *ecs.ListTasksInput, _ ...func(*ecs.Options)) (*ecs.ListTasksOutput, error) {
	if c.silent {
		return nil, errors.New("throttled")
	}
	first, _ := strconv.Atoi(aws.ToString(in.NextToken))
	out := &ecs.ListTasksOutput{}
	for _, task := range c.stopped[first:min(first+10, len(c.stopped))] {
		out.TaskArns = append(out.TaskArns, *task.TaskArn)
	}
	if first+10 < len(c.stopped) {
		out.NextToken = aws.String(strconv.Itoa(first + 10))
	}
	return out, nil
}

func (c *cloud) DescribeTasks(_ context.Context, in *ecs.DescribeTasksInput, _ ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error) {
	out := &ecs.DescribeTasksOutput{}
	for _, task := range c.stopped {
		switch {
		case !slices.Contains(in.Tasks, *task.TaskArn):
		case *task.TaskArn == c.forgotten:
			out.Failures = append(out.Failures, types.Failure{Arn: task.TaskArn, Reason: aws.String("MISSING")})
		default:
			out.Tasks = append(out.Tasks, task)
		}
	}
	return out, nil
}

func (c *cloud) DescribeRules(_ context.Context, in *elb.DescribeRulesInput, _ ...func(*elb.Options)) (*elb.DescribeRulesOutput, error) {
	if len(in.RuleArns) != 1 || in.RuleArns[0] != productionRule {
		return nil, errors.New("another rule was asked for")
	}
	weights := c.weights[min(c.rules, len(c.weights)-1)]
	c.rules++
	forward := &elbtypes.ForwardActionConfig{}
	for group, weight := range weights {
		forward.TargetGroups = append(forward.TargetGroups, elbtypes.TargetGroupTuple{TargetGroupArn: aws.String(group), Weight: aws.Int32(weight)})
	}
	return &elb.DescribeRulesOutput{Rules: []elbtypes.Rule{{Actions: []elbtypes.Action{{Type: "forward", ForwardConfig: forward}}}}}, nil
}

// ListServiceDeployments answers in two pages, of which the second has the younger ones.
func (c *cloud) ListServiceDeployments(_ context.Context, in *ecs.ListServiceDeploymentsInput, _ ...func(*ecs.Options)) (
	*ecs.ListServiceDeploymentsOutput, error,
) {
	page := func(first int, status types.ServiceDeploymentStatus, reason string) *ecs.ListServiceDeploymentsOutput {
		out := &ecs.ListServiceDeploymentsOutput{}
		for minute := range 8 {
			out.ServiceDeployments = append(out.ServiceDeployments, types.ServiceDeploymentBrief{
				ServiceDeploymentArn: aws.String(fmt.Sprintf("service-deployment/mote-prod/mote-prod/%d", first+minute)),
				CreatedAt:            aws.Time(time.Date(2026, 1, 1, 0, first+minute, 0, 0, time.UTC)),
				Status:               status, StatusReason: aws.String(reason),
			})
		}
		return out
	}
	if in.NextToken != nil {
		return page(10, types.ServiceDeploymentStatusRollbackSuccessful, "alarm mote-prod-errors"), nil
	}
	out := page(0, types.ServiceDeploymentStatusSuccessful, "all well")
	out.NextToken = aws.String("more")
	return out, nil
}

func (c *cloud) DescribeTargetHealth(_ context.Context, in *elb.DescribeTargetHealthInput, _ ...func(*elb.Options)) (
	*elb.DescribeTargetHealthOutput, error,
) {
	if c.healthy != nil {
		targets := make([]elbtypes.TargetHealthDescription, c.healthy[*in.TargetGroupArn])
		for i := range targets {
			targets[i].Target = &elbtypes.TargetDescription{Id: aws.String("10.0.0.9")}
			targets[i].TargetHealth = &elbtypes.TargetHealth{State: elbtypes.TargetHealthStateEnumHealthy}
		}
		return &elb.DescribeTargetHealthOutput{TargetHealthDescriptions: targets}, nil
	}
	return &elb.DescribeTargetHealthOutput{TargetHealthDescriptions: []elbtypes.TargetHealthDescription{{
		Target: &elbtypes.TargetDescription{Id: aws.String("10.0.0.7")},
		TargetHealth: &elbtypes.TargetHealth{
			State: elbtypes.TargetHealthStateEnumUnhealthy, Reason: elbtypes.TargetHealthReasonEnumFailedHealthChecks,
			Description: aws.String("Health checks failed with these codes: [503]"),
		},
	}}}, nil
}

// FilterLogEvents answers in two pages, or, asked for one stream, with a line of it.
func (c *cloud) FilterLogEvents(_ context.Context, in *cloudwatchlogs.FilterLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (
	*cloudwatchlogs.FilterLogEventsOutput, error,
) {
	line := func(text string) []logtypes.FilteredLogEvent {
		return []logtypes.FilteredLogEvent{{Message: aws.String(text + " of " + *in.LogGroupName)}}
	}
	if len(in.LogStreamNames) == 1 {
		return &cloudwatchlogs.FilterLogEventsOutput{Events: line("line in " + in.LogStreamNames[0])}, nil
	}
	if in.NextToken == nil {
		return &cloudwatchlogs.FilterLogEventsOutput{Events: line("first line"), NextToken: aws.String("more")}, nil
	}
	return &cloudwatchlogs.FilterLogEventsOutput{Events: line("last line")}, nil
}

// state is the service with one primary deployment.
func state(revision string, rollout types.DeploymentRolloutState, running, desired int32) types.Service {
	return types.Service{
		Status: aws.String("ACTIVE"), RunningCount: running, DesiredCount: desired,
		Deployments: []types.Deployment{{
			Status: aws.String("PRIMARY"), TaskDefinition: aws.String(family + revision), RolloutState: rollout,
			RolloutStateReason: aws.String("tasks failed to start"), RunningCount: running, DesiredCount: desired,
		}},
		LoadBalancers: []types.LoadBalancer{{TargetGroupArn: aws.String("targets")}},
		Events:        []types.ServiceEvent{{Message: aws.String("(service mote-prod) rolling back")}},
	}
}
