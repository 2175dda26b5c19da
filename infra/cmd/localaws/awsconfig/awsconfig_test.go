package awsconfig

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEnvironment_NothingOfTheUsersAWSIsInIt(t *testing.T) {
	for _, name := range []string{
		"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ENDPOINT_URL_S3", "AWS_SECRET_ACCESS_KEY",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_SHARED_CREDENTIALS_FILE", "AWS_REGION",
	} {
		t.Setenv(name, "the user's")
	}
	local := Environment("http://localhost:1", Role("up", "dev"))
	for _, variable := range os.Environ() {
		if name := variable[:max(0, len(variable)-len("=the user's"))]; variable == name+"=the user's" {
			value, is := local[name]
			require.True(t, is, "%s must be set to something else", name)
			require.NotEqual(t, "the user's", value, name)
		}
	}
	require.Equal(t, "http://localhost:1", local["AWS_ENDPOINT_URL"])
	require.Equal(t, "http://127.0.0.1:1", local["AWS_ENDPOINT_URL_S3"])
	require.Equal(t, "deploy-dev", local["AWS_ACCESS_KEY_ID"])
	require.Equal(t, os.DevNull, local["AWS_CONFIG_FILE"])
}

func TestConfig_WaitsForNoAnswerForEver(t *testing.T) {
	limited, is := Config("http://localhost:1").HTTPClient.(interface{ GetTimeout() time.Duration })
	require.True(t, is)
	require.Equal(t, patience, limited.GetTimeout())
}
