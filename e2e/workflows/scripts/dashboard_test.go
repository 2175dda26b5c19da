package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// secretARN is that of Grafana's password.
const secretARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:mote/prod/grafana-1"

// withFakes runs dashboard.sh with programs in place of Pulumi and the AWS CLI, which print what they are asked for.
func withFakes(t *testing.T, outputs string, programs map[string]string) (string, error) {
	t.Helper()
	folder := t.TempDir()
	programs["pulumi"] = `case "$*" in *"stack output"*) echo '` + outputs + `' ;; esac`
	for name, script := range programs {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command("../../../scripts/ops/dashboard.sh", "prod", "3100")
	command.Env = []string{"PATH=" + folder + ":/usr/bin:/bin", "HOME=" + folder}
	output, err := command.CombinedOutput()
	return string(output), err
}

// aws answers as the CLI does with --output text.
const aws = `case "$1 $2" in
"ecs list-tasks") echo arn:aws:ecs:eu-west-1:123456789012:task/mote-prod/0123abcd ;;
"ecs describe-tasks") echo 0123abcd-456 ;;
*) echo "$AWS_REGION $*" ;;
esac`

const observed = `{"cluster":"mote-prod","observabilityService":"mote-prod-observability-1","grafanaPasswordSecret":"` + secretARN + `"}`

func TestDashboard_OpensASessionToTheContainerOfGrafana(t *testing.T) {
	printed, err := withFakes(t, observed, map[string]string{"aws": aws, "session-manager-plugin": ""})
	if err != nil {
		t.Fatal(err, printed)
	}
	for _, words := range []string{
		"http://localhost:3100, user admin", "get-secret-value --secret-id " + secretARN,
		"eu-west-1 ssm start-session --target ecs:mote-prod_0123abcd_0123abcd-456 --document-name AWS-StartPortForwardingSession " +
			"--parameters portNumber=3000,localPortNumber=3100",
	} {
		if !strings.Contains(printed, words) {
			t.Errorf("want %q, got %s", words, printed)
		}
	}
}

func TestDashboard_SaysWhatIsMissing(t *testing.T) {
	for words, one := range map[string]struct {
		outputs  string
		programs map[string]string
	}{
		"session-manager-plugin (https://docs.aws.amazon.com/":            {observed, map[string]string{"aws": aws}},
		"set observability to prometheus or managed in infra/Pulumi.prod": {`{"cluster":"mote-prod"}`, map[string]string{"aws": aws, "session-manager-plugin": ""}},
		"has no running task": {observed, map[string]string{"aws": "echo None", "session-manager-plugin": ""}},
	} {
		printed, err := withFakes(t, one.outputs, one.programs)
		if err == nil || !strings.Contains(printed, words) || strings.Contains(printed, "start-session") {
			t.Errorf("want %q, got %v with %s", words, err, printed)
		}
	}
}

const (
	observedByAWS = `{"cluster":"mote-prod","observabilityService":"mote-prod-observability-1",` +
		`"grafanaUrl":"https://g-1.grafana-workspace.eu-west-1.amazonaws.com","prometheusUrl":"https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/"}`

	// awsGrafana notes what is asked of it.
	awsGrafana = `echo "$AWS_REGION $*" >>"NOTES/asked"
case "$2" in
create-workspace-service-account) echo 7 ;;
create-workspace-service-account-token) echo secret-token ;;
esac`

	// grafanaAPI is curl to one that has no data source yet, or has.
	grafanaAPI = `all="$*"
echo "$all" >>"NOTES/asked"
while [ $# -gt 0 ]; do case "$1" in @/dev/*) cat "${1#@}" >>"NOTES/headers" ;; esac; shift; done
cat >>"NOTES/sent"
`
)

// fillsGrafana runs dashboard.sh for Amazon's Grafana, and returns what it printed and, by name, what its programs noted.
func fillsGrafana(t *testing.T, curl string) (string, map[string]string, error) {
	t.Helper()
	notes := t.TempDir()
	into := strings.NewReplacer("NOTES", notes)
	printed, err := withFakes(t, observedByAWS, map[string]string{"aws": into.Replace(awsGrafana), "curl": into.Replace(grafanaAPI + curl)})
	noted := map[string]string{}
	for _, name := range []string{"asked", "headers", "sent"} {
		text, _ := os.ReadFile(filepath.Join(notes, name))
		noted[name] = string(text)
	}
	return printed, noted, err
}

func TestDashboard_IsPutIntoAmazonsGrafanaWithATokenThatEnds(t *testing.T) {
	for method, curl := range map[string]string{"PUT": "", "POST": `case "$all" in *PUT*) exit 22 ;; esac`} {
		printed, noted, err := fillsGrafana(t, curl)
		if err != nil {
			t.Fatal(err, printed)
		}
		for _, words := range []string{
			"eu-west-1 grafana create-workspace-service-account --workspace-id g-1 ",
			"--service-account-id 7 --name dashboard --seconds-to-live 300 ",
			"eu-west-1 grafana delete-workspace-service-account --workspace-id g-1 --service-account-id 7",
			"--request " + method + " ", "https://g-1.grafana-workspace.eu-west-1.amazonaws.com/api/dashboards/db",
		} {
			if !strings.Contains(noted["asked"], words) {
				t.Errorf("want %q, got %s", words, noted["asked"])
			}
		}
		for _, words := range []string{
			`"url": "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/"`, `"uid": "prometheus"`, `"sigV4Region": "eu-west-1"`,
			`"overwrite": true`, `"title": "mote"`,
		} {
			if !strings.Contains(noted["sent"], words) {
				t.Errorf("want %q among what is sent", words)
			}
		}
		if strings.Contains(noted["asked"]+printed, "secret-token") || !strings.Contains(noted["headers"], "Bearer secret-token") {
			t.Errorf("the token is for the header alone: %s", noted["asked"])
		}
		if !strings.Contains(printed, "https://g-1.grafana-workspace.eu-west-1.amazonaws.com") || strings.Contains(printed, "session") {
			t.Error(printed)
		}
	}
}

func TestDashboard_ThatGrafanaRefusesIsAnErrorAndLeavesNoAccount(t *testing.T) {
	printed, noted, err := fillsGrafana(t, "exit 22")
	if err == nil || !strings.Contains(noted["asked"], "delete-workspace-service-account --workspace-id g-1 --service-account-id 7") {
		t.Errorf("got %v with %s after %s", err, printed, noted["asked"])
	}
}
