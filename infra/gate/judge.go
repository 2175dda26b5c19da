package main

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// A verdict is what can be said of a deployment now.
type verdict int

const (
	open verdict = iota
	won
	lost
)

// said is how many of the service's last events, and of its stopped tasks, are shown: enough for the reason, on one screen.
const said = 5

// judge looks at one answer of ECS. The primary deployment is the one that ECS is aiming at: after a rollback it is the old version's.
func judge(service types.Service, wanted string) (verdict, string) {
	for _, deployment := range service.Deployments {
		if aws.ToString(deployment.Status) != "PRIMARY" {
			continue
		}
		switch got := aws.ToString(deployment.TaskDefinition); {
		case got != wanted:
			return lost, fmt.Sprintf("ECS went back to %s", got)
		case deployment.RolloutState == types.DeploymentRolloutStateFailed:
			return lost, "its deployment failed: " + aws.ToString(deployment.RolloutStateReason)
		case deployment.RolloutState == types.DeploymentRolloutStateCompleted && service.RunningCount >= service.DesiredCount:
			return won, ""
		default:
			return open, fmt.Sprintf("it is %s, with %d of %d tasks running, %d pending and %d failed",
				deployment.RolloutState, deployment.RunningCount, deployment.DesiredCount, deployment.PendingCount, deployment.FailedTasks)
		}
	}
	return open, "the service has no deployment"
}

// look asks ECS for the service as it is now.
func look(ctx context.Context, client *ecs.Client, cluster, service string) (types.Service, error) {
	answer, err := client.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{service}})
	if err != nil {
		return types.Service{}, fmt.Errorf("ask ECS for service %s: %w", service, err)
	}
	if len(answer.Services) != 1 {
		return types.Service{}, fmt.Errorf("ECS has no service %s in cluster %s", service, cluster)
	}
	return answer.Services[0], nil
}

// explain prints what ECS knows of why; that it could not find out more is no error of its own.
func explain(ctx context.Context, client *ecs.Client, out io.Writer, cluster string, service types.Service) {
	fmt.Fprintln(out, "last events of the service:")
	for _, event := range service.Events[:min(said, len(service.Events))] {
		fmt.Fprintln(out, "  "+aws.ToString(event.Message))
	}
	listed, err := client.ListTasks(ctx, &ecs.ListTasksInput{
		Cluster: &cluster, ServiceName: service.ServiceName, DesiredStatus: types.DesiredStatusStopped, MaxResults: aws.Int32(said),
	})
	if err != nil || len(listed.TaskArns) == 0 {
		fmt.Fprintln(out, "ECS names no stopped task")
		return
	}
	tasks, err := client.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &cluster, Tasks: listed.TaskArns})
	if err != nil {
		return
	}
	fmt.Fprintln(out, "stopped tasks:")
	for _, task := range tasks.Tasks {
		fmt.Fprintln(out, "  "+end(task))
	}
}

// end is how a task ended, in one line.
func end(task types.Task) string {
	line := fmt.Sprintf("%s: %s", aws.ToString(task.TaskDefinitionArn), aws.ToString(task.StoppedReason))
	for _, container := range task.Containers {
		if container.ExitCode != nil {
			line += fmt.Sprintf("; %s ended with exit code %d", aws.ToString(container.Name), *container.ExitCode)
		}
		if reason := aws.ToString(container.Reason); reason != "" {
			line += fmt.Sprintf("; %s: %s", aws.ToString(container.Name), reason)
		}
	}
	return line
}
