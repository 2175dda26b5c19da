// Package rollout decides whether the version that was deployed is the one that serves. It reads what ECS runs and not what ECS calls a
// success: a rollback is one.
package rollout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/report"
)

// ECS is the part of its API that is called.
type ECS interface {
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
	DescribeTaskDefinition(context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options)) (
		*ecs.DescribeTaskDefinitionOutput, error)
	ListTasks(context.Context, *ecs.ListTasksInput, ...func(*ecs.Options)) (*ecs.ListTasksOutput, error)
	DescribeTasks(context.Context, *ecs.DescribeTasksInput, ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error)
	ListServiceDeployments(context.Context, *ecs.ListServiceDeploymentsInput, ...func(*ecs.Options)) (*ecs.ListServiceDeploymentsOutput, error)
}

// ELB is the part of the load balancer's API that is called.
type ELB interface {
	DescribeRules(context.Context, *elb.DescribeRulesInput, ...func(*elb.Options)) (*elb.DescribeRulesOutput, error)
	DescribeTargetHealth(context.Context, *elb.DescribeTargetHealthInput, ...func(*elb.Options)) (*elb.DescribeTargetHealthOutput, error)
}

// Logs is the part of the API of CloudWatch Logs that is called.
type Logs interface {
	FilterLogEvents(context.Context, *cloudwatchlogs.FilterLogEventsInput, ...func(*cloudwatchlogs.Options)) (
		*cloudwatchlogs.FilterLogEventsOutput, error)
}

// Verifier asks every Poll, for Wait at most, while a deployment is in progress. The result and its reasons go to Out.
type Verifier struct {
	ECS  ECS
	ELB  ELB
	Logs Logs
	Out  io.Writer
	Poll time.Duration
	Wait time.Duration
}

// New is a verifier that asks AWS.
func New(cfg aws.Config, out io.Writer, poll, wait time.Duration) Verifier {
	return Verifier{
		ECS: ecs.NewFromConfig(cfg), ELB: elb.NewFromConfig(cfg), Logs: cloudwatchlogs.NewFromConfig(cfg),
		Out: out, Poll: poll, Wait: wait,
	}
}

// Verify returns nil when the version serves, report.ErrNotRolledOut when it does not, and another error when that could not be found out.
func (v Verifier) Verify(ctx context.Context, d Deployment) error {
	if d.ImageDigest == "" {
		return errors.New("the stack's outputs lack imageDigest: the stack was not deployed to its end")
	}
	if err := v.verifyImage(ctx, d); err != nil {
		return err
	}
	service, why, err := v.waitStable(ctx, d)
	if err != nil {
		return err
	}
	if why == "" {
		fmt.Fprintf(v.Out, "rolled out: %s runs in %s, %d of %d tasks\n", short(d.TaskDefinition), d.Cluster, service.RunningCount, service.DesiredCount)
		return nil
	}
	fmt.Fprintf(v.Out, "not rolled out: %s\n", why)
	v.explain(ctx, d, service)
	return report.ErrNotRolledOut
}

// Explain writes the reasons alone.
func (v Verifier) Explain(ctx context.Context, d Deployment) error {
	service, err := v.service(ctx, d)
	if err != nil {
		return err
	}
	v.explain(ctx, d, service)
	return nil
}

// verifyImage checks that the task definition names the digest that was asked for.
func (v Verifier) verifyImage(ctx context.Context, d Deployment) error {
	found, err := v.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &d.TaskDefinition})
	if err != nil {
		return fmt.Errorf("describe task definition %s: %w", d.TaskDefinition, err)
	}
	for _, container := range found.TaskDefinition.ContainerDefinitions {
		if strings.HasSuffix(text(container.Image), "@"+d.ImageDigest) {
			return nil
		}
	}
	fmt.Fprintf(v.Out, "not rolled out: %s does not run %s\n", short(d.TaskDefinition), d.ImageDigest)
	return report.ErrNotRolledOut
}

// waitStable waits until the deployment has ended one way or the other, and returns why the version does not serve, or nothing.
func (v Verifier) waitStable(ctx context.Context, d Deployment) (types.Service, string, error) {
	for deadline := time.Now().Add(v.Wait); ; {
		service, why, ended, err := v.state(ctx, d)
		if err != nil {
			return types.Service{}, "", err
		}
		if ended {
			return service, why, nil
		}
		if time.Now().After(deadline) {
			return service, fmt.Sprintf("still in progress after %s: %s", v.Wait, why), nil
		}
		select {
		case <-ctx.Done():
			return service, "", fmt.Errorf("wait for deployment: %w", ctx.Err())
		case <-time.After(v.Poll):
		}
	}
}

// state asks once: why the version does not serve, or nothing, and whether that is final.
func (v Verifier) state(ctx context.Context, d Deployment) (service types.Service, why string, ended bool, err error) {
	if service, err = v.service(ctx, d); err != nil {
		return service, "", false, err
	}
	if why, ended = notServing(service, d); why != "" {
		return service, why, ended, nil
	}
	why, err = v.trafficNotShifted(ctx, d, service)
	return service, why, why == "", err
}

func (v Verifier) service(ctx context.Context, d Deployment) (types.Service, error) {
	found, err := v.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &d.Cluster, Services: []string{d.Service}})
	if err != nil {
		return types.Service{}, fmt.Errorf("describe service %s: %w", d.Service, err)
	}
	if len(found.Services) != 1 {
		return types.Service{}, fmt.Errorf("cluster %s has no service %s %s", d.Cluster, d.Service, strings.Join(failures(found.Failures), ", "))
	}
	return found.Services[0], nil
}

// failures are what ECS could not describe, and why.
func failures(failed []types.Failure) []string {
	var lines []string
	for _, failure := range failed {
		lines = append(lines, fmt.Sprintf("%s could not be described: %s %s", short(text(failure.Arn)), text(failure.Reason), text(failure.Detail)))
	}
	return lines
}

// notServing finds why the version does not serve in one state of the service, or nothing, and whether that is final. After a rollback the
// primary deployment is the old version's again, and COMPLETED.
func notServing(service types.Service, d Deployment) (why string, ended bool) {
	if status := text(service.Status); status != "ACTIVE" {
		return "the service is " + status, true
	}
	primary, found := primaryOf(service)
	if !found {
		return "the service has no deployment", true
	}
	if running := text(primary.TaskDefinition); running != d.TaskDefinition {
		if starting(service, d) {
			return short(d.TaskDefinition) + " is started beside " + short(running), false
		}
		return fmt.Sprintf("ECS rolled back to %s, and %s was asked for", short(running), short(d.TaskDefinition)), true
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
func starting(service types.Service, d Deployment) bool {
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

// short is what comes after the last slash of an ARN: a task definition's family and revision, a service's or cluster's name.
func short(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func text(value *string) string {
	if value == nil {
		return ""
	}
	return *value
}
