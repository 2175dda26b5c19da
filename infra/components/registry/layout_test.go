package registry

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/testimage"
)

// built is an index as buildx writes it: an image, and what attests to it.
func built(t *testing.T, image v1.Image) v1.ImageIndex {
	t.Helper()
	attests := mutate.IndexAddendum{Add: testimage.Image(t, "unknown"), Descriptor: v1.Descriptor{
		Annotations: map[string]string{"vnd.docker.reference.type": "attestation-manifest"},
	}}
	return mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: image}, attests)
}

func TestRegistry_ReadsAnIndexInAnIndexWithoutItsAttestations(t *testing.T) {
	image := testimage.Image(t, "amd64")
	folder := t.TempDir()
	_, err := layout.Write(folder, mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: built(t, image)}))
	require.NoError(t, err)
	found, err := images(folder)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, testimage.Digest(t, image), testimage.Digest(t, found["amd64"]))
}

func TestRegistry_ReadsWhatDockerSaved(t *testing.T) {
	image, file := testimage.Image(t, "arm64"), filepath.Join(t.TempDir(), "image.tar")
	tag, err := name.NewTag("service:1")
	require.NoError(t, err)
	require.NoError(t, tarball.WriteToFile(file, tag, image))
	loaded, err := load(file, "ARM64")
	require.NoError(t, err)
	wanted, err := image.ConfigName()
	require.NoError(t, err)
	got, err := loaded.ConfigName()
	require.NoError(t, err)
	require.Equal(t, wanted, got, "the manifest is made anew, the configuration is the image's")
	again, err := load(file, "ARM64")
	require.NoError(t, err)
	require.Equal(t, testimage.Digest(t, loaded), testimage.Digest(t, again), "a second deployment has nothing to do")
	_, err = load("layout_test.go", "ARM64")
	require.ErrorContains(t, err, "has to be unpacked")
}

func TestRegistry_ReadsAReferenceByDigestOnly(t *testing.T) {
	image, repository := testimage.Image(t, "amd64"), testimage.Registry(t)+"/service"
	for _, write := range []func(name.Reference) error{
		func(to name.Reference) error { return remote.Write(to, image) },
		func(to name.Reference) error { return remote.WriteIndex(to, built(t, image)) },
	} {
		tag, err := name.NewTag(repository + ":1")
		require.NoError(t, err)
		require.NoError(t, write(tag))
		there, err := remote.Head(tag)
		require.NoError(t, err)
		from := repository + "@" + there.Digest.String()
		require.True(t, IsReference(from))
		loaded, err := load(from, "X86_64")
		require.NoError(t, err)
		require.Equal(t, testimage.Digest(t, image), testimage.Digest(t, loaded))
		pushed, err := push(context.Background(), loaded, testimage.Registry(t)+"/copy", keychain())
		require.NoError(t, err)
		require.Contains(t, pushed, testimage.Digest(t, image), "it is copied under the same digest")
	}
	for _, none := range []string{repository + ":1", repository, "target/dist/image", "../image.tar"} {
		require.False(t, IsReference(none), none)
	}
	_, err := load(repository+":1", "X86_64")
	require.ErrorContains(t, err, "no OCI layout lies there")
}

func TestRegistry_TheFolderForTemporaryFilesIsDeclared(t *testing.T) {
	image := testimage.Image(t, "amd64")
	require.NoError(t, checkVolume(image, "/tmp"))
	require.NoError(t, checkVolume(image, ""))
	require.ErrorContains(t, checkVolume(empty.Image, "/tmp"), "add to the image's Dockerfile: VOLUME /tmp")
}
