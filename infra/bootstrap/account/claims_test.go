package account

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// claims are those of a token of GitHub's, by name.
type claims map[string]string

// assumes decides as AWS would: every key of the trust policy is a claim of the token, and has one of the values, letter by letter.
func assumes(statement iampolicy.Statement, token claims) bool {
	for key, values := range statement.Condition["StringEquals"] {
		claim, given := token[key[len(github)+1:]]
		if !given || !slices.Contains(values, claim) {
			return false
		}
	}
	return true
}

// genuine are the claims of the token of a job of environment.yml that works on prod, called by deploy.yml after a push to main.
var genuine = claims{
	"aud": "sts.amazonaws.com", "sub": "repo:Me@12/mote@345:environment:prod", "repository_id": "345", "repository": "Me/mote",
	"ref": "refs/heads/main", "ref_type": "branch", "event_name": "push", "environment": "prod",
	"workflow_ref":     "Me/mote/.github/workflows/deploy.yml@refs/heads/main",
	"job_workflow_ref": "Me/mote/.github/workflows/environment.yml@refs/heads/main",
}

// forged are claims that GitHub would give to jobs that must not have the role: what differs from a genuine token. A claim that is empty is
// one that the token lacks.
var forged = map[string]claims{
	"another branch that calls main's workflow": {"ref": "refs/heads/feature", "workflow_ref": "Me/mote/.github/workflows/deploy.yml@refs/heads/feature"},
	"a branch whose name begins with main":      {"ref": "refs/heads/main2"},
	"a tag":                                     {"ref": "refs/tags/v1", "ref_type": "tag"},
	"a tag that is called as the branch is":     {"ref": "refs/tags/refs/heads/main"},
	"a pull request":                            {"ref": "refs/pull/7/merge", "event_name": "pull_request"},
	"no ref":                                    {"ref": ""},
	"the workflow as a branch has it":           {"job_workflow_ref": "Me/mote/.github/workflows/environment.yml@refs/heads/feature"},
	"the workflow as a pull request has it":     {"job_workflow_ref": "Me/mote/.github/workflows/environment.yml@refs/pull/7/merge"},
	"another workflow of main":                  {"job_workflow_ref": "Me/mote/.github/workflows/ci.yml@refs/heads/main"},
	"a workflow of another repository":          {"job_workflow_ref": "Eve/mote/.github/workflows/environment.yml@refs/heads/main"},
	"no workflow":                               {"job_workflow_ref": ""},
	"another environment":                       {"sub": "repo:Me@12/mote@345:environment:dev"},
	"the environment's preview":                 {"sub": "repo:Me@12/mote@345:environment:preview-prod"},
	"a job without an environment":              {"sub": "repo:Me@12/mote@345:ref:refs/heads/main"},
	"an environment that ends alike":            {"sub": "repo:Me@12/mote@345:environment:x:environment:prod"},
	"another owner":                             {"sub": "repo:Eve@13/mote@345:environment:prod"},
	"the same name after the owner left it":     {"sub": "repo:Me@99/mote@346:environment:prod", "repository_id": "346"},
	"the old form of a name that was left":      {"sub": "repo:Me/mote:environment:prod", "repository_id": "346"},
	"other letters":                             {"sub": "repo:me@12/mote@345:environment:prod"},
	"no subject":                                {"sub": ""},
	"a fork":                                    {"repository_id": "777"},
	"no repository":                             {"repository_id": ""},
	"a token for another service":               {"aud": "https://github.com/Me"},
	"no audience":                               {"aud": ""},
}

// with changes the claims.
func (c claims) with(changes claims) claims {
	token := maps.Clone(c)
	for name, value := range changes {
		token[name] = value
		if value == "" {
			delete(token, name)
		}
	}
	return token
}

func TestBootstrap_ForgedClaimsGetNoDeployRole(t *testing.T) {
	statement := trusted(t, made(t, nil), "github-mote-deploy-prod")
	require.True(t, assumes(statement, genuine))
	require.True(t, assumes(statement, genuine.with(claims{"sub": "repo:Me/mote:environment:prod"})), "a repository with the older form of subjects")
	require.True(t, assumes(statement, genuine.with(claims{"event_name": "workflow_dispatch",
		"job_workflow_ref": "Me/mote/.github/workflows/unlock.yml@refs/heads/main"})))
	for what, changes := range forged {
		require.False(t, assumes(statement, genuine.with(changes)), what)
	}
}

func TestBootstrap_ForgedClaimsGetNoPreviewRole(t *testing.T) {
	statement := trusted(t, made(t, nil), "github-mote-preview-prod")
	preview := genuine.with(claims{"sub": "repo:Me@12/mote@345:environment:preview-prod", "ref": "refs/pull/7/merge",
		"job_workflow_ref": "Me/mote/.github/workflows/preview.yml@refs/pull/7/merge"})
	require.True(t, assumes(statement, preview))
	for _, changes := range []claims{
		{"sub": "repo:Me@12/mote@345:environment:preview-dev"}, {"sub": "repo:Me@12/mote@345:pull_request"},
		{"sub": "repo:Eve@13/mote@345:environment:preview-prod"}, {"repository_id": "777"}, {"aud": "other"}, {"sub": ""}, {"aud": ""},
	} {
		require.False(t, assumes(statement, preview.with(changes)), changes)
	}
}

// TestBootstrap_EachConditionOfTrustKeepsAForgeryOut shows that no condition is there for nothing.
func TestBootstrap_EachConditionOfTrustKeepsAForgeryOut(t *testing.T) {
	statement := trusted(t, made(t, nil), "github-mote-deploy-prod")
	all := statement.Condition["StringEquals"]
	require.Len(t, all, 5)
	for key := range all {
		without := maps.Clone(all)
		delete(without, key)
		weaker := iampolicy.Statement{Condition: iampolicy.Condition{"StringEquals": without}}
		require.True(t, slices.ContainsFunc(slices.Collect(maps.Values(forged)), func(changes claims) bool {
			return assumes(weaker, genuine.with(changes))
		}), key)
	}
}
