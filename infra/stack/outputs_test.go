package stack

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/names"
	"github.com/mote-dev/mote/infra/internal/project"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

func TestStack_ExportsItsOutputs(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		for _, name := range []string{
			"url", "loadBalancer", "repository", "imageDigest", "cluster", "service", "taskDefinition", "logGroup", "taskEventsLogGroup", "smokePaths",
		} {
			require.NotEmpty(t, r.Outputs[name], name)
		}
		require.Len(t, r.Outputs, 11)
		require.Regexp(t, `^http://`+names.Prefix(project.Name), r.Outputs["url"])
		require.Regexp(t, `^sha256:[0-9a-f]{64}$`, r.Outputs["imageDigest"])
	})
}

func TestStack_SmokePathsAreWhatIsConfigured(t *testing.T) {
	for want, changes := range map[string]map[string]string{
		"/ /health": {}, "/ /ready": {"healthCheckPath": "/ready"}, "/": {"healthCheckPath": "/"},
		"/healthz": {"healthCheckPath": "/healthz", "serviceSettings": "false", "healthCheckCommand": `["NONE"]`},
	} {
		require.Equal(t, want, deployed(t, trial{stack: "dev", changes: changes}).Outputs["smokePaths"])
	}
}

func TestStack_InvalidSettingsCreateNothing(t *testing.T) {
	config := trial{stack: "dev", changes: map[string]string{"cpu": "1", "zones": "1"}}.config(t)
	r, err := pulumimocks.Record(pulumimocks.Run{Project: "mote", Stack: "dev", Config: config}, func(ctx *pulumi.Context) (pulumi.Map, error) {
		return nil, Deploy(ctx)
	})
	require.ErrorContains(t, err, "mote:cpu")
	require.ErrorContains(t, err, "mote:zones")
	require.Empty(t, r.Resources)
}

// TestStack_UnknownSettingsCreateNothing reads the stack's keys where Pulumi hands them to the program.
func TestStack_UnknownSettingsCreateNothing(t *testing.T) {
	config := trial{stack: "dev"}.config(t)
	t.Setenv(pulumi.EnvConfig, `{"mote:cpuu":"5","aws:region":"eu-central-1","mote:cpu":"256"}`)
	r, err := pulumimocks.Record(pulumimocks.Run{Project: "mote", Stack: "dev", Config: config}, func(ctx *pulumi.Context) (pulumi.Map, error) {
		return nil, Deploy(ctx)
	})
	require.ErrorContains(t, err, "Pulumi.<stack>.yaml, 1:\n  mote:cpuu is not a setting: did you mean cpu?")
	require.Empty(t, r.Resources)
}

func TestStack_DeployIsWhatTheTestsRecord(t *testing.T) {
	for _, one := range []trial{{stack: "dev"}, {stack: "dev", changes: onKubernetes}} {
		r, err := pulumimocks.Record(pulumimocks.Run{Project: "mote", Stack: "dev", Config: one.config(t)}, func(ctx *pulumi.Context) (pulumi.Map, error) {
			return nil, Deploy(ctx)
		})
		require.NoError(t, err)
		require.Len(t, r.Resources, len(deployed(t, one).Resources))
	}
}

func TestStack_ExportsItsOutputsOnEKS(t *testing.T) {
	r := deployed(t, trial{stack: "prod", changes: onKubernetes})
	require.Len(t, r.Outputs, 9)
	for name, value := range map[string]any{
		"cluster": "mote-prod", "namespace": "mote-prod", "deployment": "mote", "smokePaths": "/ /health", "rollbackOnAlarms": false,
	} {
		require.Equal(t, value, r.Outputs[name], name)
	}
	require.Regexp(t, `^http://mote-prod`, r.Outputs["url"])
	require.Regexp(t, `^sha256:[0-9a-f]{64}$`, r.Outputs["imageDigest"])
	require.NotEmpty(t, r.Outputs["loadBalancer"])
	require.NotEmpty(t, r.Outputs["repository"])
}
