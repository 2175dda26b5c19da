package stack

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/mote-dev/mote/infra/components/observability"
	"github.com/mote-dev/mote/infra/internal/iampolicy"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

const (
	workspaceKind    = "amp/workspace:Workspace"
	rulesKind        = "amp/ruleGroupNamespace:RuleGroupNamespace"
	alertManagerKind = "amp/alertManagerDefinition:AlertManagerDefinition"
	grafanaKind      = "grafana/workspace:Workspace"
	topicPolicyKind  = "sns/topicPolicy:TopicPolicy"
	rolePolicyKind   = "iam/rolePolicy:RolePolicy"

	workspaceArn = "arn:aws:test:eu-central-1:123456789012:aws:" + workspaceKind + "/" + observed + "-0123456"
	topicArn     = "arn:aws:test:eu-central-1:123456789012:aws:sns/topic:Topic/mote-prod-0123456"
)

// managed is production with Amazon's Prometheus and Grafana, and changes of settings.
func managed(t *testing.T, changes map[string]string) *pulumimocks.Recording {
	t.Helper()
	all := map[string]string{"observability": "managed", "alarmTopicArn": ""}
	maps.Copy(all, changes)
	return deployed(t, trial{stack: "prod", changes: all})
}

// TestManaged_LeavesTheServiceAsItWas compares all that is not its own with the stack without it.
func TestManaged_LeavesTheServiceAsItWas(t *testing.T) {
	before, after := deployed(t, trial{stack: "prod", changes: map[string]string{"alarmTopicArn": ""}}), managed(t, nil)
	for _, one := range before.Resources {
		if kind := one.Type[strings.Index(one.Type, ":")+1:]; one.Type != "aws:ecs/taskDefinition:TaskDefinition" {
			require.Equal(t, one.Inputs, after.Named(t, kind, one.Name).Inputs, one.Name)
		}
	}
	after.Of(t, secretKind, 0)
	require.Equal(t, "https://g-1.grafana-workspace.eu-central-1.amazonaws.com", after.Outputs["grafanaUrl"])
	require.Equal(t, "https://aps-workspaces.eu-central-1.amazonaws.com/workspaces/ws-1/", after.Outputs["prometheusUrl"])
	require.NotContains(t, after.Outputs, "grafanaPasswordSecret")
	require.Contains(t, after.Outputs, "observabilityService")
}

func TestManaged_TaskIsAnAgentThatSendsToTheWorkspace(t *testing.T) {
	r := managed(t, map[string]string{"architecture": "ARM64", "grafanaImage": ""})
	task := r.Named(t, definition, observed).Inputs
	require.Equal(t, []any{"256", "512", "ARM64"}, []any{task["cpu"], task["memory"], task["runtimePlatform"].(map[string]any)["cpuArchitecture"]})
	var containers []map[string]any
	require.NoError(t, json.Unmarshal([]byte(task["containerDefinitions"].(string)), &containers))
	require.Len(t, containers, 1)
	require.NotContains(t, containers[0], "secrets")
	require.Contains(t, containers[0]["command"].([]any)[0], "exec /bin/prometheus --config.file=/tmp/prometheus.yaml --agent --storage.agent.path=/prometheus ")
	files := unpacked(t, containers[0])
	require.Len(t, files, 1, "the rules are the workspace's")
	var configuration struct {
		RuleFiles   []string `yaml:"rule_files"`
		RemoteWrite []struct {
			URL   string
			Sigv4 struct{ Region string }
		} `yaml:"remote_write"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(files["FILE_0"]), &configuration))
	require.Empty(t, configuration.RuleFiles)
	require.Len(t, configuration.RemoteWrite, 1)
	require.Equal(t, "https://aps-workspaces.eu-central-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write", configuration.RemoteWrite[0].URL)
	require.Equal(t, "eu-central-1", configuration.RemoteWrite[0].Sigv4.Region)
	require.NotEqual(t, true, r.Named(t, ecsService, observed).Inputs["enableExecuteCommand"], "there is no page to reach")
}

func TestManaged_RulesAreThoseOfPrometheusAlone(t *testing.T) {
	r := managed(t, map[string]string{"cpu": "512", "memory": "1024"})
	rules := r.One(t, rulesKind).Inputs
	require.Equal(t, observed+"-id", rules["workspaceId"])
	text, err := observability.ManagedRules(512, 1024)
	require.NoError(t, err)
	require.Equal(t, text, rules["data"])
}

func TestManaged_AlertsReachTheTopicOfTheAlarms(t *testing.T) {
	topic := func(r *pulumimocks.Recording) string {
		one := r.One(t, alertManagerKind).Inputs
		require.Equal(t, observed+"-id", one["workspaceId"])
		var definition struct {
			Configuration string `yaml:"alertmanager_config"`
		}
		require.NoError(t, yaml.Unmarshal([]byte(one["definition"].(string)), &definition))
		return definition.Configuration
	}
	r := managed(t, nil)
	require.Contains(t, topic(r), "topic_arn: "+topicArn+"\n")
	policy := r.One(t, topicPolicyKind).Inputs
	require.Equal(t, topicArn, policy["arn"])
	publishes := func(sid, service string, actions []string, source string) iampolicy.Statement {
		return iampolicy.Statement{
			Sid: sid, Effect: "Allow", Action: actions, Resource: []string{topicArn}, Principal: map[string][]string{"Service": {service}},
			Condition: iampolicy.Condition{"ArnLike": {"aws:SourceArn": {source}}, "StringEquals": {"aws:SourceAccount": {"123456789012"}}},
		}
	}
	require.Equal(t, []iampolicy.Statement{
		publishes("PublishAlarms", "cloudwatch.amazonaws.com", []string{"sns:Publish"}, "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:*"),
		publishes("PublishAlerts", "aps.amazonaws.com", []string{"sns:GetTopicAttributes", "sns:Publish"}, workspaceArn),
	}, parse(t, policy["policy"]))

	r = managed(t, map[string]string{"alarmTopicArn": "arn:aws:sns:eu-central-1:123456789012:team"})
	require.Contains(t, topic(r), "topic_arn: arn:aws:sns:eu-central-1:123456789012:team\n")
	r.Of(t, topicPolicyKind, 0) // An existing topic is never modified.
}

// TestManaged_RolesSendAndReadThisWorkspaceAndNothingElse has all that its roles may do beside what finds the tasks.
func TestManaged_RolesSendAndReadThisWorkspaceAndNothingElse(t *testing.T) {
	r := managed(t, map[string]string{"permissionsBoundary": "bounds"})
	alone := finding(t, observing(t, nil))
	task := finding(t, r)
	require.Equal(t, alone[:4], task[:4], "tasks are found as they are by Prometheus alone")
	require.Equal(t, []iampolicy.Statement{
		{Sid: "SendMetrics", Effect: "Allow", Action: []string{"aps:RemoteWrite"}, Resource: []string{workspaceArn}},
	}, task[4:])
	execution := parse(t, r.Named(t, rolePolicyKind, observed+"-execution").Inputs["policy"])
	require.Len(t, execution, 1)
	require.Equal(t, "WriteLogs", execution[0].Sid)
	require.Equal(t, []iampolicy.Statement{{
		Sid: "ReadMetrics", Effect: "Allow", Resource: []string{workspaceArn},
		Action: []string{"aps:GetLabels", "aps:GetMetricMetadata", "aps:GetSeries", "aps:QueryMetrics"},
	}}, parse(t, r.Named(t, rolePolicyKind, observed+"-grafana").Inputs["policy"]))
	trust := parse(t, r.Named(t, "iam/role:Role", observed+"-grafana").Inputs["assumeRolePolicy"])[0]
	require.Equal(t, map[string][]string{"Service": {"grafana.amazonaws.com"}}, trust.Principal)
	require.Equal(t, []string{"123456789012"}, trust.Condition["StringEquals"]["aws:SourceAccount"])
	for _, role := range r.Of(t, "iam/role:Role", 5) {
		require.Equal(t, "arn:aws:iam::123456789012:policy/bounds", role.Inputs["permissionsBoundary"], role.Name)
	}
}

// finding are the statements of the role that finds the tasks.
func finding(t *testing.T, r *pulumimocks.Recording) []iampolicy.Statement {
	t.Helper()
	return parse(t, r.Named(t, rolePolicyKind, observed+"-task").Inputs["policy"])
}

func TestManaged_GrafanaIsEnteredByIdentityCenterAlone(t *testing.T) {
	one := managed(t, nil).One(t, grafanaKind)
	require.Equal(t, []any{"AWS_SSO"}, one.Inputs["authenticationProviders"])
	require.Equal(t, "CURRENT_ACCOUNT", one.Inputs["accountAccessType"])
	require.Equal(t, "CUSTOMER_MANAGED", one.Inputs["permissionType"], "AWS makes no roles of its own")
	require.Equal(t, "10.4", one.Inputs["grafanaVersion"])
	require.Contains(t, one.Inputs["roleArn"], "iam/role:Role/"+observed+"-grafana")
}

// TestManaged_IsMadeInOrder holds the order on the way up, which is that on the way down as well, backwards.
func TestManaged_IsMadeInOrder(t *testing.T) {
	r := managed(t, map[string]string{"egress": "nat"})
	g := newGraph(r)
	for one, first := range map[string][]string{
		key(ecsService, observed): {
			key(workspaceKind, observed), key(rolePolicyKind, observed+"-task"), key(rolePolicyKind, observed+"-execution"), key(ecsService, "mote-prod"),
			key("vpc/securityGroupEgressRule:SecurityGroupEgressRule", observed+"-to-https"), key(ingress, observed+"-from-prometheus-9090"),
		},
		key(rulesKind, observed):        {key(workspaceKind, observed)},
		key(alertManagerKind, observed): {key(workspaceKind, observed), key(topicPolicyKind, observed), key("sns/topic:Topic", "mote-prod")},
		key(grafanaKind, observed):      {key(rolePolicyKind, observed+"-grafana"), key("iam/role:Role", observed+"-grafana"), key(workspaceKind, observed)},
	} {
		for _, before := range first {
			require.True(t, g.before(one)[before], "%s does not wait for %s", one, before)
		}
	}
	require.False(t, g.before(key(ecsService, "mote-prod"))[key(workspaceKind, observed)], "the service does not wait for what shows it")
}

// TestManaged_AllIsTaggedAndNamed sees that the roles of bootstrap, which know what is the stack's by name or tag, reach all of it.
func TestManaged_AllIsTaggedAndNamed(t *testing.T) {
	seen := 0
	for _, one := range managed(t, nil).Resources {
		if !strings.HasPrefix(one.Name, observed) || !strings.HasPrefix(one.Type, "aws:") {
			continue
		}
		seen++
		tags, tagged := one.Inputs["tags"].(map[string]any)
		require.True(t, tagged && tags["stack"] == "prod" && tags["project"] == "mote" || slices.Contains(untaggable, one.Type), one.Type)
		require.NotContains(t, one.Inputs, "name", one.Type)
		require.False(t, one.Options.GetProtect(), "`none` deletes all of it: %s", one.Type)
	}
	require.Greater(t, seen, 12)
}
