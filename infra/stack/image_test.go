package stack

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
	"github.com/mote-dev/mote/infra/internal/testimage"
)

const repository = "ecr/repository:Repository"

func TestImage_IsReferencedByDigest(t *testing.T) {
	image, host := testimage.Image(t, "amd64"), testimage.Registry(t)
	changes := map[string]string{"image": testimage.Layout(t, image), "registryEndpoint": host}
	r := deployed(t, trial{stack: "prod", changes: changes})
	require.Equal(t, host+"/mote-prod@"+testimage.Digest(t, image), theContainer(t, r)["image"])
	require.Equal(t, testimage.Digest(t, image), r.Outputs["imageDigest"])
}

func TestImage_PreviewPushesNothing(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	image := testimage.Image(t, "amd64")
	for _, endpoint := range []string{"", strings.TrimPrefix(server.URL, "http://")} {
		changes := map[string]string{"image": testimage.Layout(t, image), "registryEndpoint": endpoint, "existingRepository": "mote"}
		r := deployed(t, trial{changes: changes, preview: true})
		require.Contains(t, theContainer(t, r)["image"], "/mote@"+testimage.Digest(t, image))
		require.Zero(t, r.Called("ecr/getAuthorizationToken:getAuthorizationToken"))
	}
	require.Zero(t, asked.Load())
}

func TestImage_MissingEndsTheRunFirst(t *testing.T) {
	r, err := deploy(t, trial{changes: map[string]string{"image": t.TempDir()}})
	require.ErrorContains(t, err, "make image")
	require.Empty(t, r.Resources)
}

func TestRepository_IsImmutableScannedAndExpires(t *testing.T) {
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		inEachOf(t, deployed, func(t *testing.T, r *pulumimocks.Recording) {
			made := r.One(t, repository)
			require.Equal(t, "IMMUTABLE_WITH_EXCLUSION", made.Inputs["imageTagMutability"])
			require.Equal(t, []any{
				map[string]any{"filter": "deploying", "filterType": "WILDCARD"}, map[string]any{"filter": "running", "filterType": "WILDCARD"},
			}, made.Inputs["imageTagMutabilityExclusionFilters"])
			require.Equal(t, map[string]any{"scanOnPush": true}, made.Inputs["imageScanningConfiguration"])
			var policy struct {
				Rules []struct {
					Selection struct {
						TagStatus, CountType string
						TagPrefixList        []string
						CountNumber          int
					}
				}
			}
			text, is := r.One(t, "ecr/lifecyclePolicy:LifecyclePolicy").Inputs["policy"].(string)
			require.True(t, is)
			require.NoError(t, json.Unmarshal([]byte(text), &policy))
			require.Len(t, policy.Rules, 2)
			require.Equal(t, "tagged", policy.Rules[0].Selection.TagStatus)
			require.Equal(t, []string{"deploying", "running"}, policy.Rules[0].Selection.TagPrefixList)
			require.Equal(t, 2, policy.Rules[0].Selection.CountNumber, "each tag is on one image, so none is too many")
			require.Equal(t, "any", policy.Rules[1].Selection.TagStatus)
			require.Equal(t, "imageCountMoreThan", policy.Rules[1].Selection.CountType)
			require.Equal(t, 30, policy.Rules[1].Selection.CountNumber)
		})
	})
}

func TestRepository_ExistingIsUsedUnchanged(t *testing.T) {
	image, host := testimage.Image(t, "amd64"), testimage.Registry(t)
	r := deployed(t, trial{changes: map[string]string{
		"existingRepository": "team/mote", "image": testimage.Layout(t, image), "registryEndpoint": host,
	}})
	for _, one := range r.Resources {
		require.False(t, strings.HasPrefix(one.Type, "aws:ecr/"), one.Type)
	}
	require.Equal(t, 1, r.Called("ecr/getRepository:getRepository"))
	require.Equal(t, host+"/team/mote@"+testimage.Digest(t, image), theContainer(t, r)["image"])
	require.Equal(t, "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/mote", r.Outputs["repository"])
}

// TestImage_DeployingAndRunningAreMarked sees the tags that keep an image from being expired, and that a preview moves none.
func TestImage_DeployingAndRunningAreMarked(t *testing.T) {
	onEachPlatform(t, func(t *testing.T, deployed deployment) {
		host := testimage.Registry(t)
		there := func(tag string) bool {
			reference, err := name.NewTag(host + "/mote-dev:" + tag)
			require.NoError(t, err)
			_, err = remote.Head(reference)
			return err == nil
		}
		changes := map[string]string{"registryEndpoint": host}
		deployed(t, trial{changes: changes, preview: true})
		require.False(t, there("deploying") || there("running"))
		deployed(t, trial{changes: changes})
		require.True(t, there("deploying") && there("running"))
	})
}

// TestImage_TagsOfAnExistingRepositoryAreItsOwners leaves another owner's tags alone.
func TestImage_TagsOfAnExistingRepositoryAreItsOwners(t *testing.T) {
	host := testimage.Registry(t)
	deployed(t, trial{changes: map[string]string{"registryEndpoint": host, "existingRepository": "team/mote"}})
	repo, err := name.NewRepository(host + "/team/mote")
	require.NoError(t, err)
	tags, err := remote.List(repo)
	require.NoError(t, err)
	require.Empty(t, tags)
}
