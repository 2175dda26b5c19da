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
		"session-manager-plugin (https://docs.aws.amazon.com/": {observed, map[string]string{"aws": aws}},
		"set observability to prometheus in infra/Pulumi.prod": {`{"cluster":"mote-prod"}`, map[string]string{"aws": aws, "session-manager-plugin": ""}},
		"has no running task": {observed, map[string]string{"aws": "echo None", "session-manager-plugin": ""}},
	} {
		printed, err := withFakes(t, one.outputs, one.programs)
		if err == nil || !strings.Contains(printed, words) || strings.Contains(printed, "start-session") {
			t.Errorf("want %q, got %v with %s", words, err, printed)
		}
	}
}
