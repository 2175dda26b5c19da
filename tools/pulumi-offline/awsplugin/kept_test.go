package awsplugin

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestKept_BridgeIsAskedOncePerProviderAndSaysTheSame(t *testing.T) {
	provider, asked := filepath.Join(t.TempDir(), "provider"), 0
	require.NoError(t, os.WriteFile(provider, []byte("one"), 0o600))
	ask := func() ([]byte, error) { asked++; return []byte(bridge), nil }
	forget(t, provider)

	first, err := knownNames(provider, ask)
	require.NoError(t, err)
	require.Equal(t, known(t), first)
	second, err := knownNames(provider, ask)
	require.NoError(t, err)
	require.Equal(t, first, second)
	require.Equal(t, 1, asked)

	require.NoError(t, os.Chtimes(provider, time.Time{}, time.Unix(1, 0)))
	forget(t, provider)
	_, err = knownNames(provider, ask)
	require.NoError(t, err)
	require.Equal(t, 2, asked, "another file is another provider")
}

func TestKept_HalfAFileIsWrittenAnewAndAnErrorIsNotKept(t *testing.T) {
	provider := filepath.Join(t.TempDir(), "provider")
	require.NoError(t, os.WriteFile(provider, nil, 0o600))
	file := forget(t, provider)
	require.NoError(t, os.WriteFile(file, []byte(`{"Resources": {"a"`), 0o600))
	_, err := knownNames(provider, func() ([]byte, error) { return nil, errors.New("no bridge") })
	require.ErrorContains(t, err, "no bridge")
	n, err := knownNames(provider, func() ([]byte, error) { return []byte(bridge), nil })
	require.NoError(t, err)
	require.Equal(t, known(t), n)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), "EcsCluster")
}

// forget sees that the names of the provider are forgotten when the test ends, and gives their file.
func forget(t *testing.T, provider string) string {
	t.Helper()
	file, err := namesFile(provider)
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.Remove(file) })
	return file
}
