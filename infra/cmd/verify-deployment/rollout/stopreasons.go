package rollout

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/report"
)

// maxTasks are those whose last lines are shown: stopped tasks mostly stopped for the same reason.
const maxTasks = 2

// stopped are the tasks that ECS still remembers, youngest first, and what it could not describe of them.
func (v Verifier) stopped(ctx context.Context, d Deployment) (tasks []types.Task, failed []types.Failure, err error) {
	pages := ecs.NewListTasksPaginator(v.ECS, &ecs.ListTasksInput{
		Cluster: &d.Cluster, ServiceName: &d.Service, DesiredStatus: types.DesiredStatusStopped,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return tasks, failed, fmt.Errorf("list stopped tasks: %w", err)
		}
		if len(page.TaskArns) == 0 {
			continue
		}
		// A page has a hundred tasks at most, which is also what can be described at once.
		found, err := v.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &d.Cluster, Tasks: page.TaskArns})
		if err != nil {
			return tasks, failed, fmt.Errorf("describe stopped tasks: %w", err)
		}
		tasks, failed = append(tasks, found.Tasks...), append(failed, found.Failures...)
	}
	slices.SortStableFunc(tasks, func(a, b types.Task) int { return youngestFirst(a.StoppedAt, b.StoppedAt) })
	return tasks, failed, nil
}

// youngestFirst compares two times, of which one that is missing is older than all.
func youngestFirst(a, b *time.Time) int {
	return aws.ToTime(b).Compare(aws.ToTime(a))
}

// stopReasons are why each task stopped, and how its containers ended.
func stopReasons(tasks []types.Task) []string {
	var lines []string
	for _, task := range tasks[:min(report.MaxLines, len(tasks))] {
		lines = append(lines, fmt.Sprintf("%s of %s: %s %s",
			short(text(task.TaskArn)), short(text(task.TaskDefinitionArn)), task.StopCode, text(task.StoppedReason)))
		for _, container := range task.Containers {
			lines = append(lines, "  "+containerExit(container))
		}
	}
	return lines
}

// containerExit is how a container ended. Without an exit code it never ran.
func containerExit(container types.Container) string {
	if container.ExitCode == nil {
		return fmt.Sprintf("%s never ran: %s", text(container.Name), text(container.Reason))
	}
	return fmt.Sprintf("%s ended with exit code %d %s", text(container.Name), *container.ExitCode, text(container.Reason))
}

// lastLines are those of the tasks of the version that was asked for. Among the lines of the whole service they would not be found: the
// old version, which goes on serving, writes one for each request.
func (v Verifier) lastLines(ctx context.Context, d Deployment, stopped []types.Task) ([]string, error) {
	if d.LogGroup == "" {
		return nil, nil
	}
	found, err := v.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &d.TaskDefinition})
	if err != nil {
		return nil, fmt.Errorf("describe task definition %s: %w", d.TaskDefinition, err)
	}
	ours := slices.DeleteFunc(slices.Clone(stopped), func(task types.Task) bool { return text(task.TaskDefinitionArn) != d.TaskDefinition })
	var lines []string
	for _, task := range ours[:min(maxTasks, len(ours))] {
		for _, stream := range streams(found.TaskDefinition, task) {
			said, err := v.lines(ctx, d.LogGroup, stream)
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
