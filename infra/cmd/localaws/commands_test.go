package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/localaws/tools"
)

// TestUp_SecretsOnKubernetesAreRefused is without a session: nothing may be made before.
func TestUp_SecretsOnKubernetesAreRefused(t *testing.T) {
	const list = `["A=arn:aws:ssm:us-east-1:000000000000:parameter/a"]`
	root := t.TempDir()
	p := tools.Places{Root: root}
	require.NoError(t, os.MkdirAll(filepath.Join(root, "infra"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(root, "infra", "Pulumi.own.yaml"), []byte("config: {mote:secrets: "+list+"}\n"), 0o600))
	for _, o := range []options{
		{stack: "rehearsal", settings: settings{"platform": "eks", "secrets": list}},
		{stack: "own", settings: settings{"platform": "eks"}},
	} {
		require.ErrorContains(t, start(t.Context(), nil, p, o), "mote:secrets is set: the rehearsal's Kubernetes has no driver that reads secrets")
	}
	for _, o := range []options{
		{stack: "rehearsal", settings: settings{"platform": "eks"}},
		{stack: "own", settings: settings{"platform": "eks", "secrets": "[]"}},
	} {
		require.NoError(t, refuseSecrets(p, o))
	}
}
