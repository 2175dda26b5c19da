//go:build rehearsal

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/stretchr/testify/require"

	"mote/infra/rehearsal/cloud"
	"mote/infra/rehearsal/engine"
	"mote/infra/rehearsal/process"
	"mote/infra/rehearsal/session"
)

// The order of the scenarios is the order of a deployment's life.

func TestAnUpThatWasKilledInTheMiddleLeavesNothingThatHindersTheNext(t *testing.T) {
	r := shared
	cmd := r.command(t.Context(), "up", "-name", r.name, "-image", image(t, "first"), "-set", "registryEndpoint="+r.endpoint())
	cmd.Stderr = nil
	said, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	for lines := bufio.NewScanner(said); lines.Scan() && !strings.Contains(lines.Text(), "making the load balancer"); {
	}
	require.NoError(t, cmd.Process.Signal(syscall.SIGKILL))
	require.Error(t, cmd.Wait())
	require.True(t, r.status(t).Folder != "" && !r.status(t).Running, "what was left half made must not count as running")

	deployed(t)
	require.True(t, r.status(t).Running)
	// There is a word every ten seconds, and the machine may be busy.
	require.Less(t, r.silence.longest, 20*time.Second, "somebody watches, and wants to know that it goes on")
}

func TestTheFirstDeploymentAnswersThroughTheLoadBalancer(t *testing.T) {
	r := deployed(t)
	require.Contains(t, r.answers, r.url(t), "the answer must name the URL")
	status, body := get(t, r.url(t))
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, "first")
	status, body = get(t, r.url(t)+"health")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"status":"ok"}`, body)
	require.Contains(t, r.answers, `{"status":"ok"}`)
}

func TestAPreviewRightAfterTheDeploymentIsWithoutChange(t *testing.T) {
	r := deployed(t)
	out, err := r.run(t, "preview", r.flags...)
	require.NoError(t, err)
	require.Contains(t, out, fmt.Sprintf("all %d resources", len(r.resources(t))-providers(r.resources(t))))

	_, err = r.run(t, "preview", append(slices.Clone(r.flags), "-set", "message=another")...)
	require.Error(t, err, "a preview of a change must tell it")
}

func TestASecondDeploymentOfTheSameImagePushesNothing(t *testing.T) {
	r := deployed(t)
	require.NotZero(t, r.pushes.Load(), "the first deployment must have pushed through the counter")
	before, task := r.pushes.Load(), r.output(t, "taskDefinition")
	began := time.Now()
	r.up(t, r.flags...)
	t.Logf("a deployment without change took %.1f s", time.Since(began).Seconds())
	require.Equal(t, before, r.pushes.Load())
	require.Equal(t, task, r.output(t, "taskDefinition"), "nor does it make a new task definition")
}

func TestTheContainersLogLinesAreInCloudWatch(t *testing.T) {
	r := deployed(t)
	client := cloudwatchlogs.NewFromConfig(cloud.Config(r.status(t).Emulator))
	group := r.output(t, "logGroup")
	var lines []string
	require.Eventually(t, func() bool {
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
	}, 20*time.Second, 500*time.Millisecond, "the service says at its start what it listens on")
	t.Logf("%d lines in %s, the first: %s", len(lines), group, lines[0])
}

func TestTheImageAnswersWithinTheLimitsOfItsTask(t *testing.T) {
	r := deployed(t)
	flags, image := limits(t, r.one(t, "aws:ecs/taskDefinition:TaskDefinition"))
	require.Equal(t, "--cpus 0.25 --memory 512m --user 65532:65532 --read-only=true --cap-drop ALL", strings.Join(flags, " "))
	docker := engine.Engine{Host: r.status(t).DockerHost}
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

func TestTargetAndPolicyOfAutoscalingAreRegistered(t *testing.T) {
	r := deployed(t)
	client := applicationautoscaling.NewFromConfig(cloud.Config(r.status(t).Relay))
	targets, err := client.DescribeScalableTargets(t.Context(), &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace: types.ServiceNamespaceEcs,
	})
	require.NoError(t, err)
	require.Len(t, targets.ScalableTargets, 1)
	target := targets.ScalableTargets[0]
	require.Equal(t, "service/"+r.output(t, "cluster")+"/"+r.output(t, "service"), aws.ToString(target.ResourceId))
	require.EqualValues(t, 2, aws.ToInt32(target.MinCapacity))
	require.EqualValues(t, 6, aws.ToInt32(target.MaxCapacity))

	policies, err := client.DescribeScalingPolicies(t.Context(), &applicationautoscaling.DescribeScalingPoliciesInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: target.ResourceId,
	})
	require.NoError(t, err)
	require.Len(t, policies.ScalingPolicies, 1)
	tracking := policies.ScalingPolicies[0].TargetTrackingScalingPolicyConfiguration
	require.Equal(t, types.MetricTypeECSServiceAverageCPUUtilization, tracking.PredefinedMetricSpecification.PredefinedMetricType)
}

func TestAutoscalingOfAServiceThatDoesNotExistIsRefused(t *testing.T) {
	r := deployed(t)
	client := applicationautoscaling.NewFromConfig(cloud.Config(r.status(t).Relay))
	_, err := client.RegisterScalableTarget(t.Context(), &applicationautoscaling.RegisterScalableTargetInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ScalableDimension: types.ScalableDimensionECSServiceDesiredCount,
		ResourceId: aws.String("service/" + r.output(t, "cluster") + "/nobody"), MinCapacity: aws.Int32(1), MaxCapacity: aws.Int32(2),
	})
	require.ErrorContains(t, err, "ECS service doesn't exist")
}

func TestANewVersionIsLiveUnderLoadWithoutOneFailedRequest(t *testing.T) {
	r := deployed(t)
	old := r.output(t, "imageDigest")
	load := begin(r.url(t), 50)
	time.Sleep(3 * time.Second)
	began := time.Now()
	r.up(t, "-image", image(t, "second"), "-set", "message=second")
	took := time.Since(began)
	require.NotEqual(t, old, r.output(t, "imageDigest"))
	_, body := get(t, r.url(t))
	require.Contains(t, body, "second")
	// Old tasks are stopped after the deployment is steady; that must not be noticed either.
	time.Sleep(5 * time.Second)
	done := load.end()
	t.Logf("live after %.1f s; %d requests in %.1f s: %d answered by the first version, %d by the second; slowest %d ms",
		took.Seconds(), done.asked, done.took.Seconds(), done.answers["first"], done.answers["second"], done.slowest.Milliseconds())
	require.Empty(t, done.failures)
	require.Greater(t, float64(done.asked), 0.95*50*done.took.Seconds(), "the load must have been steady")
	require.NotZero(t, done.answers["first"])
	require.NotZero(t, done.answers["second"])
}

func TestAnExistingRepositoryIsUsedAndOutlivesTheStack(t *testing.T) {
	r := deployed(t)
	client := ecr.NewFromConfig(cloud.Config(r.status(t).Emulator))
	const name = "kept"
	_, err := client.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: aws.String(name)})
	require.NoError(t, err)
	r.up(t, append(r.flags, "-set", "existingRepository="+name)...)
	require.True(t, strings.HasSuffix(r.output(t, "repository"), "/"+name))
	var containers []struct{ Image string }
	definition := r.one(t, "aws:ecs/taskDefinition:TaskDefinition")["containerDefinitions"]
	require.NoError(t, json.Unmarshal([]byte(fmt.Sprint(definition)), &containers))
	digest := r.output(t, "imageDigest")
	require.Equal(t, r.endpoint()+"/"+name+"@"+digest, containers[0].Image)

	made := r.resources(t)
	before := inventory(t, r.status(t))
	_, err = r.run(t, "destroy", r.flags...)
	require.NoError(t, err)
	after := inventory(t, r.status(t))
	requireGone(t, made, before, after)

	images, err := client.DescribeImages(t.Context(), &ecr.DescribeImagesInput{RepositoryName: aws.String(name)})
	require.NoError(t, err, "the repository was there before the stack and must be there after it")
	require.Len(t, images.ImageDetails, 1)
	require.Equal(t, digest, aws.ToString(images.ImageDetails[0].ImageDigest))
}

func TestDownTakesAwayAllThatUpMade(t *testing.T) {
	r := deployed(t)
	state := r.status(t)
	own := engine.BridgeName(session.Short(state.Folder))
	during := look(own).added(r.before)
	if state.DockerHost == "unix://"+filepath.Join(state.Folder, "engine", "docker.sock") {
		require.Contains(t, during["interfaces"], own, "what is looked for must be visible while it is there")
		require.NotEmpty(t, append(during["control groups"], during["control group"]...))
	}
	require.NotEmpty(t, process.Marked(state.Folder))

	_, err := r.run(t, "down")
	require.NoError(t, err)
	require.Empty(t, process.Marked(state.Folder), "processes")
	require.NoDirExists(t, state.Folder)
	require.NoFileExists(t, state.Folder+".lock")
	require.Empty(t, left(r.scratch), "in home and temporary folder")
	// Docker and the kernel may take a moment to let go of an interface.
	require.Eventually(t, func() bool { return len(look(own).added(r.before)) == 0 }, 5*time.Second, 200*time.Millisecond)

	_, err = r.run(t, "down")
	require.NoError(t, err, "down can be repeated")
}

// providers counts those resources that a preview does not count.
func providers(all []resource) int {
	count := 0
	for _, one := range all {
		if strings.HasPrefix(one.Type, "pulumi:providers:") {
			count++
		}
	}
	return count
}
