package stack

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/names"
	"github.com/mote-dev/mote/infra/internal/project"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

const definition = "ecs/taskDefinition:TaskDefinition"

func TestTask_IsTheSmallestByDefault(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		task := r.One(t, definition).Inputs
		require.Equal(t, "256", task["cpu"])
		require.Equal(t, "512", task["memory"])
		require.Equal(t, "awsvpc", task["networkMode"])
		require.Equal(t, []any{"FARGATE"}, task["requiresCompatibilities"])
	})
}

func TestTask_SizeFollowsSettings(t *testing.T) {
	r := deployed(t, trial{changes: map[string]string{"cpu": "1024", "memory": "3072"}})
	require.Equal(t, "1024", r.One(t, definition).Inputs["cpu"])
	require.Equal(t, "3072", r.One(t, definition).Inputs["memory"])
}

func TestTask_ContainerHasNoPrivileges(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		container := theContainer(t, r)
		require.Equal(t, true, container["readonlyRootFilesystem"])
		require.Equal(t, "65532:65532", container["user"])
		require.Equal(t, true, container["essential"])
		require.NotContains(t, container, "privileged")
		linux, is := container["linuxParameters"].(map[string]any)
		require.True(t, is)
		require.Equal(t, map[string]any{"drop": []any{"ALL"}}, linux["capabilities"])
	})
}

func TestTask_ContainerHasAHealthCheck(t *testing.T) {
	health, is := theContainer(t, deployed(t, trial{}))["healthCheck"].(map[string]any)
	require.True(t, is)
	require.Equal(t, []any{"CMD", "/mote", "healthcheck"}, health["command"])
	require.Less(t, health["timeout"], health["interval"])
}

func TestTask_EnvironmentFollowsSettings(t *testing.T) {
	container := theContainer(t, deployed(t, trial{stack: "staging", changes: map[string]string{
		"containerPort": "9000", "message": "hello", "logLevel": "warn", "stopTimeoutSeconds": "20", "maxTargetBytes": "12000", "accessLogSample": "100",
	}}))
	environment := map[any]any{}
	for _, variable := range container["environment"].([]any) {
		environment[variable.(map[string]any)["name"]] = variable.(map[string]any)["value"]
	}
	require.Equal(t, map[any]any{
		"MOTE_LOG_LEVEL": "warn", "MOTE_MESSAGE": "hello", "MOTE_PORT": "9000", "MOTE_METRICS_PORT": "9090",
		"MOTE_ENVIRONMENT": "mote-staging", "MOTE_TRUSTED_HOPS": "1", "MOTE_KEEPALIVE_TIMEOUT_SECONDS": "75",
		"MOTE_DRAIN_DELAY_SECONDS": "5", "MOTE_SHUTDOWN_TIMEOUT_SECONDS": "13", "MOTE_MAX_TARGET_BYTES": "12000",
		"MOTE_ACCESS_LOG_SAMPLE": "100",
	}, environment)
	require.InDelta(t, 20, container["stopTimeout"], 0)
	require.Equal(t, []any{map[string]any{"containerPort": 9000.0, "hostPort": 9000.0, "protocol": "tcp"}}, container["portMappings"])
}

func TestLogs_HaveARetention(t *testing.T) {
	for stack, days := range map[string]float64{"dev": 7, "staging": 14, "prod": 90} {
		r := deployed(t, trial{stack: stack})
		for _, group := range r.Of(t, "cloudwatch/logGroup:LogGroup", 2) {
			require.InDelta(t, days, group.Inputs["retentionInDays"], 0, group.Name)
		}
		group := r.Named(t, "cloudwatch/logGroup:LogGroup", names.Base(project.Name, stack))
		require.Equal(t, "/ecs/"+names.Base(project.Name, stack), group.Inputs["name"])
		require.Equal(t, map[string]any{
			"logDriver": "awslogs",
			"options": map[string]any{
				"awslogs-group":         "/ecs/" + names.Base(project.Name, stack),
				"awslogs-region":        pulumimocks.Region,
				"awslogs-stream-prefix": "mote",
			},
		}, theContainer(t, r)["logConfiguration"])
	}
}

func TestTask_RevisionsShareOneFamily(t *testing.T) {
	first := deployed(t, trial{stack: "prod"})
	second := deployed(t, trial{stack: "prod", changes: map[string]string{"message": "other", "cpu": "512", "memory": "1024"}})
	require.Equal(t, "mote-prod", first.One(t, definition).Inputs["family"])
	require.Equal(t, "mote-prod", second.One(t, definition).Inputs["family"])
	require.NotEqual(t, theContainer(t, first)["environment"], theContainer(t, second)["environment"])
}

func TestTask_RunsOnItsArchitecture(t *testing.T) {
	for _, architecture := range []string{"X86_64", "ARM64"} {
		r := deployed(t, trial{changes: map[string]string{"architecture": architecture}})
		require.Equal(t, map[string]any{"cpuArchitecture": architecture, "operatingSystemFamily": "LINUX"},
			r.One(t, definition).Inputs["runtimePlatform"])
	}
}

func TestTask_PortIsTheSameEverywhere(t *testing.T) {
	r := deployed(t, trial{changes: map[string]string{"containerPort": strconv.Itoa(9000)}})
	require.InDelta(t, 80, r.One(t, "lb/targetGroup:TargetGroup").Inputs["port"], 0, "a target group is replaced with its port, and no request uses it")
	balancers, is := r.One(t, "ecs/service:Service").Inputs["loadBalancers"].([]any)
	require.True(t, is)
	require.Len(t, balancers, 1)
	balancer, is := balancers[0].(map[string]any)
	require.True(t, is)
	require.InDelta(t, 9000, balancer["containerPort"], 0)
	require.Equal(t, "mote", balancer["containerName"])
	tasks := taskGroups(t, r)
	found := 0
	for _, rule := range r.Of(t, ingress, 2) {
		if rule.Inputs["securityGroupId"] == tasks[0] {
			found++
			require.InDelta(t, 9000, rule.Inputs["toPort"], 0)
		}
	}
	require.Equal(t, 1, found)
}
