// Package rollout decides whether a deployment won. It asks ECS for facts, never for its opinion: a rollback is a success to ECS.
package rollout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
)

// ErrLost says that another version than the one asked for serves, or none.
var ErrLost = errors.New("the version did not win")

// Deployed is what the stack says of itself. The keys are those of its outputs.
type Deployed struct {
	Cluster            string `json:"cluster"`
	Service            string `json:"service"`
	TaskDefinition     string `json:"taskDefinition"`
	ImageDigest        string `json:"imageDigest"`
	LogGroup           string `json:"logGroup"`
	TaskEventsLogGroup string `json:"taskEventsLogGroup"`
	// ProductionRule is the listener's rule by which traffic is moved to a new version; empty where tasks are replaced in place.
	ProductionRule string `json:"productionRule"`
}

// ECS is what is asked of it.
type ECS interface {
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
	DescribeTaskDefinition(context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options)) (
		*ecs.DescribeTaskDefinitionOutput, error)
	ListTasks(context.Context, *ecs.ListTasksInput, ...func(*ecs.Options)) (*ecs.ListTasksOutput, error)
	DescribeTasks(context.Context, *ecs.DescribeTasksInput, ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error)
	ListServiceDeployments(context.Context, *ecs.ListServiceDeploymentsInput, ...func(*ecs.Options)) (*ecs.ListServiceDeploymentsOutput, error)
}

// ELB is what is asked of the load balancer.
type ELB interface {
	DescribeRules(context.Context, *elb.DescribeRulesInput, ...func(*elb.Options)) (*elb.DescribeRulesOutput, error)
	DescribeTargetHealth(context.Context, *elb.DescribeTargetHealthInput, ...func(*elb.Options)) (*elb.DescribeTargetHealthOutput, error)
}

// Logs is what is asked of CloudWatch Logs.
type Logs interface {
	FilterLogEvents(context.Context, *cloudwatchlogs.FilterLogEventsInput, ...func(*cloudwatchlogs.Options)) (
		*cloudwatchlogs.FilterLogEventsOutput, error)
}

// Judge decides. A deployment in progress is looked at every Poll, for Wait at most; the reasons go to Out.
type Judge struct {
	ECS  ECS
	ELB  ELB
	Logs Logs
	Out  io.Writer
	Poll time.Duration
	Wait time.Duration
}

// Decide returns nil when the version serves, ErrLost when it does not, and another error when that could not be found out.
func (j Judge) Decide(ctx context.Context, d Deployed) error {
	if err := d.check(); err != nil {
		return err
	}
	if err := j.sameImage(ctx, d); err != nil {
		return err
	}
	service, why, err := j.settle(ctx, d)
	if err != nil {
		return err
	}
	if why == "" {
		fmt.Fprintf(j.Out, "won: %s runs in %s, %d of %d tasks\n", short(d.TaskDefinition), d.Cluster, service.RunningCount, service.DesiredCount)
		return nil
	}
	fmt.Fprintf(j.Out, "lost: %s\n", why)
	j.explain(ctx, d, service)
	return ErrLost
}

// Explain writes the reasons alone.
func (j Judge) Explain(ctx context.Context, d Deployed) error {
	if err := d.check(); err != nil {
		return err
	}
	service, err := j.service(ctx, d)
	if err != nil {
		return err
	}
	j.explain(ctx, d, service)
	return nil
}

// check refuses outputs that are not a stack's: an empty one would be found nowhere, or everywhere.
func (d Deployed) check() error {
	for _, output := range [][2]string{
		{"cluster", d.Cluster}, {"service", d.Service}, {"taskDefinition", d.TaskDefinition}, {"imageDigest", d.ImageDigest},
	} {
		if output[1] == "" {
			return fmt.Errorf("the stack's outputs lack %s: the stack was not deployed to its end", output[0])
		}
	}
	return nil
}

// sameImage sees that the task definition names the digest that was asked for.
func (j Judge) sameImage(ctx context.Context, d Deployed) error {
	found, err := j.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &d.TaskDefinition})
	if err != nil {
		return fmt.Errorf("describe task definition %s: %w", d.TaskDefinition, err)
	}
	for _, container := range found.TaskDefinition.ContainerDefinitions {
		if container.Image != nil && strings.HasSuffix(*container.Image, "@"+d.ImageDigest) {
			return nil
		}
	}
	fmt.Fprintf(j.Out, "lost: %s does not run %s\n", short(d.TaskDefinition), d.ImageDigest)
	return ErrLost
}

// settle waits until the deployment has ended one way or the other, and returns why it lost, or nothing.
func (j Judge) settle(ctx context.Context, d Deployed) (types.Service, string, error) {
	for deadline := time.Now().Add(j.Wait); ; {
		service, why, ended, err := j.look(ctx, d)
		if err != nil {
			return types.Service{}, "", err
		}
		if ended {
			return service, why, nil
		}
		if time.Now().After(deadline) {
			return service, fmt.Sprintf("still in progress after %s: %s", j.Wait, why), nil
		}
		select {
		case <-ctx.Done():
			return service, "", fmt.Errorf("wait for deployment: %w", ctx.Err())
		case <-time.After(j.Poll):
		}
	}
}

// look asks for one state of the service: why the version does not serve, or nothing, and whether that is final.
func (j Judge) look(ctx context.Context, d Deployed) (service types.Service, why string, ended bool, err error) {
	if service, err = j.service(ctx, d); err != nil {
		return service, "", false, err
	}
	if why, ended = judge(service, d); why != "" {
		return service, why, ended, nil
	}
	why, err = j.unserved(ctx, d, service)
	return service, why, why == "", err
}

func (j Judge) service(ctx context.Context, d Deployed) (types.Service, error) {
	found, err := j.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &d.Cluster, Services: []string{d.Service}})
	if err != nil {
		return types.Service{}, fmt.Errorf("describe service %s: %w", d.Service, err)
	}
	if len(found.Services) != 1 {
		return types.Service{}, fmt.Errorf("cluster %s has no service %s", d.Cluster, d.Service)
	}
	return found.Services[0], nil
}

// judge looks at one state of the service: why the version does not serve, or nothing, and whether that is final. After a rollback the
// primary deployment is the old version's again, and COMPLETED.
func judge(service types.Service, d Deployed) (why string, ended bool) {
	if status := text(service.Status); status != "ACTIVE" {
		return "the service is " + status, true
	}
	primary, there := primaryOf(service)
	if !there {
		return "the service has no deployment", true
	}
	if running := text(primary.TaskDefinition); running != d.TaskDefinition {
		if starting(service, d) {
			return short(d.TaskDefinition) + " is started beside " + short(running), false
		}
		return fmt.Sprintf("ECS went back to %s, and %s was asked for", short(running), short(d.TaskDefinition)), true
	}
	switch primary.RolloutState {
	case types.DeploymentRolloutStateFailed:
		return "the deployment failed: " + text(primary.RolloutStateReason), true
	case types.DeploymentRolloutStateCompleted:
		return incomplete(service, primary)
	default:
		return fmt.Sprintf("%d of %d tasks run", primary.RunningCount, primary.DesiredCount), false
	}
}

// incomplete finds what a completed deployment may still lack.
func incomplete(service types.Service, primary types.Deployment) (why string, ended bool) {
	if primary.RunningCount < primary.DesiredCount {
		return fmt.Sprintf("%d of %d tasks run", primary.RunningCount, primary.DesiredCount), false
	}
	if len(service.Deployments) > 1 {
		return "tasks of an older version still run", false
	}
	return "", true
}

// starting says whether the version that was asked for is on its way up beside the one that serves.
func starting(service types.Service, d Deployed) bool {
	for _, deployment := range service.Deployments {
		if text(deployment.TaskDefinition) == d.TaskDefinition && deployment.RolloutState == types.DeploymentRolloutStateInProgress {
			return true
		}
	}
	return false
}

func primaryOf(service types.Service) (types.Deployment, bool) {
	for _, deployment := range service.Deployments {
		if text(deployment.Status) == "PRIMARY" {
			return deployment, true
		}
	}
	return types.Deployment{}, false
}

// short is the family and revision of a task definition's ARN.
func short(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func text(value *string) string {
	if value == nil {
		return ""
	}
	return *value
}
