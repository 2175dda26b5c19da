package deployment

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
	"github.com/mote-dev/mote/infra/cmd/localaws/emulatorshim"
)

const (
	// tables of the operator's: the one that the service may use, and another one.
	theirTable, otherTable = "theirs", "others"
	tableArn               = "arn:aws:dynamodb:us-east-1:000000000000:table/" + theirTable
	otherTableArn          = "arn:aws:dynamodb:us-east-1:000000000000:table/" + otherTable
)

// noted makes the stack in what exists one that runs notes, once: in a container that is as narrow as can be, with one table.
func noted(t *testing.T) *deployment {
	t.Helper()
	d, theirs := existing(t)
	if d.notes {
		return d
	}
	flags := append(theirs.flags(), "-image", notesImage(t))
	for _, setting := range []string{
		"serviceSettings=false", "healthCheckPath=/up", `healthCheckCommand=["CMD","/notes","healthcheck","now"]`, `command=["serve","now"]`,
		`environment=["GREETING=hello"]`, "user=1234:1235", "readOnlyRoot=true", "scratchSpace=true",
		`permissions=["dynamodb:GetItem dynamodb:PutItem on ` + tableArn + `"]`,
	} {
		flags = append(flags, "-set", setting)
	}
	d.up(t, flags...)
	d.notes = true
	return d
}

// notesImage is an image as a Dockerfile with VOLUME /tmp makes it.
func notesImage(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "notes")
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-s -w", "-o", program, "./notes")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoErrorf(t, err, "%s", out)
	content, err := os.ReadFile(program)
	require.NoError(t, err)

	var files bytes.Buffer
	archive := tar.NewWriter(&files)
	require.NoError(t, archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777}))
	require.NoError(t, archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "notes", Mode: 0o755, Size: int64(len(content))}))
	_, err = archive.Write(content)
	require.NoError(t, err)
	require.NoError(t, archive.Close())
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(files.Bytes())), nil },
		tarball.WithMediaType(types.OCILayer))
	require.NoError(t, err)
	image, err := mutate.AppendLayers(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON), layer)
	require.NoError(t, err)
	config, err := image.ConfigFile()
	require.NoError(t, err)
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", "amd64"
	config.Config = v1.Config{Entrypoint: []string{"/notes"}, Volumes: map[string]struct{}{"/tmp": {}}}
	image, err = mutate.ConfigFile(image, config)
	require.NoError(t, err)
	folder := filepath.Join(t.TempDir(), "image")
	written, err := layout.Write(folder, empty.Index)
	require.NoError(t, err)
	require.NoError(t, written.AppendImage(image))
	return folder
}

// fromNotes asks the service at a path, and reads what it tells into an object.
func fromNotes(t *testing.T, d *deployment, at string, into any) int {
	t.Helper()
	answer := send(t, d.url(t)+at, theirDomain+":443")
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, into), "%s", text)
	return answer.StatusCode
}

// role is the name of the task's own role.
func (d *deployment) role(t *testing.T) string {
	t.Helper()
	return path.Base(fmt.Sprint(d.one(t, "aws:ecs/taskDefinition:TaskDefinition")["taskRoleArn"]))
}

// calls are those that tasks with a role were recorded to make: the operation, the table and the status.
func (d *deployment) calls(t *testing.T, role string) []string {
	t.Helper()
	text, err := os.ReadFile(d.in.status(t).Calls)
	require.NoError(t, err)
	var found []string
	for line := range bytes.Lines(text) {
		var call struct {
			emulatorshim.Call

			Parameters struct{ TableName string } `json:"parameters"`
		}
		require.NoError(t, json.Unmarshal(line, &call))
		if call.AccessKey == awsconfig.TaskKey+role {
			found = append(found, fmt.Sprintf("%s %s %d", call.Operation, call.Parameters.TableName, call.Status))
		}
	}
	return found
}
