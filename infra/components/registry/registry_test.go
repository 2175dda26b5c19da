package registry

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	gcr "github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/testimage"
)

func TestRegistry_PushedImageHasItsDigest(t *testing.T) {
	image, host := testimage.Image(t, "amd64"), testimage.Registry(t)
	reference, err := push(context.Background(), image, host+"/team/mote", keychain())
	require.NoError(t, err)
	require.Equal(t, host+"/team/mote@"+testimage.Digest(t, image), reference)

	digest, err := gcr.NewDigest(reference)
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

// image of an ECR repository: when it was pushed, and what is on it.
type kept struct {
	digest string
	tags   []string
}

// expired decides as ECR documents: rules go by their numbers, an image that a rule selects is out of reach of those that follow, and a
// rule counts from the youngest. Images are in the order of their push.
func expired(t *testing.T, policy string, images []kept) []string {
	t.Helper()
	var rules lifecycle
	require.NoError(t, json.Unmarshal([]byte(policy), &rules))
	taken, gone := map[string]bool{}, []string{}
	for _, rule := range rules.Rules {
		count := 0
		for _, one := range slices.Backward(images) {
			selected := rule.Selection.TagStatus == "any" || slices.ContainsFunc(one.tags, func(tag string) bool {
				return slices.ContainsFunc(rule.Selection.TagPrefixList, func(prefix string) bool { return strings.HasPrefix(tag, prefix) })
			})
			if !selected {
				continue
			}
			if count++; count > rule.Selection.CountNumber && !taken[one.digest] {
				gone = append(gone, one.digest)
			}
			if rule.Selection.TagStatus == "tagged" {
				taken[one.digest] = true
			}
		}
	}
	return gone
}

// TestRegistry_WhatRunsIsNeverExpired goes back to an old image and on to a new one, which fails, and then to another.
func TestRegistry_WhatRunsIsNeverExpired(t *testing.T) {
	policy, err := keepYoungest(2)
	require.NoError(t, err)
	repository := testimage.Registry(t) + "/mote"
	a, b, c, d := testimage.Image(t, "amd64"), testimage.Image(t, "amd64"), testimage.Image(t, "amd64"), testimage.Image(t, "amd64")
	order := []v1.Image{a, b, c, d}
	var pushed []v1.Image
	deploy := func(image v1.Image, succeeds bool, runs v1.Image) {
		_, err := push(t.Context(), image, repository, keychain())
		require.NoError(t, err)
		if !slices.Contains(pushed, image) {
			pushed = append(pushed, image)
		}
		require.NoError(t, tag(t.Context(), image, repository, deployingTag, keychain()))
		gone := expired(t, policy, listed(t, repository, order, pushed))
		require.NotContains(t, gone, testimage.Digest(t, image), "what is deployed")
		if runs != nil {
			require.NotContains(t, gone, testimage.Digest(t, runs), "what runs meanwhile, and is gone back to")
		}
		if succeeds {
			require.NoError(t, tag(t.Context(), image, repository, runningTag, keychain()))
		}
	}
	deploy(a, true, nil)
	deploy(b, true, a)
	deploy(a, true, b)
	deploy(c, false, a)
	deploy(d, true, a)
	require.Equal(t, []string{testimage.Digest(t, b), testimage.Digest(t, a)}, expired(t, policy, listed(t, repository, order, pushed)), "old ones go")
}

// listed are the pushed images with their tags.
func listed(t *testing.T, repository string, order, pushed []v1.Image) []kept {
	t.Helper()
	var images []kept
	for _, image := range order {
		if !slices.Contains(pushed, image) {
			continue
		}
		one := kept{digest: testimage.Digest(t, image)}
		for _, name := range []string{deployingTag, runningTag} {
			reference, err := gcr.NewTag(repository + ":" + name)
			require.NoError(t, err)
			if head, err := remote.Head(reference); err == nil && head.Digest.String() == one.digest {
				one.tags = append(one.tags, name)
			}
		}
		images = append(images, one)
	}
	return images
}

func TestRegistry_ATagThatIsThereIsNotMovedAgain(t *testing.T) {
	var written atomic.Int32
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			written.Add(1)
		}
		inner.ServeHTTP(w, r)
	}))
	defer server.Close()
	repository, image := strings.TrimPrefix(server.URL, "http://")+"/mote", testimage.Image(t, "amd64")
	_, err := push(t.Context(), image, repository, keychain())
	require.NoError(t, err)
	require.NoError(t, tag(t.Context(), image, repository, runningTag, keychain()))
	before := written.Load()
	require.NoError(t, tag(t.Context(), image, repository, runningTag, keychain()))
	require.Equal(t, before, written.Load())
}
