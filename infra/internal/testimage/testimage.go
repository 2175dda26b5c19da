// Package testimage makes images and a registry for tests: small, in memory or in a test's own folder.
package testimage

import (
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"
)

// Image returns a new image for an OCI architecture, different from all others. It declares the volume /tmp.
func Image(t testing.TB, architecture string) v1.Image {
	t.Helper()
	layer, err := random.Layer(256, types.OCILayer)
	require.NoError(t, err)
	image, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.OCIManifestSchema1), layer)
	require.NoError(t, err)
	config, err := image.ConfigFile()
	require.NoError(t, err)
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", architecture
	config.Config.Volumes = map[string]struct{}{"/tmp": {}}
	image, err = mutate.ConfigFile(image, config)
	require.NoError(t, err)
	return image
}

// Layout writes images into an OCI layout and returns its folder.
func Layout(t testing.TB, images ...v1.Image) string {
	t.Helper()
	folder := t.TempDir()
	path, err := layout.Write(folder, empty.Index)
	require.NoError(t, err)
	for _, image := range images {
		require.NoError(t, path.AppendImage(image))
	}
	return folder
}

// Digest returns an image's digest as text.
func Digest(t testing.TB, image v1.Image) string {
	t.Helper()
	digest, err := image.Digest()
	require.NoError(t, err)
	return digest.String()
}

// Registry starts a registry for the length of the test and returns its host:port.
func Registry(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	return strings.Replace(strings.TrimPrefix(server.URL, "http://"), "127.0.0.1", "localhost", 1)
}
