package rollout

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

const (
	// shown is how many lines of each kind are enough to see a reason and few enough to read.
	shown = 10
	// lookedBack is how far back a deployment's reasons can lie.
	lookedBack = 30 * time.Minute
)

// explain writes all that may say why. What cannot be asked is said and does not hide the rest.
func (j Judge) explain(ctx context.Context, d Deployed, service types.Service) {
	j.section("What ECS says", func() ([]string, error) { return events(service), nil })
	if d.ProductionRule != "" {
		j.section("Where the traffic goes", func() ([]string, error) { return j.weights(ctx, d) })
		j.section("Deployments of the service", func() ([]string, error) { return j.deployments(ctx, d) })
	}
	stopped, err := j.stopped(ctx, d)
	j.section("Stopped tasks", func() ([]string, error) { return endings(stopped), err })
	j.section("Last lines of the stopped tasks", func() ([]string, error) { return j.lastLines(ctx, d, stopped) })
	j.section("Targets of the load balancer", func() ([]string, error) { return j.targets(ctx, service) })
	j.section("Last lines of the service", func() ([]string, error) { return j.lines(ctx, d.LogGroup) })
	j.section("Recorded stops", func() ([]string, error) { return j.lines(ctx, d.TaskEventsLogGroup) })
}

func (j Judge) section(title string, ask func() ([]string, error)) {
	lines, err := ask()
	if err != nil {
		lines = append(lines, "could not be asked: "+err.Error())
	}
	if len(lines) == 0 {
		lines = []string{"nothing"}
	}
	fmt.Fprintf(j.Out, "\n%s:\n", title)
	for _, line := range lines {
		fmt.Fprintf(j.Out, "  %s\n", line)
	}
}

// events are the service's own messages, youngest first, as ECS gives them.
func events(service types.Service) []string {
	var lines []string
	for _, event := range service.Events[:min(shown, len(service.Events))] {
		lines = append(lines, text(event.Message))
	}
	return lines
}

func (j Judge) targets(ctx context.Context, service types.Service) ([]string, error) {
	var lines []string
	for _, group := range groups(service) {
		health, err := j.health(ctx, group)
		if err != nil {
			return lines, err
		}
		for _, target := range health {
			lines = append(lines, fmt.Sprintf("%s %s %s %s", text(target.Target.Id), target.TargetHealth.State,
				target.TargetHealth.Reason, text(target.TargetHealth.Description)))
		}
	}
	return lines, nil
}

// lines are the youngest of a log group, or of some of its streams.
func (j Judge) lines(ctx context.Context, group string, streams ...string) ([]string, error) {
	if group == "" {
		return nil, nil
	}
	since := time.Now().Add(-lookedBack).UnixMilli()
	var lines []string
	asked := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group, LogStreamNames: streams, StartTime: &since}
	for {
		found, err := j.Logs.FilterLogEvents(ctx, asked)
		if err != nil {
			return lines, fmt.Errorf("read log group %s: %w", group, err)
		}
		for _, event := range found.Events {
			lines = append(lines, text(event.Message))
		}
		lines = lines[max(0, len(lines)-shown):]
		if found.NextToken == nil {
			return lines, nil
		}
		asked.NextToken = found.NextToken
	}
}
