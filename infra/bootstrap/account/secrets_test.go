package account

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// TestBootstrap_BoundaryLetsPodsReadSecretsOfTheirEnvironment asks by what the stack allows the role of pods.
func TestBootstrap_BoundaryLetsPodsReadSecretsOfTheirEnvironment(t *testing.T) {
	const key = "arn:aws:kms:eu-central-1:123456789012:key/abc"
	r := made(t, map[string]string{"kubernetes": `["dev"]`, "existing": `["dev=` + key + `"]`})
	boundary := statements(t, find(t, r, "Policy", "github-mote-boundary-dev").Inputs["policy"])
	for environment, own := range map[string]bool{"dev": true, "prod": false} {
		asked := iampolicy.AllowSecrets(map[string]string{
			"TOKEN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:mote/" + environment + "/token-AbCdEf:field::",
			"URL":   "arn:aws:ssm:eu-central-1:123456789012:parameter/mote/" + environment + "/url",
		}, "")
		require.Len(t, asked, 2)
		for _, one := range asked {
			require.Equal(t, own, allowed(t, boundary, one.Action[0], one.Resource[0], nil), "%s of %s", one.Sid, environment)
		}
	}
	decrypt := iampolicy.AllowSecrets(nil, key)
	require.Len(t, decrypt, 1)
	require.True(t, allowed(t, boundary, decrypt[0].Action[0], decrypt[0].Resource[0], nil))
}
