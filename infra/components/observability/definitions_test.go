package observability

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

var update = flag.Bool("update", false, "write what promtool reads")

// written compares with a file that promtool checks, so that what it checked is what is deployed.
func written(t *testing.T, name, text string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
	}
	kept, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, string(kept), text, "go test -update")
}

func TestObservability_PromtoolChecksWhatIsDeployed(t *testing.T) {
	limits, err := Limits(256, 512)
	require.NoError(t, err)
	written(t, limitsFile, limits)
	text, err := Configuration(Target{Region: "eu-west-1", Cluster: "arn:aws:ecs:eu-west-1:123456789012:cluster/mote-prod", Service: "mote-prod", Port: 9090})
	require.NoError(t, err)
	written(t, "prometheus.yaml", text)
}

func TestObservability_PromtoolChecksWhatIsSent(t *testing.T) {
	target := Target{
		Region: "eu-west-1", Cluster: "arn:aws:ecs:eu-west-1:123456789012:cluster/mote-prod", Service: "mote-prod", Port: 9090,
		RemoteWrite: "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write",
	}
	files, err := Files(target, 256, 512)
	require.NoError(t, err)
	require.Len(t, files, 1)
	written(t, "agent.yaml", files[ConfigurationFile])
	text, err := TopicAlertmanager("arn:aws:sns:eu-west-1:123456789012:mote-prod-0123456")
	require.NoError(t, err)
	written(t, "topic-alertmanager.yaml", text)
	_, err = TopicAlertmanager("mote-prod")
	require.ErrorContains(t, err, `"mote-prod" is no ARN`)
}

// TestObservability_ManagedRulesDifferInTheirIntervalsAlone is why what promtool checks and tries holds for them as well.
func TestObservability_ManagedRulesDifferInTheirIntervalsAlone(t *testing.T) {
	groups := func(text string) []map[string]any {
		var file struct{ Groups []map[string]any }
		require.NoError(t, yaml.Unmarshal([]byte(text), &file))
		return file.Groups
	}
	limits, err := Limits(256, 512)
	require.NoError(t, err)
	text, err := ManagedRules(256, 512)
	require.NoError(t, err)
	managed, alone := groups(text), append(groups(limits), groups(Rules)...)
	require.Len(t, managed, len(alone))
	for i, group := range managed {
		require.Equal(t, "1m", group["interval"], "Amazon bills each sample that is read")
		alone[i]["interval"] = "1m"
		require.Equal(t, alone[i], group)
	}
}

// alerts are those of the rules.
func alerts(t *testing.T) []alert {
	t.Helper()
	var file struct{ Groups []struct{ Rules []alert } }
	require.NoError(t, yaml.Unmarshal([]byte(Rules), &file))
	var found []alert
	for _, group := range file.Groups {
		for _, one := range group.Rules {
			if one.Alert != "" {
				found = append(found, one)
			}
		}
	}
	require.NotEmpty(t, found)
	return found
}

type alert struct {
	Alert       string
	Labels      map[string]string
	Annotations map[string]string
}

func TestAlerts_HaveSeveritySummaryAndRunbook(t *testing.T) {
	for _, one := range alerts(t) {
		require.Contains(t, []string{"critical", "warning"}, one.Labels["severity"], one.Alert)
		require.NotEmpty(t, one.Annotations["summary"], one.Alert)
		name, found := strings.CutPrefix(one.Annotations["runbook_url"], "https://github.com/mote-dev/mote/blob/main/docs/runbooks/")
		require.True(t, found, one.Alert)
		text, err := os.ReadFile("../../../docs/runbooks/" + name)
		require.NoError(t, err, one.Alert)
		for _, part := range []string{one.Alert, "**What it means.**", "**Look at.**", "**Do.**"} {
			require.Contains(t, string(text), part, name)
		}
	}
}

// expectation is that an alert fires at a time, or does not.
type expectation struct {
	Alertname string
	ExpAlerts []any `yaml:"exp_alerts"`
}

// Promtool passes a file of tests that forgets an alert.
func TestAlerts_EachIsTestedToFireAndToResolve(t *testing.T) {
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, name := range []string{"testdata/alerts_test.yaml", "testdata/objectives_test.yaml"} {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		var file struct {
			Tests []struct {
				AlertRuleTest []expectation `yaml:"alert_rule_test"`
			}
		}
		require.NoError(t, yaml.Unmarshal(text, &file))
		var expectations []expectation
		for _, one := range file.Tests {
			expectations = append(expectations, one.AlertRuleTest...)
		}
		for _, expected := range expectations {
			if len(expected.ExpAlerts) > 0 {
				fires[expected.Alertname] = true
			} else if fires[expected.Alertname] {
				silent[expected.Alertname] = true
			}
		}
	}
	for _, one := range alerts(t) {
		require.True(t, fires[one.Alert] && silent[one.Alert], "%s fires: %v, and resolves: %v", one.Alert, fires[one.Alert], silent[one.Alert])
	}
}

func TestObservability_SeriesThatAreUsedAreRecorded(t *testing.T) {
	limits, err := Limits(256, 512)
	require.NoError(t, err)
	recorded := map[string]bool{}
	for _, found := range regexp.MustCompile(`record: "?([a-z0-9_:]+?)"?[,\n]`).FindAllStringSubmatch(Rules+limits, -1) {
		recorded[found[1]] = true
	}
	for _, name := range regexp.MustCompile(`\b[a-z_]+:[a-z_]+:[a-z0-9]+`).FindAllString(Rules+Dashboard, -1) {
		require.True(t, recorded[name], "%s is used and not recorded", name)
	}
	require.NotEmpty(t, recorded)
}
