package rollout

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// heard is of how many stopped tasks the last lines are shown: they mostly stopped for the same reason.
const heard = 2

// stopped are the tasks that ECS still remembers, youngest first.
func (j Judge) stopped(ctx context.Context, d Deployed) ([]types.Task, error) {
	listed, err := j.ECS.ListTasks(ctx, &ecs.ListTasksInput{
		Cluster: &d.Cluster, ServiceName: &d.Service, DesiredStatus: types.DesiredStatusStopped,
	})
	if err != nil {
		return nil, fmt.Errorf("list stopped tasks: %w", err)
	}
	if len(listed.TaskArns) == 0 {
		return nil, nil
	}
	found, err := j.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &d.Cluster, Tasks: listed.TaskArns})
	if err != nil {
		return nil, fmt.Errorf("describe stopped tasks: %w", err)
	}
	slices.SortStableFunc(found.Tasks, func(a, b types.Task) int {
		if a.StoppedAt == nil || b.StoppedAt == nil {
			return 0
		}
		return b.StoppedAt.Compare(*a.StoppedAt)
	})
	return found.Tasks, nil
}

// endings tell of each task why it stopped, and how its containers ended.
func endings(tasks []types.Task) []string {
	var lines []string
	for _, task := range tasks[:min(shown, len(tasks))] {
		lines = append(lines, fmt.Sprintf("%s of %s: %s %s",
			short(text(task.TaskArn)), short(text(task.TaskDefinitionArn)), task.StopCode, text(task.StoppedReason)))
		for _, container := range task.Containers {
			lines = append(lines, "  "+ending(container))
		}
	}
	return lines
}

// ending is how a container ended. Without an exit code it never ran.
func ending(container types.Container) string {
	if container.ExitCode == nil {
		return fmt.Sprintf("%s never ran: %s", text(container.Name), text(container.Reason))
	}
	return fmt.Sprintf("%s ended with exit code %d %s", text(container.Name), *container.ExitCode, text(container.Reason))
}

// lastLines are those of the tasks of the version that was asked for. Among the lines of the whole service they would not be found: the
// old version, which goes on serving, writes one for each request.
func (j Judge) lastLines(ctx context.Context, d Deployed, stopped []types.Task) ([]string, error) {
	if d.LogGroup == "" {
		return nil, nil
	}
	found, err := j.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &d.TaskDefinition})
	if err != nil {
		return nil, fmt.Errorf("describe task definition %s: %w", d.TaskDefinition, err)
	}
	ours := slices.DeleteFunc(slices.Clone(stopped), func(task types.Task) bool { return text(task.TaskDefinitionArn) != d.TaskDefinition })
	var lines []string
	for _, task := range ours[:min(heard, len(ours))] {
		for _, stream := range streams(found.TaskDefinition, task) {
			said, err := j.lines(ctx, d.LogGroup, stream)
			if err != nil {
				// A task whose container never ran has no stream.
				said = append(said, "could not be read: "+err.Error())
			}
			lines = append(lines, said...)
		}
	}
	return lines, nil
}

// streams are the log streams of a task's containers, named as the awslogs driver does:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
func streams(definition *types.TaskDefinition, task types.Task) []string {
	var names []string
	for _, container := range definition.ContainerDefinitions {
		if logs := container.LogConfiguration; logs != nil && logs.LogDriver == types.LogDriverAwslogs {
			names = append(names, logs.Options["awslogs-stream-prefix"]+"/"+text(container.Name)+"/"+short(text(task.TaskArn)))
		}
	}
	return names
}
