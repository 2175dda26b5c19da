package deployment

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
)

func TestContainer_LogLinesAreInCloudWatch(t *testing.T) {
	r := deployed(t)
	client := cloudwatchlogs.NewFromConfig(awsconfig.Config(r.status(t).Shim))
	group := r.output(t, "logGroup")
	var lines []string
	eventually(t, 20*time.Second, "the service says at its start what it listens on", func() bool {
		streams, err := client.DescribeLogStreams(t.Context(), &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: &group})
		require.NoError(t, err)
		lines = nil
		for _, stream := range streams.LogStreams {
			events, err := client.GetLogEvents(t.Context(), &cloudwatchlogs.GetLogEventsInput{
				LogGroupName: &group, LogStreamName: stream.LogStreamName, StartFromHead: aws.Bool(true),
			})
			require.NoError(t, err)
			for _, event := range events.Events {
				lines = append(lines, aws.ToString(event.Message))
			}
		}
		return strings.Contains(strings.Join(lines, "\n"), "listening on 0.0.0.0:8080")
	})
	t.Logf("%d lines in %s, the first: %s", len(lines), group, lines[0])
}

func TestContainer_AnswersWithinTheLimitsOfItsTask(t *testing.T) {
	r := deployed(t)
	flags, image := limits(t, r.one(t, "aws:ecs/taskDefinition:TaskDefinition"))
	require.Equal(t, "--cpus 0.25 --memory 512m --user 65532:65532 --read-only=true --cap-drop ALL", strings.Join(flags, " "))
	docker := r.docker(t)
	bestStart, bestBirth := time.Hour, time.Hour
	for range 5 {
		start, birth := firstAnswer(t, docker, flags, image)
		bestStart, bestBirth = min(bestStart, start), min(bestBirth, birth)
	}
	t.Logf("docker run %s: first answer %.1f ms after Docker calls the container started, %.1f ms after the birth of its process "+
		"(the best of five)", strings.Join(flags, " "), bestStart.Seconds()*1000, bestBirth.Seconds()*1000)
	require.LessOrEqual(t, bestStart, 50*time.Millisecond)
	require.LessOrEqual(t, bestBirth, 500*time.Millisecond, "the container's setup is runc's, but it must not take long either")
}
