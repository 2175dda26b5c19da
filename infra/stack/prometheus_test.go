package stack

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/components/observability"
	"github.com/mote-dev/mote/infra/internal/iampolicy"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

const (
	observed   = "mote-prod-observability"
	secretKind = "secretsmanager/secret:Secret"
)

// observing is production with Prometheus and changes of settings.
func observing(t *testing.T, changes map[string]string) *pulumimocks.Recording {
	t.Helper()
	all := map[string]string{"observability": "prometheus"}
	maps.Copy(all, changes)
	return deployed(t, trial{stack: "prod", changes: all})
}

// observers are the containers of its task, by name.
func observers(t *testing.T, r *pulumimocks.Recording) map[string]map[string]any {
	t.Helper()
	var all []map[string]any
	text := r.Named(t, definition, observed).Inputs["containerDefinitions"].(string)
	require.Less(t, len(text), 60<<10, "AWS allows 64 KB with all else of the definition")
	require.NoError(t, json.Unmarshal([]byte(text), &all))
	found := map[string]map[string]any{}
	for _, one := range all {
		found[one["name"].(string)] = one
	}
	require.Len(t, found, 2)
	return found
}

// unpacked are the variables of a container: files as they are unpacked, all others as they are.
func unpacked(t *testing.T, container map[string]any) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, one := range container["environment"].([]any) {
		variable := one.(map[string]any)
		name, value := variable["name"].(string), variable["value"].(string)
		if strings.HasPrefix(name, "FILE_") {
			packed, err := base64.StdEncoding.DecodeString(value)
			require.NoError(t, err)
			reader, err := gzip.NewReader(bytes.NewReader(packed))
			require.NoError(t, err)
			text, err := io.ReadAll(reader)
			require.NoError(t, err)
			value = string(text)
		}
		found[name] = value
	}
	return found
}

func TestObservability_NothingIsMadeUnlessItIsChosen(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		r.Of(t, secretKind, 0)
		for _, one := range r.Resources {
			require.NotContains(t, one.Name, "observability")
		}
		require.NotContains(t, r.Outputs, "observabilityService")
	})
}

// TestObservability_LeavesTheServiceAsItWas compares all that is not its own with the stack without it.
func TestObservability_LeavesTheServiceAsItWas(t *testing.T) {
	before, after := deployed(t, trial{stack: "prod"}), observing(t, nil)
	for _, one := range before.Resources {
		if kind := one.Type[strings.Index(one.Type, ":")+1:]; one.Type != "aws:ecs/taskDefinition:TaskDefinition" {
			require.Equal(t, one.Inputs, after.Named(t, kind, one.Name).Inputs, one.Name)
		}
	}
	for _, name := range []string{"service", "cluster", "logGroup"} {
		require.Equal(t, before.Outputs[name], after.Outputs[name])
	}
}

func TestObservability_NothingReachesItAndItAloneReachesTheMetrics(t *testing.T) {
	for _, changes := range []map[string]string{
		{}, {"egress": "nat"}, {"metricsPort": "9191"},
		{"existingVpc": pulumimocks.Vpc, "existingSubnets": `["subnet-0000000a","subnet-0000000b"]`},
	} {
		r := observing(t, changes)
		network := r.Named(t, ecsService, observed).Inputs["networkConfiguration"].(map[string]any)
		main := r.Named(t, ecsService, "mote-prod").Inputs["networkConfiguration"].(map[string]any)
		require.Equal(t, main["subnets"], network["subnets"])
		require.Equal(t, main["assignPublicIp"], network["assignPublicIp"])
		require.Equal(t, []any{observed + "-id"}, network["securityGroups"])
		port := "9090"
		if changes["metricsPort"] != "" {
			port = changes["metricsPort"]
		}
		entrances := 0
		for _, rule := range of(r, ingress) {
			require.NotEqual(t, observed+"-id", rule.Inputs["securityGroupId"], "it has no way in")
			if number(rule.Inputs["fromPort"]) == port || rule.Inputs["referencedSecurityGroupId"] == observed+"-id" {
				entrances++
				require.Equal(t, "mote-prod-tasks-id", rule.Inputs["securityGroupId"])
				require.Equal(t, observed+"-id", rule.Inputs["referencedSecurityGroupId"])
				require.NotContains(t, rule.Inputs, "cidrIpv4")
				require.Equal(t, port, number(rule.Inputs["fromPort"]))
				require.Equal(t, port, number(rule.Inputs["toPort"]))
			}
		}
		require.Equal(t, 1, entrances)
		require.NotContains(t, r.Named(t, ecsService, observed).Inputs, "loadBalancers")
	}
}

func TestObservability_IsOneTaskAtATimeOfTheSmallestSize(t *testing.T) {
	r := observing(t, map[string]string{"architecture": "ARM64", "cpu": "1024", "memory": "2048"})
	one := r.Named(t, ecsService, observed)
	require.InDelta(t, 1, one.Inputs["desiredCount"], 0)
	require.InDelta(t, 100, one.Inputs["deploymentMaximumPercent"], 0)
	require.InDelta(t, 0, one.Inputs["deploymentMinimumHealthyPercent"], 0)
	require.Equal(t, true, one.Inputs["enableExecuteCommand"])
	require.NotEqual(t, true, one.Inputs["waitForSteadyState"], "the deployment of the service does not wait for what shows it")
	task := r.Named(t, definition, observed).Inputs
	require.Equal(t, "256", task["cpu"])
	require.Equal(t, "1024", task["memory"])
	require.Equal(t, "ARM64", task["runtimePlatform"].(map[string]any)["cpuArchitecture"])
}

func TestObservability_PrometheusReadsTheStacksOwnConfiguration(t *testing.T) {
	r := observing(t, map[string]string{"cpu": "512", "memory": "1024"})
	found := unpacked(t, observers(t, r)["prometheus"])
	var configuration, rules, limits bool
	for _, text := range found {
		configuration = configuration || strings.Contains(text, "clusters:\n            - arn:aws:test:eu-central-1:123456789012:aws:ecs/cluster:Cluster/mote-prod\n") &&
			strings.Contains(text, "regex: service:mote-prod-0123456;RUNNING") && !strings.Contains(text, "endpoint") && !strings.Contains(text, "access_key")
		rules = rules || text == observability.Rules
		limits = limits || strings.Contains(text, "vector(0.5)") && strings.Contains(text, "vector(1073741824)")
	}
	require.True(t, configuration && rules && limits, found)
}

func TestObservability_GrafanaHasThePasswordThatNoOneChose(t *testing.T) {
	r := observing(t, nil)
	grafana := observers(t, r)["grafana"]
	secret := r.One(t, secretKind)
	require.Equal(t, "mote/prod/grafana", secret.Name, "the boundary lets tasks read what is below mote/prod/")
	require.NotContains(t, secret.Inputs, "name")
	require.Equal(t, []any{map[string]any{
		"name": "GF_SECURITY_ADMIN_PASSWORD", "valueFrom": "arn:aws:test:eu-central-1:123456789012:aws:secretsmanager/secret:Secret/mote/prod/grafana-0123456",
	}}, grafana["secrets"])
	version := r.One(t, "secretsmanager/secretVersion:SecretVersion")
	require.Contains(t, version.Options.GetIgnoreChanges(), "secretString", "each run of the program makes another")
	require.NotContains(t, observers(t, r)["prometheus"], "secrets")

	found := unpacked(t, grafana)
	require.Equal(t, "false", found["GF_AUTH_ANONYMOUS_ENABLED"])
	require.Equal(t, "127.0.0.1", found["GF_SERVER_HTTP_ADDR"])
	require.Equal(t, "false", found["GF_USERS_ALLOW_SIGN_UP"])
	require.NotContains(t, found, "GF_SECURITY_ADMIN_PASSWORD")
	dashboard := false
	for _, text := range found {
		dashboard = dashboard || text == observability.Dashboard
	}
	require.True(t, dashboard)
}

// TestObservability_TwoPasswordsDiffer holds that the password is made by chance.
func TestObservability_TwoPasswordsDiffer(t *testing.T) {
	password := func() string {
		hidden, is := observing(t, nil).One(t, "secretsmanager/secretVersion:SecretVersion").Inputs["secretString"].(*resource.Secret)
		require.True(t, is, "Pulumi's state encrypts what is marked as secret")
		return hidden.Element.StringValue()
	}
	first, second := password(), password()
	require.GreaterOrEqual(t, len(first), 20)
	require.NotEqual(t, first, second)
}

func TestObservability_ImagesAreThoseOfTheSettings(t *testing.T) {
	containers := observers(t, observing(t, map[string]string{"grafanaImage": "registry.example.com/grafana@sha256:" + strings.Repeat("0", 64)}))
	require.Equal(t, "registry.example.com/grafana@sha256:"+strings.Repeat("0", 64), containers["grafana"]["image"])
	require.Regexp(t, `^prom/prometheus@sha256:[0-9a-f]{64}$`, containers["prometheus"]["image"])
	for _, one := range containers {
		require.Equal(t, []any{"/bin/sh", "-c"}, one["entryPoint"])
		require.Len(t, one["command"], 1)
		require.Equal(t, true, one["essential"])
	}
}

// TestObservability_RolesFindTasksOfTheClusterAndNothingElse has all that the two roles of the task may do.
func TestObservability_RolesFindTasksOfTheClusterAndNothingElse(t *testing.T) {
	r := observing(t, map[string]string{"existingCluster": "shared", "permissionsBoundary": "bounds"})
	const cluster = "arn:aws:ecs:eu-central-1:123456789012:cluster/shared"
	inCluster := iampolicy.Condition{"ArnEquals": {"ecs:cluster": {cluster}}}
	require.Equal(t, []iampolicy.Statement{
		{Sid: "DescribeClusters", Effect: "Allow", Action: []string{"ecs:DescribeClusters"}, Resource: []string{cluster, "arn:aws:ecs:eu-central-1:123456789012:cluster/default"}},
		{Sid: "DescribeTasks", Effect: "Allow", Action: []string{"ecs:DescribeServices", "ecs:DescribeTasks"}, Resource: []string{
			"arn:aws:ecs:eu-central-1:123456789012:service/shared/*", "arn:aws:ecs:eu-central-1:123456789012:task/shared/*",
		}},
		{Sid: "ListTasks", Effect: "Allow", Action: []string{"ecs:ListServices", "ecs:ListTasks"}, Resource: []string{"*"}, Condition: inCluster},
		{Sid: "DescribeAddresses", Effect: "Allow", Action: []string{"ec2:DescribeNetworkInterfaces"}, Resource: []string{"*"}},
		{Sid: "OpenSessions", Effect: "Allow", Action: []string{
			"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
		}, Resource: []string{"*"}},
	}, parse(t, r.Named(t, "iam/rolePolicy:RolePolicy", observed+"-task").Inputs["policy"]))
	require.Equal(t, []iampolicy.Statement{
		{Sid: "WriteLogs", Effect: "Allow", Action: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resource: []string{
			"arn:aws:test:eu-central-1:123456789012:aws:cloudwatch/logGroup:LogGroup//ecs/mote-prod:log-stream:observability/*",
		}},
		{Sid: "ReadPassword", Effect: "Allow", Action: []string{"secretsmanager:GetSecretValue"}, Resource: []string{
			"arn:aws:test:eu-central-1:123456789012:aws:secretsmanager/secret:Secret/mote/prod/grafana-0123456",
		}},
	}, parse(t, r.Named(t, "iam/rolePolicy:RolePolicy", observed+"-execution").Inputs["policy"]))
	for _, role := range r.Of(t, "iam/role:Role", 4) {
		require.Equal(t, "arn:aws:iam::123456789012:policy/bounds", role.Inputs["permissionsBoundary"], role.Name)
		require.Equal(t, map[string][]string{"Service": {"ecs-tasks.amazonaws.com"}}, parse(t, role.Inputs["assumeRolePolicy"])[0].Principal)
	}
}

// TestObservability_StartsWhenItCanReachWhatItNeeds holds the order on the way up, which is that on the way down as well, backwards.
func TestObservability_StartsWhenItCanReachWhatItNeeds(t *testing.T) {
	for _, egress := range []string{"public", "nat"} {
		r := observing(t, map[string]string{"egress": egress})
		before := newGraph(r).before(key(ecsService, observed))
		for _, first := range []string{
			key("vpc/securityGroupEgressRule:SecurityGroupEgressRule", observed+"-to-https"),
			key("vpc/securityGroupEgressRule:SecurityGroupEgressRule", observed+"-to-tasks-9090"),
			key(ingress, observed+"-from-prometheus-9090"), key("secretsmanager/secretVersion:SecretVersion", observed),
			key("iam/rolePolicy:RolePolicy", observed+"-task"), key("iam/rolePolicy:RolePolicy", observed+"-execution"),
			key(ecsService, "mote-prod"), key("cloudwatch/logGroup:LogGroup", "mote-prod"),
		} {
			require.True(t, before[first], "it does not wait for %s", first)
		}
		for _, one := range of(r, "ec2/route:Route") {
			require.True(t, before[key("ec2/route:Route", one.Name)], one.Name)
		}
		for _, one := range of(r, associationKind) {
			require.True(t, before[key(associationKind, one.Name)], one.Name)
		}
	}
}

func TestObservability_AllIsTagged(t *testing.T) {
	for _, one := range observing(t, nil).Resources {
		if !strings.HasPrefix(one.Name, observed) || !strings.HasPrefix(one.Type, "aws:") {
			continue
		}
		tags, tagged := one.Inputs["tags"].(map[string]any)
		require.True(t, !tagged || tags["stack"] == "prod", one.Name)
		require.True(t, tagged || contains([]any{"aws:iam/rolePolicy:RolePolicy", "aws:secretsmanager/secretVersion:SecretVersion"}, one.Type), one.Type)
	}
}
