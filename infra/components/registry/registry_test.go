package registry

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/testimage"
)

func TestRegistry_PushedImageHasItsDigest(t *testing.T) {
	image, host := testimage.Image(t, "amd64"), testimage.Registry(t)
	reference, err := push(context.Background(), image, host+"/team/mote", keychain())
	require.NoError(t, err)
	require.Equal(t, host+"/team/mote@"+testimage.Digest(t, image), reference)

	digest, err := name.NewDigest(reference)
	require.NoError(t, err)
	fetched, err := remote.Image(digest)
	require.NoError(t, err)
	require.Equal(t, testimage.Digest(t, image), testimage.Digest(t, fetched))
}

func TestRegistry_ImageIsPushedOnce(t *testing.T) {
	var written atomic.Int32
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			written.Add(1)
		}
		inner.ServeHTTP(w, r)
	}))
	defer server.Close()
	repository := strings.TrimPrefix(server.URL, "http://") + "/mote"
	image := testimage.Image(t, "amd64")

	_, err := push(context.Background(), image, repository, keychain())
	require.NoError(t, err)
	require.Positive(t, written.Load())

	written.Store(0)
	_, err = push(context.Background(), image, repository, keychain())
	require.NoError(t, err)
	require.Zero(t, written.Load())
}

func TestRegistry_FailureIsNotTakenForAbsence(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no", http.StatusForbidden)
	}))
	defer server.Close()
	_, err := push(context.Background(), testimage.Image(t, "amd64"), strings.TrimPrefix(server.URL, "http://")+"/mote", keychain())
	require.ErrorContains(t, err, "look for image in registry")
}

func TestRegistry_LoginIsSent(t *testing.T) {
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	var refused, admitted atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, secret, _ := r.BasicAuth(); user != "AWS" || secret != "token" {
			refused.Add(1)
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		admitted.Add(1)
		inner.ServeHTTP(w, r)
	}))
	defer server.Close()
	repository := strings.TrimPrefix(server.URL, "http://") + "/mote"
	_, err := push(context.Background(), testimage.Image(t, "amd64"), repository, password("AWS", "token"))
	require.NoError(t, err)
	require.Positive(t, admitted.Load())
	_, err = push(context.Background(), testimage.Image(t, "amd64"), repository, password("AWS", "wrong"))
	require.Error(t, err)
	require.Positive(t, refused.Load())
}

func TestRegistry_MissingLayoutSaysHowToMakeOne(t *testing.T) {
	_, err := load(t.TempDir()+"/none", "X86_64")
	require.ErrorContains(t, err, "`make image` makes one")
	_, err = load(t.TempDir(), "X86_64")
	require.ErrorContains(t, err, "`make image` makes one")
}

func TestRegistry_RefusesAnImageForAnotherArchitecture(t *testing.T) {
	_, err := load(testimage.Layout(t, testimage.Image(t, "arm64")), "X86_64")
	require.ErrorContains(t, err, "mote:architecture is X86_64")
	require.ErrorContains(t, err, "[linux/arm64]")
}

func TestRegistry_OneLayoutMayHoldBothArchitectures(t *testing.T) {
	intel, arm := testimage.Image(t, "amd64"), testimage.Image(t, "arm64")
	folder := testimage.Layout(t, intel, arm)
	for architecture, image := range map[string]string{"X86_64": testimage.Digest(t, intel), "ARM64": testimage.Digest(t, arm)} {
		loaded, err := load(folder, architecture)
		require.NoError(t, err)
		require.Equal(t, image, testimage.Digest(t, loaded))
	}
}

func TestRegistry_RefusesTwoVersionsInOneLayout(t *testing.T) {
	_, err := load(testimage.Layout(t, testimage.Image(t, "amd64"), testimage.Image(t, "amd64")), "X86_64")
	require.ErrorContains(t, err, "one layout must hold one version")
}
