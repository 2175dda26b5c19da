package awsplugin

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// provide lays out a provider in a mirror and gives its path.
func provide(t *testing.T, mirror, version string) string {
	t.Helper()
	file := filepath.Join(mirror, "registry.example", "hashicorp", "aws", version, runtime.GOOS+"_"+runtime.GOARCH,
		"terraform-provider-aws_v"+version+"_x5")
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, nil, 0o755))
	return file
}

// alone gives a home folder of its own, with nothing of the machine's Terraform but what is in the places that all homes share.
func alone(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	for _, name := range []string{"TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR", "XDG_DATA_HOME", ProviderVariable} {
		t.Setenv(name, "")
	}
	return home
}

func TestProvider_NewestThatFitsIsTaken(t *testing.T) {
	home := alone(t)
	mirror := filepath.Join(home, ".terraform.d", "plugins")
	for _, version := range []string{"5.99.0", "6.9.0", "7.0.0", "not-a-version"} {
		provide(t, mirror, version)
	}
	want := provide(t, mirror, "6.10.0")
	found, err := TerraformProvider()
	require.NoError(t, err)
	require.Equal(t, want, found)
}

func TestProvider_ConfiguredMirrorIsSearched(t *testing.T) {
	home := alone(t)
	want := provide(t, filepath.Join(home, "elsewhere"), "6.99.0")
	configuration := filepath.Join(home, "terraform.cfg")
	t.Setenv("TF_CLI_CONFIG_FILE", configuration)
	t.Setenv("MIRROR", filepath.Join(home, "elsewhere"))
	for _, text := range []string{
		"provider_installation {\n  filesystem_mirror {\n    path    = \"" + filepath.Join(home, "elsewhere") + "\"\n  }\n}\n",
		"plugin_cache_dir = \"$MIRROR\"\n",
	} {
		require.NoError(t, os.WriteFile(configuration, []byte(text), 0o600))
		found, err := TerraformProvider()
		require.NoError(t, err)
		require.Equal(t, want, found)
	}
}

func TestProvider_StatedOneWinsAndMustBeThere(t *testing.T) {
	home := alone(t)
	provide(t, filepath.Join(home, ".terraform.d", "plugins"), "6.99.0")
	stated := filepath.Join(home, "terraform-provider-aws")
	t.Setenv(ProviderVariable, stated)
	_, err := TerraformProvider()
	require.ErrorContains(t, err, ProviderVariable)
	require.ErrorContains(t, err, stated)

	require.NoError(t, os.WriteFile(stated, nil, 0o755))
	found, err := TerraformProvider()
	require.NoError(t, err)
	require.Equal(t, stated, found)
}
