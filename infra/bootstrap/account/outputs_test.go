package account

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBootstrap_OutputsAreGitHubsVariables(t *testing.T) {
	r := made(t, map[string]string{"environments": `["dev"]`})
	same := map[string]any{
		"AWS_REGION": "eu-central-1", "AWS_ACCOUNT": "123456789012",
		"PULUMI_BACKEND_URL": "s3://mote-state-123456789012-eu-central-1/dev?region=eu-central-1",
		"SECRETS_PROVIDER":   "awskms://alias/mote-state?region=eu-central-1&context_environment=dev",
	}
	variables := r.Outputs["variables"].(map[string]any)
	require.Len(t, variables, 2)
	for environment, role := range map[string]string{"dev": "github-mote-deploy-dev", "preview-dev": "github-mote-preview-dev"} {
		told := variables[environment].(map[string]any)
		require.Contains(t, told["AWS_ROLE"], role)
		delete(told, "AWS_ROLE")
		require.Equal(t, same, told)
	}
	require.Equal(t, map[string]any{"dev": "github-mote-boundary-dev"}, r.Outputs["boundaries"])
}

func TestBootstrap_EachEnvironmentHasStateOfItsOwn(t *testing.T) {
	variables := made(t, nil).Outputs["variables"].(map[string]any)
	require.Len(t, variables, 6)
	folders := map[any]int{}
	for _, told := range variables {
		folders[told.(map[string]any)["PULUMI_BACKEND_URL"]]++
		folders[told.(map[string]any)["SECRETS_PROVIDER"]]++
	}
	require.Len(t, folders, 6, "an environment shares them with its preview, and with no other environment")
}
