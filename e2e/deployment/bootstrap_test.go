package deployment

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// administrator is an operator with a clone of the repository, AWS credentials and GitHub's command line.
type administrator struct {
	rehearsal *rehearsal
	clone     string
	environ   []string
}

// newAdministrator clones the tree as it is. GitHub tells two numbers; Go's caches are the machine's, or all of AWS would be compiled anew.
func newAdministrator(t *testing.T, r *rehearsal) *administrator {
	t.Helper()
	home := t.TempDir()
	a := &administrator{rehearsal: r, clone: filepath.Join(home, "clone")}
	out, err := exec.Command("bash", "-c", `source "$0/scripts/lib.sh" && copy_tree "$1"`, os.Getenv("MOTE_ROOT"), a.clone).CombinedOutput()
	require.NoErrorf(t, err, "%s", out)
	gh := filepath.Join(home, "bin", "gh")
	require.NoError(t, os.Mkdir(filepath.Dir(gh), 0o755))
	require.NoError(t, os.WriteFile(gh, []byte(`#!/usr/bin/env bash
[[ "$1 $2 $3" == "api repos/Me/mote --jq" ]] || exit 9
case $4 in .owner.id) echo 12 ;; .id) echo 345 ;; *) exit 9 ;; esac
`), 0o755))
	caches, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE", "GOPATH").Output()
	require.NoError(t, err)
	places := strings.Fields(string(caches))
	a.environ = []string{
		"HOME=" + home, "PATH=" + filepath.Dir(gh) + ":" + os.Getenv("PATH"),
		"GOCACHE=" + places[0], "GOMODCACHE=" + places[1], "GOPATH=" + places[2],
	}
	return a
}

// run runs a line of shell in the clone, where the local AWS is all that there is, and gives all that it prints.
func (a *administrator) run(t *testing.T, line string) (string, error) {
	t.Helper()
	began := time.Now()
	defer func() { t.Logf("%.0f s: %s", time.Since(began).Seconds(), line) }()
	// The rehearsal's own state is not the administrator's.
	script := `set -euo pipefail; cd "$0"; unset PULUMI_BACKEND_URL; export PULUMI_CONFIG_PASSPHRASE=; ` + line
	cmd := a.rehearsal.command(t.Context(), "run", "-name", a.rehearsal.name, "bash", "-c", script, a.clone)
	cmd.Env = append(cmd.Env, a.environ...)
	cmd.Stderr = nil
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// does is run for what must succeed.
func (a *administrator) does(t *testing.T, line string) string {
	t.Helper()
	out, err := a.run(t, line)
	require.NoErrorf(t, err, "%s\n%s", line, out)
	return out
}

// file reads one of the clone.
func (a *administrator) file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(a.clone, name))
	require.NoError(t, err)
	return string(text)
}

var variable = regexp.MustCompile(`(?m)^gh (?:variable|secret) set (\S+) --repo Me/mote --env (\S+) --body '(.*)'$`)

// variablesOf gives the variables that GitHub would have if the printed lines were run, by environment.
func variablesOf(text string) map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, match := range variable.FindAllStringSubmatch(text, -1) {
		if all[match[2]] == nil {
			all[match[2]] = map[string]string{}
		}
		all[match[2]][match[1]] = match[3]
	}
	return all
}

// onAccount is a command of Pulumi about the account's stack.
func onAccount(command string) string {
	return "pulumi -C infra/bootstrap " + command + " --stack account --non-interactive"
}

// atHome is where bootstrap.sh keeps its own state when nothing is said.
const atHome = "export PULUMI_BACKEND_URL=file://$HOME; "

func TestBootstrap_MakesAnAccountReadyAndLeavesNothing(t *testing.T) {
	startAhead(t)
	a := newAdministrator(t, shared)
	said := a.does(t, "scripts/ops/bootstrap.sh Me/mote --yes environments=dev,prod")
	variables := variablesOf(said)
	require.Len(t, variables, 4)
	require.Len(t, variables["preview-prod"], 5)
	require.Equal(t, "arn:aws:iam::000000000000:role/github-mote-deploy-dev", variables["dev"]["AWS_ROLE"])
	require.Contains(t, a.file(t, "infra/Pulumi.prod.yaml"), "config:\n  mote:permissionsBoundary: github-mote-boundary-prod\n")
	require.Contains(t, a.file(t, "infra/bootstrap/Pulumi.account.yaml"), "mote-bootstrap:repositoryId: \"345\"\n")
	require.Contains(t, a.does(t, atHome+onAccount("preview --expect-no-changes")), "unchanged")
	require.Subset(t, roles(t, shared.status(t)), []string{
		"github-mote-deploy-dev", "github-mote-preview-dev", "github-mote-deploy-prod", "github-mote-preview-prod",
	})
	a.writesNothingToLook(t, variables["preview-prod"])
	a.keepsAStack(t, variables["dev"])
	a.movesItsState(t, variables["dev"]["PULUMI_BACKEND_URL"])
	a.takesAllAway(t, said)
}

// writesNothingToLook previews a stack that was never deployed. The judge sees the calls and who signed them.
func (a *administrator) writesNothingToLook(t *testing.T, preview map[string]string) {
	t.Helper()
	s := a.rehearsal.status(t)
	before := objects(t, s)
	require.Contains(t, before, "<Key>prod/.pulumi/meta.yaml</Key>")
	said := a.does(t, fmt.Sprintf("export AWS_ACCESS_KEY_ID=preview-prod PULUMI_BACKEND_URL='%s' SECRETS_PROVIDER='%s'; "+
		"scripts/ops/preview.sh prod target/preview && cat target/preview/prod.md", preview["PULUMI_BACKEND_URL"], preview["SECRETS_PROVIDER"]))
	require.Contains(t, said, "there is no stack prod in s3://")
	require.Equal(t, keys(before), keys(objects(t, s)))
}

// keys are the names in a listing of a bucket, with what they hold.
func keys(listing string) []string {
	return regexp.MustCompile(`<(?:Key|ETag)>[^<]+<`).FindAllString(listing, -1)
}

// keepsAStack sees that a stack's state is in the bucket, in its environment's folder, and that what is secret in it can be read as that
// environment only.
func (a *administrator) keepsAStack(t *testing.T, dev map[string]string) {
	t.Helper()
	inDev := fmt.Sprintf("export AWS_ACCESS_KEY_ID=deploy-dev PULUMI_BACKEND_URL='%s' SECRETS_PROVIDER='%s'; ", dev["PULUMI_BACKEND_URL"], dev["SECRETS_PROVIDER"])
	const read = "pulumi -C infra config get --stack dev message"
	a.does(t, inDev+"scripts/ops/select-stack.sh dev --create && pulumi -C infra config set --stack dev --secret message hush")
	require.NotContains(t, a.file(t, "infra/Pulumi.dev.yaml"), "hush")
	require.Equal(t, "hush", last(a.does(t, inDev+read)))
	require.Contains(t, objects(t, a.rehearsal.status(t)), "dev/.pulumi/stacks/mote/dev.json")
	out, err := a.run(t, inDev+"export AWS_ACCESS_KEY_ID=rehearsal; sed -i s/context_environment=dev/context_environment=prod/ infra/Pulumi.dev.yaml && "+read)
	require.Error(t, err)
	require.Contains(t, out, "EncryptionContext does not match")
}

// movesItsState moves the account's own state into the bucket, as the record of the decision says, and sees that it is known there.
func (a *administrator) movesItsState(t *testing.T, dev string) {
	t.Helper()
	inBucket := "export PULUMI_BACKEND_URL='" + strings.Replace(dev, "/dev?", "/_account?", 1) + "'; "
	a.does(t, atHome+onAccount("stack export --file state.json")+"; "+inBucket+
		"pulumi -C infra/bootstrap stack init account --non-interactive; "+onAccount("stack import --file state.json"))
	require.Contains(t, a.does(t, inBucket+onAccount("preview --expect-no-changes")), "unchanged")
}

// takesAllAway sees that what is protected goes only when that is lifted, and that then nothing is left but the key, for 30 days.
func (a *administrator) takesAllAway(t *testing.T, said string) {
	t.Helper()
	destroy := atHome + onAccount("destroy --yes --skip-preview")
	out, err := a.run(t, destroy)
	require.Error(t, err)
	require.Contains(t, out, "protected")
	require.Len(t, variablesOf(a.does(t, "scripts/ops/bootstrap.sh Me/mote --yes deletionProtection=false")), 4, "settings that are not given stay")
	a.does(t, destroy)
	s := a.rehearsal.status(t)
	for _, one := range []listing{
		{"iam", "", "Action=ListRoles&Version=2010-05-08"},
		{"iam", "", "Action=ListPolicies&Scope=Local&Version=2010-05-08"},
		{"iam", "", "Action=ListOpenIDConnectProviders&Version=2010-05-08"},
		{"kms", "TrentService.ListAliases", "{}"},
	} {
		require.NotRegexp(t, "github-mote|token.actions|mote-state", s.ask(t, one))
	}
	require.Contains(t, objects(t, s), "NoSuchBucket")
	require.Equal(t, "PendingDeletion", keyState(t, s, said))
}

// last is the last line.
func last(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// roles are the names of all roles.
func roles(t *testing.T, s status) []string {
	t.Helper()
	var names []string
	for _, match := range regexp.MustCompile(`<RoleName>([^<]+)<`).FindAllStringSubmatch(s.ask(t, listing{"iam", "", "Action=ListRoles&Version=2010-05-08"}), -1) {
		names = append(names, match[1])
	}
	return names
}

// objects lists what is in the bucket, or says that there is none.
func objects(t *testing.T, s status) string {
	t.Helper()
	answer, err := http.Get(s.Shim + "/mote-state-000000000000-us-east-1?list-type=2")
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(text)
}

// keyState is what has become of the key that bootstrap printed.
func keyState(t *testing.T, s status, said string) string {
	t.Helper()
	id := regexp.MustCompile(`key/([0-9a-f-]{36})`).FindStringSubmatch(said)
	require.NotNil(t, id, "the key must be among the outputs")
	var key struct{ KeyMetadata struct{ KeyState string } }
	answer := s.ask(t, listing{"kms", "TrentService.DescribeKey", `{"KeyId":"` + id[1] + `"}`})
	require.NoError(t, json.Unmarshal([]byte(answer), &key))
	return key.KeyMetadata.KeyState
}
