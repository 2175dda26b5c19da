package deployment

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
	"github.com/mote-dev/mote/infra/cmd/localaws/docker"
	"github.com/mote-dev/mote/infra/cmd/localaws/process"
	"github.com/mote-dev/mote/infra/cmd/localaws/session"
)

func TestExisting_RepositoryOutlivesTheStack(t *testing.T) {
	r := deployed(t)
	client := ecr.NewFromConfig(awsconfig.Config(r.status(t).Shim))
	const name = "kept"
	_, err := client.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: aws.String(name)})
	require.NoError(t, err)
	r.up(t, append(slices.Clone(r.flags), "-set", "existingRepository="+name)...)
	require.True(t, strings.HasSuffix(r.output(t, "repository"), "/"+name))
	var containers []struct{ Image string }
	definition := r.one(t, "aws:ecs/taskDefinition:TaskDefinition")["containerDefinitions"]
	require.NoError(t, json.Unmarshal([]byte(fmt.Sprint(definition)), &containers))
	digest := r.output(t, "imageDigest")
	require.Equal(t, strings.TrimPrefix(r.status(t).Shim, "http://")+"/"+name+"@"+digest, containers[0].Image)

	made := r.resources(t)
	before := inventory(t, r.status(t))
	_, err = r.run(t, "destroy", r.flags...)
	require.NoError(t, err)
	after := inventory(t, r.status(t))
	requireGone(t, made, before, after)

	images, err := client.DescribeImages(t.Context(), &ecr.DescribeImagesInput{RepositoryName: aws.String(name)})
	require.NoError(t, err, "the repository was there before the stack and must be there after it")
	require.Len(t, images.ImageDetails, 1)
	require.Equal(t, digest, aws.ToString(images.ImageDetails[0].ImageDigest))
}

func TestLocalAWS_DownTakesAwayAllThatUpMade(t *testing.T) {
	r := deployed(t)
	state := r.status(t)
	own := docker.BridgeName(session.Short(state.Folder))
	during := snapshot(own).added(r.before)
	if state.DockerHost == "unix://"+filepath.Join(state.Folder, "engine", "docker.sock") {
		require.Contains(t, during["interfaces"], own, "what is looked for must be visible while it is there")
		require.NotEmpty(t, append(during["control groups"], during["control group"]...))
	}
	require.NotEmpty(t, process.Marked(state.Folder))

	_, err := r.run(t, "down")
	require.NoError(t, err)
	require.Empty(t, process.Marked(state.Folder), "processes")
	require.NoDirExists(t, state.Folder)
	require.NoFileExists(t, state.Folder+".lock")
	require.Empty(t, left(r.scratch), "in home and temporary folder")
	// Docker and the kernel may take a moment to let go of an interface.
	more := snapshot(own).added(r.before)
	for deadline := time.Now().Add(20 * time.Second); len(more) > 0 && time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		more = snapshot(own).added(r.before)
	}
	require.Empty(t, more, "on the machine")

	_, err = r.run(t, "down")
	require.NoError(t, err, "down can be repeated")
}
