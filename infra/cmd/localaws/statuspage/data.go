package statuspage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/mote-dev/mote/infra/cmd/localaws/cluster"
	"github.com/mote-dev/mote/infra/cmd/localaws/notifications"
)

const (
	// shownEvents, shownNotifications and shownLines are how many of the newest the page shows.
	shownEvents, shownNotifications, shownLines = 8, 20, 40
	// describable is how many tasks or services AWS describes in one call at most.
	describable = 10
)

// Data is what the page shows. Times are Unix times in milliseconds, 0 for none.
type Data struct {
	Deployed

	Error string `json:"error,omitempty"`
	// Notifications are the newest, the oldest of them first.
	Notifications []notifications.Notification `json:"notifications"`
	Lines         []cluster.Line               `json:"lines"`
}

// Deployed is what runs: on ECS, or in a cluster where the rehearsal has one.
type Deployed struct {
	Services     []Service          `json:"services,omitempty"`
	TargetGroups []TargetGroup      `json:"targetGroups,omitempty"`
	Workloads    []cluster.Workload `json:"workloads,omitempty"`
}

// Service is an ECS service with its deployments, tasks and newest events.
type Service struct {
	Name        string         `json:"name"`
	Cluster     string         `json:"cluster"`
	Desired     int32          `json:"desired"`
	Running     int32          `json:"running"`
	Pending     int32          `json:"pending"`
	Deployments []Deployment   `json:"deployments"`
	Tasks       []Task         `json:"tasks"`
	Events      []cluster.Line `json:"events,omitempty"`
}

// Deployment is one of a service's, the newest first.
type Deployment struct {
	ID             string `json:"id"`
	Status         string `json:"status"`
	Rollout        string `json:"rollout"`
	Reason         string `json:"reason,omitempty"`
	TaskDefinition string `json:"taskDefinition"`
	Desired        int32  `json:"desired"`
	Running        int32  `json:"running"`
	Failed         int32  `json:"failed"`
	Created        int64  `json:"created"`
}

// Task is a task of a service that runs or starts.
type Task struct {
	ID             string `json:"id"`
	Status         string `json:"status"`
	Health         string `json:"health"`
	TaskDefinition string `json:"taskDefinition"`
	Image          string `json:"image"`
	Started        int64  `json:"started"`
}

// TargetGroup is a target group with the health of its targets.
type TargetGroup struct {
	Name    string   `json:"name"`
	Check   string   `json:"check"`
	Targets []Target `json:"targets"`
}

// Target is a registered address and what the health checks say of it.
type Target struct {
	ID     string `json:"id"`
	Port   int32  `json:"port"`
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"`
}

// Look reads all that the page shows.
func (c Clients) Look(ctx context.Context) (data Data, err error) {
	if data.Deployed, err = c.Deployed(ctx); err != nil {
		return data, err
	}
	if data.Notifications, err = notifications.Read(c.Notified); err != nil {
		return data, err
	}
	data.Notifications = data.Notifications[max(0, len(data.Notifications)-shownNotifications):]
	if data.Lines, err = c.lines(ctx); err != nil {
		return data, err
	}
	for _, one := range data.Workloads {
		data.Lines = append(data.Lines, c.Cluster.Lines(ctx, one.Pods, shownLines)...)
	}
	data.Lines = newest(data.Lines)
	return data, nil
}

// Deployed reads what runs.
func (c Clients) Deployed(ctx context.Context) (deployed Deployed, err error) {
	if deployed.Services, err = c.services(ctx); err != nil {
		return deployed, err
	}
	if deployed.TargetGroups, err = c.targetGroups(ctx); err != nil || c.Cluster == nil {
		return deployed, err
	}
	deployed.Workloads, err = c.Cluster.Workloads(ctx)
	return deployed, err
}

func (c Clients) services(ctx context.Context) (all []Service, err error) {
	clusters, err := c.ECS.ListClusters(ctx, &ecs.ListClustersInput{})
	if err != nil {
		return nil, fmt.Errorf("list clusters: %w", err)
	}
	for _, arn := range clusters.ClusterArns {
		listed, err := c.ECS.ListServices(ctx, &ecs.ListServicesInput{Cluster: &arn, MaxResults: aws.Int32(describable)})
		if err != nil {
			return nil, fmt.Errorf("list services: %w", err)
		}
		if len(listed.ServiceArns) == 0 {
			continue
		}
		described, err := c.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &arn, Services: listed.ServiceArns})
		if err != nil {
			return nil, fmt.Errorf("describe services: %w", err)
		}
		for _, one := range described.Services {
			service, err := c.service(ctx, arn, one)
			if err != nil {
				return nil, err
			}
			all = append(all, service)
		}
	}
	return all, nil
}

func (c Clients) service(ctx context.Context, inCluster string, of types.Service) (Service, error) {
	tasks, err := c.tasks(ctx, inCluster, aws.ToString(of.ServiceName))
	service := Service{
		Name: aws.ToString(of.ServiceName), Cluster: last(inCluster), Desired: of.DesiredCount, Running: of.RunningCount, Pending: of.PendingCount, Tasks: tasks,
	}
	for _, one := range of.Deployments {
		service.Deployments = append(service.Deployments, Deployment{
			ID: aws.ToString(one.Id), Status: aws.ToString(one.Status), Rollout: string(one.RolloutState), Reason: aws.ToString(one.RolloutStateReason),
			TaskDefinition: last(aws.ToString(one.TaskDefinition)),
			Desired:        one.DesiredCount, Running: one.RunningCount, Failed: one.FailedTasks, Created: millis(one.CreatedAt),
		})
	}
	for _, one := range of.Events[:min(shownEvents, len(of.Events))] {
		service.Events = append(service.Events, cluster.Line{Time: millis(one.CreatedAt), Source: service.Name, Text: aws.ToString(one.Message)})
	}
	return service, err
}

func (c Clients) tasks(ctx context.Context, inCluster, service string) (all []Task, err error) {
	listed, err := c.ECS.ListTasks(ctx, &ecs.ListTasksInput{Cluster: &inCluster, ServiceName: &service})
	if err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	for some := range slices.Chunk(listed.TaskArns, describable) {
		described, err := c.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &inCluster, Tasks: some})
		if err != nil {
			return nil, fmt.Errorf("describe tasks: %w", err)
		}
		for _, one := range described.Tasks {
			task := Task{
				ID: last(aws.ToString(one.TaskArn)), Status: aws.ToString(one.LastStatus), Health: string(one.HealthStatus),
				TaskDefinition: last(aws.ToString(one.TaskDefinitionArn)), Started: millis(one.StartedAt),
			}
			for _, container := range one.Containers {
				task.Image = last(aws.ToString(container.Image))
			}
			all = append(all, task)
		}
	}
	return all, nil
}

func (c Clients) targetGroups(ctx context.Context) (all []TargetGroup, err error) {
	groups, err := c.ELB.DescribeTargetGroups(ctx, &elb.DescribeTargetGroupsInput{})
	if err != nil {
		return nil, fmt.Errorf("describe target groups: %w", err)
	}
	for _, one := range groups.TargetGroups {
		group := TargetGroup{Name: aws.ToString(one.TargetGroupName), Check: aws.ToString(one.HealthCheckPath)}
		health, err := c.ELB.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: one.TargetGroupArn})
		if err != nil {
			return nil, fmt.Errorf("describe target health: %w", err)
		}
		for _, target := range health.TargetHealthDescriptions {
			group.Targets = append(group.Targets, Target{
				ID: aws.ToString(target.Target.Id), Port: aws.ToInt32(target.Target.Port), State: string(target.TargetHealth.State),
				Reason: aws.ToString(target.TargetHealth.Description),
			})
		}
		all = append(all, group)
	}
	return all, nil
}

// lines are the newest of all log groups, the oldest of them first.
func (c Clients) lines(ctx context.Context) (all []cluster.Line, err error) {
	groups, err := c.Logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
	if err != nil {
		return nil, fmt.Errorf("describe log groups: %w", err)
	}
	for _, group := range groups.LogGroups {
		found, err := c.Logs.FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: group.LogGroupName})
		if err != nil {
			return nil, fmt.Errorf("read log group %s: %w", aws.ToString(group.LogGroupName), err)
		}
		for _, event := range found.Events {
			all = append(all, cluster.Line{
				Time: aws.ToInt64(event.Timestamp), Source: last(aws.ToString(event.LogStreamName)), Text: strings.TrimSpace(aws.ToString(event.Message)),
			})
		}
	}
	return newest(all), nil
}

// newest are those that are shown, the oldest of them first.
func newest(lines []cluster.Line) []cluster.Line {
	slices.SortStableFunc(lines, func(a, b cluster.Line) int { return cmp.Compare(a.Time, b.Time) })
	return lines[max(0, len(lines)-shownLines):]
}

// last is the last part of an ARN or of an image's name.
func last(text string) string { return text[strings.LastIndexByte(text, '/')+1:] }

func millis(at *time.Time) int64 {
	if at == nil {
		return 0
	}
	return at.UnixMilli()
}
