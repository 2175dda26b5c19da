package account

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

const github = "token.actions.githubusercontent.com"

// trusted is the one statement of a role's trust policy.
func trusted(t require.TestingT, r *pulumimocks.Recording, role string) iampolicy.Statement {
	all := statements(t, find(t, r, "Role", role).Inputs["assumeRolePolicy"])
	require.Len(t, all, 1, "conditions of two statements would be met one by one")
	return all[0]
}

func TestBootstrap_DeployRoleTrustsDeployingWorkflowsOfMain(t *testing.T) {
	r := made(t, nil)
	provider := "arn:aws:test:eu-central-1:123456789012:aws:iam/openIdConnectProvider:OpenIdConnectProvider/github-0123456"
	require.Equal(t, iampolicy.Statement{
		Sid: "JobsOfOneEnvironment", Effect: "Allow", Principal: map[string][]string{"Federated": {provider}},
		Action: []string{"sts:AssumeRoleWithWebIdentity"},
		Condition: iampolicy.Condition{"StringEquals": {
			github + ":aud":           {"sts.amazonaws.com"},
			github + ":sub":           {"repo:Me@12/mote@345:environment:prod", "repo:Me/mote:environment:prod"},
			github + ":repository_id": {"345"},
			github + ":ref":           {"refs/heads/main"},
			github + ":job_workflow_ref": {
				"Me/mote/.github/workflows/destroy.yml@refs/heads/main",
				"Me/mote/.github/workflows/environment.yml@refs/heads/main",
				"Me/mote/.github/workflows/unlock.yml@refs/heads/main",
			},
		}},
	}, trusted(t, r, "github-mote-deploy-prod"))
}

func TestBootstrap_PreviewRoleTrustsItsEnvironmentInThisRepository(t *testing.T) {
	require.Equal(t, iampolicy.Condition{"StringEquals": {
		github + ":aud":           {"sts.amazonaws.com"},
		github + ":sub":           {"repo:Me@12/mote@345:environment:preview-prod", "repo:Me/mote:environment:preview-prod"},
		github + ":repository_id": {"345"},
	}}, trusted(t, made(t, nil), "github-mote-preview-prod").Condition)
}

func TestBootstrap_TrustHasNoPatternAndOneEnvironment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := environmentNames.Draw(t, "environment")
		r := made(t, map[string]string{
			"repository":   rapid.StringMatching(`[a-zA-Z0-9]{1,10}/[a-z._-]{1,10}`).Draw(t, "repository"),
			"environments": `["` + name + `"]`,
		})
		for role, environment := range map[string]string{"deploy": name, "preview": "preview-" + name} {
			statement := trusted(t, r, "github-mote-"+role+"-"+name)
			require.Equal(t, []string{"StringEquals"}, slices.Collect(func(yield func(string) bool) {
				for operator := range statement.Condition {
					yield(operator)
				}
			}))
			require.NotContains(t, fmt.Sprint(statement), "*")
			for _, subject := range statement.Condition["StringEquals"][github+":sub"] {
				require.True(t, strings.HasSuffix(subject, ":environment:"+environment), subject)
			}
		}
	})
}

// workflow is what a workflow says of who works on which environment.
type workflow struct {
	Jobs map[string]struct {
		Environment any `yaml:"environment"`
		Steps       []struct {
			Uses string `yaml:"uses"`
		} `yaml:"steps"`
	} `yaml:"jobs"`
}

// setupAction is the action that takes a role.
const setupAction = "./.github/actions/setup"

func TestBootstrap_TrustsExactlyTheWorkflowsThatTakeADeployRole(t *testing.T) {
	files, err := filepath.Glob("../../../.github/workflows/*.yml")
	require.NoError(t, err)
	var deploying, previewing []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var w workflow
		require.NoError(t, yaml.Unmarshal(text, &w))
		for name, job := range w.Jobs {
			for _, step := range job.Steps {
				if step.Uses != setupAction {
					continue
				}
				environment := nameOf(job.Environment)
				require.Contains(t, environment, "${{", "job %s of %s", name, file)
				if strings.HasPrefix(environment, previewPrefix) {
					previewing = append(previewing, filepath.Base(file))
				} else {
					deploying = append(deploying, filepath.Base(file))
				}
			}
		}
	}
	slices.Sort(deploying)
	require.Equal(t, deployingWorkflows, deploying)
	require.ElementsMatch(t, []string{"drift.yml", "preview.yml"}, previewing)
}

// nameOf is the name of an environment, which is written alone or in a mapping.
func nameOf(environment any) string {
	if fields, is := environment.(map[string]any); is {
		return fmt.Sprint(fields["name"])
	}
	return fmt.Sprint(environment)
}

func TestBootstrap_TrustsGitHubOnceAndWithoutAThumbprint(t *testing.T) {
	provider := made(t, nil).One(t, "iam/openIdConnectProvider:OpenIdConnectProvider")
	require.Equal(t, "https://"+github, provider.Inputs["url"])
	require.Equal(t, []any{"sts.amazonaws.com"}, provider.Inputs["clientIdLists"])
	require.NotContains(t, provider.Inputs, "thumbprintLists")
}

func TestBootstrap_ExistingProviderIsUsedAndNeverChanged(t *testing.T) {
	r := made(t, map[string]string{"existingProvider": "true"})
	r.Of(t, "iam/openIdConnectProvider:OpenIdConnectProvider", 0)
	require.Equal(t, 1, r.Called("iam/getOpenIdConnectProvider:getOpenIdConnectProvider"))
	require.Equal(t, map[string][]string{"Federated": {"arn:aws:iam::123456789012:oidc-provider/" + github}},
		trusted(t, r, "github-mote-deploy-dev").Principal)
}

func TestBootstrap_RefusesAProviderThatIsNotMeantForAWS(t *testing.T) {
	require.NoError(t, meantForAWS([]string{"others", "sts.amazonaws.com"}))
	require.ErrorContains(t, meantForAWS([]string{"others"}), "must have the audience sts.amazonaws.com")
}
