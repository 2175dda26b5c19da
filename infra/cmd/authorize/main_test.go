package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// ask asks about requests in an account with the environments dev and prod.
func ask(t *testing.T, more string) (answer, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(strings.NewReader(`{"account": "000000000000", "region": "us-east-1", "environments": ["dev", "prod"], `+more+`}`), &out, "../../bootstrap")
	var told answer
	if err == nil {
		require.NoError(t, json.Unmarshal(out.Bytes(), &told))
	}
	return told, err
}

func TestAuthorize_ADeployRoleChangesItsOwnAndAPreviewRoleNothing(t *testing.T) {
	told, err := ask(t, `"requests": [
		{"role": "deploy-dev", "action": "ecs:UpdateService", "resource": "arn:aws:ecs:us-east-1:000000000000:service/mote-dev/mote-dev-1"},
		{"role": "deploy-prod", "action": "ecs:UpdateService", "resource": "arn:aws:ecs:us-east-1:000000000000:service/mote-dev/mote-dev-1"},
		{"role": "preview-dev", "action": "ecs:UpdateService", "resource": "arn:aws:ecs:us-east-1:000000000000:service/mote-dev/mote-dev-1"},
		{"role": "deploy-dev", "action": "ec2:DeleteVpc", "resource": "arn:aws:ec2:us-east-1:000000000000:vpc/vpc-1",
			"keys": {"aws:ResourceTag/project": "mote", "aws:ResourceTag/stack": "dev"}},
		{"role": "deploy-dev", "action": "ec2:DeleteVpc", "resource": "arn:aws:ec2:us-east-1:000000000000:vpc/vpc-1"}]`)
	require.NoError(t, err)
	require.Equal(t, [][]string{
		{"github-mote-service-dev/ChangeService"}, {}, {}, {"github-mote-network-dev/ChangeNetwork"}, {},
	}, told.Decisions)
	require.Greater(t, len(told.Grants), 400)
	require.Contains(t, told.Grants, granted{"deploy-dev", "github-mote-service-dev/ChangeService", "ecs:UpdateService"})
}

func TestAuthorize_AGrantThatIsLeftOutIsMissing(t *testing.T) {
	const request = `{"role": "deploy-dev", "action": "ecs:UpdateService", "resource": "arn:aws:ecs:us-east-1:000000000000:service/mote-dev/mote-dev-1"}`
	told, err := ask(t, `"without": ["github-mote-service-dev/ChangeService ecs:UpdateService"], "requests": [`+request+`]`)
	require.NoError(t, err)
	require.Equal(t, [][]string{{}}, told.Decisions)
}

func TestAuthorize_AGivenRoleMayWhatItsPolicyAndItsBoundaryAllow(t *testing.T) {
	const document = `{\"Statement\": [{\"Sid\": \"All\", \"Effect\": \"Allow\", \"Action\": [\"logs:PutLogEvents\", \"ecs:UpdateService\"], \"Resource\": [\"*\"]}]}`
	told, err := ask(t, `"given": {
			"bounded": {"boundary": "github-mote-boundary-dev", "documents": {"own": "`+document+`"}},
			"free": {"documents": {"own": "`+document+`"}}},
		"requests": [
			{"role": "bounded", "action": "logs:PutLogEvents", "resource": "arn:aws:logs:us-east-1:000000000000:log-group:/ecs/mote-dev:log-stream:a"},
			{"role": "bounded", "action": "logs:PutLogEvents", "resource": "arn:aws:logs:us-east-1:000000000000:log-group:/ecs/mote-prod:log-stream:a"},
			{"role": "bounded", "action": "ecs:UpdateService", "resource": "*"}, {"role": "free", "action": "ecs:UpdateService", "resource": "*"},
			{"role": "free", "action": "ecs:DeleteService", "resource": "*"}]`)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"own/All", "github-mote-boundary-dev/WriteLogs"}, {}, {}, {"own/All"}, {}}, told.Decisions)
}

func TestAuthorize_TheKeyOfTheStateIsTheOneThatIsNamed(t *testing.T) {
	const request = `"requests": [{"role": "deploy-dev", "action": "kms:Encrypt", "resource": "arn:aws:kms:us-east-1:000000000000:key/1",
		"keys": {"kms:EncryptionContext:environment": "dev"}}]`
	for key, by := range map[string][]string{`"key": "arn:aws:kms:us-east-1:000000000000:key/1"`: {"github-mote-deploy-dev-state/UseSecrets"}, `"key": ""`: {}} {
		told, err := ask(t, key+", "+request)
		require.NoError(t, err)
		require.Equal(t, [][]string{by}, told.Decisions)
	}
}

func TestAuthorize_AMistakeInTheQuestionIsAnErrorAndNoDenial(t *testing.T) {
	for more, says := range map[string]string{
		`"without": ["a/B c:D"]`:                       "there is no a/B c:D",
		`"request": []`:                                "unknown field",
		`"requests": [{"role": "unknown"}]`:            "there is no role unknown",
		`"given": {"a": {"boundary": "b"}}`:            "bootstrap makes no policy b",
		`"given": {"a": {"documents": {"own": "{}"}}}`: "own: the policy says nothing",
		`"existing": ["dev=x"]`:                        "each must be ENVIRONMENT=ARN",
	} {
		_, err := ask(t, more)
		require.ErrorContains(t, err, says, more)
	}
}
