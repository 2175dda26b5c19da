package rollout

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/report"
)

// lookback is how far back a deployment's reasons can lie.
const lookback = 30 * time.Minute

// explain writes all that may say why. What cannot be asked is said and does not hide the rest.
func (v Verifier) explain(ctx context.Context, d Deployment, service types.Service) {
	v.section("What ECS says", func() ([]string, error) { return events(service), nil })
	if d.ProductionRule != "" {
		v.section("Where the traffic goes", func() ([]string, error) { return v.weights(ctx, d) })
		v.section("Deployments of the service", func() ([]string, error) { return v.deployments(ctx, d) })
	}
	stopped, failed, err := v.stopped(ctx, d)
	v.section("Stopped tasks", func() ([]string, error) { return append(stopReasons(stopped), failures(failed)...), err })
	v.section("Last lines of the stopped tasks", func() ([]string, error) { return v.lastLines(ctx, d, stopped) })
	v.section("Targets of the load balancer", func() ([]string, error) { return v.targets(ctx, service) })
	v.section("Last lines of the service", func() ([]string, error) { return v.lines(ctx, d.LogGroup) })
	v.section("Task events", func() ([]string, error) { return v.lines(ctx, d.TaskEventsLogGroup) })
}

func (v Verifier) section(title string, ask func() ([]string, error)) {
	report.Section(v.Out, title, ask)
}

// events are the service's own messages, youngest first, as ECS gives them.
func events(service types.Service) []string {
	var lines []string
	for _, event := range service.Events[:min(report.MaxLines, len(service.Events))] {
		lines = append(lines, text(event.Message))
	}
	return lines
}

func (v Verifier) targets(ctx context.Context, service types.Service) ([]string, error) {
	var lines []string
	for _, group := range groups(service) {
		health, err := Targets(ctx, v.ELB, group)
		lines = append(lines, health...)
		if err != nil {
			return lines, err
		}
	}
	return lines, nil
}

// Targets tells the health of a target group's targets, and the reason of each.
func Targets(ctx context.Context, balancer ELB, group string) ([]string, error) {
	health, err := health(ctx, balancer, group)
	var lines []string
	for _, target := range health {
		lines = append(lines, fmt.Sprintf("%s %s %s %s", text(target.Target.Id), target.TargetHealth.State,
			target.TargetHealth.Reason, text(target.TargetHealth.Description)))
	}
	return lines, err
}

// lines are the youngest of a log group, or of some of its streams.
func (v Verifier) lines(ctx context.Context, group string, streams ...string) ([]string, error) {
	if group == "" {
		return nil, nil
	}
	since := time.Now().Add(-lookback).UnixMilli()
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(v.Logs, &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: &group, LogStreamNames: streams, StartTime: &since,
	})
	var lines []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return lines, fmt.Errorf("read log group %s: %w", group, err)
		}
		for _, event := range page.Events {
			lines = append(lines, text(event.Message))
		}
		lines = lines[max(0, len(lines)-report.MaxLines):]
	}
	return lines, nil
}
