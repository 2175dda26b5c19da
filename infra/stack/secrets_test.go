package stack

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSecrets_AreReadByExactARN(t *testing.T) {
	const (
		token     = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:mote/token-AbCdEf"
		parameter = "arn:aws:ssm:eu-central-1:123456789012:parameter/mote/url"
		key       = "arn:aws:kms:eu-central-1:123456789012:key/one"
	)
	r := deployed(t, trial{changes: map[string]string{
		"secrets": `["TOKEN=` + token + `:field::","URL=` + parameter + `"]`, "secretsKmsKeyArn": key,
	}})
	require.Equal(t, []any{
		map[string]any{"name": "TOKEN", "valueFrom": token + ":field::"},
		map[string]any{"name": "URL", "valueFrom": parameter},
	}, theContainer(t, r)["secrets"])
	allowed := map[string][]string{}
	for _, statement := range allStatements(t, r) {
		for _, action := range statement.Action {
			allowed[action] = statement.Resource
		}
	}
	require.Equal(t, []string{token}, allowed["secretsmanager:GetSecretValue"])
	require.Equal(t, []string{parameter}, allowed["ssm:GetParameters"])
	require.Equal(t, []string{key}, allowed["kms:Decrypt"])
}

func TestSecrets_NoneMayBeReadByDefault(t *testing.T) {
	r := deployed(t, trial{})
	require.NotContains(t, theContainer(t, r), "secrets")
	for _, statement := range allStatements(t, r) {
		require.NotContains(t, []string{"ReadSecrets", "ReadParameters", "DecryptSecrets"}, statement.Sid)
	}
}
