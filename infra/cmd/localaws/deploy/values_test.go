package deploy

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestValues_AreThoseOfTheStacksFile(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "infra"), 0o755))
	text := "config:\n  mote:maxTasks: 3\n  mote:alarms: false\n  mote:message: hello\n  mote:allowedCidrs: [10.0.0.0/8, 192.0.2.0/24]\n"
	require.NoError(t, os.WriteFile(filepath.Join(root, "infra", "Pulumi.dev.yaml"), []byte(text), 0o600))
	values, err := Values(root, "dev")
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"mote:maxTasks": "3", "mote:alarms": "false", "mote:message": "hello", "mote:allowedCidrs": `["10.0.0.0/8","192.0.2.0/24"]`,
	}, values)

	none, err := Values(root, "another")
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestValues_BrokenFileIsNamed(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "infra"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "infra", "Pulumi.dev.yaml"), []byte("config: [\n"), 0o600))
	_, err := Values(root, "dev")
	require.ErrorContains(t, err, "Pulumi.dev.yaml")
}
