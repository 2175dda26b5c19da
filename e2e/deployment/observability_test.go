package deployment

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/require"
)

// TestObservability_PrometheusInItsTaskFindsTheTasks adds Prometheus and Grafana to a stack that serves, and takes them away again. Prometheus is
// the real one; in place of Grafana's image, which cannot be pulled everywhere, is one that answers its health check and nothing else.
func TestObservability_PrometheusInItsTaskFindsTheTasks(t *testing.T) {
	r := deployed(t)
	plain, service := slices.Clone(r.flags), r.containers(t)
	flags := append(slices.Clone(plain), observers(t)...)
	r.up(t, flags...)
	defer r.up(t, plain...) // the others are about the stack without it

	var prometheus string
	eventually(t, time.Minute, "Prometheus is ready", func() bool {
		prometheus = r.named(t, "prometheus")
		return prometheus != "" && r.ask(t, prometheus, "-/ready") != ""
	})
	began := time.Now()
	eventually(t, time.Minute, "Prometheus reads the metrics of each task", func() bool {
		return len(r.targets(t, prometheus, "up")) == len(service)
	})
	t.Logf("%d tasks were found and read %.0f s after Prometheus was ready", len(service), time.Since(began).Seconds())
	var tasks []string
	for _, id := range service {
		arn := one(t, r.docker(t), "inspect", "--format", `{{index .Config.Labels "com.amazonaws.ecs.task-arn"}}`, id)
		tasks = append(tasks, arn[strings.LastIndexByte(arn, '/')+1:])
	}
	require.ElementsMatch(t, tasks, r.targets(t, prometheus, "up"))
	require.Empty(t, r.targets(t, prometheus, "down"), "it does not ask itself, nor Grafana")

	out, err := r.run(t, "preview", flags...)
	require.NoError(t, err, out)
	made := r.resources(t)
	r.keepsThePassword(t)
	rehearsed, err := os.ReadFile(filepath.Join(os.Getenv("MOTE_ROOT"), "infra", "bootstrap", "account", "testdata", "rehearsed-observability.txt"))
	require.NoError(t, err)
	for _, kind := range strings.Fields(string(rehearsed)) {
		require.True(t, slices.ContainsFunc(made, func(one resource) bool { return one.Type == "aws:"+kind }), kind)
	}

	before := inventory(t, r.status(t)) + secrets(t, r)
	r.up(t, plain...)
	after, left := inventory(t, r.status(t))+secrets(t, r), r.resources(t)
	for _, one := range made {
		if strings.Contains(before, one.ID) && !slices.ContainsFunc(left, func(kept resource) bool { return kept.ID == one.ID }) && one.ID != "" {
			require.NotContains(t, after, one.ID, "%s is still there", one.Type)
		}
	}
	require.NotContains(t, after, "grafana")
	require.Equal(t, service, r.containers(t), "the tasks of the service are those that they were")
}

// keepsThePassword sees that Grafana has the password, and that it is written down nowhere but where secrets are.
func (d *deployment) keepsThePassword(t *testing.T) {
	t.Helper()
	var environment []string
	require.NoError(t, json.Unmarshal([]byte(one(t, d.docker(t), "inspect", "--format", "{{json .Config.Env}}", d.named(t, "grafana"))), &environment))
	password := ""
	for _, variable := range environment {
		if value, is := strings.CutPrefix(variable, "GF_SECURITY_ADMIN_PASSWORD="); is {
			password = value
		}
	}
	require.GreaterOrEqual(t, len(password), 20)
	require.NotContains(t, string(d.checkpoint(t)), password)
	require.NotContains(t, d.log.String()+d.answers, password)
}

// secrets lists those of Secrets Manager.
func secrets(t *testing.T, r *rehearsal) string {
	t.Helper()
	return r.status(t).ask(t, listing{"secretsmanager", "secretsmanager.ListSecrets", "{}"})
}

// named is the id of the one running container of a name, or empty.
func (d *deployment) named(t *testing.T, container string) string {
	t.Helper()
	found, err := d.docker(t).Lines(t.Context(), "ps", "--no-trunc", "--format", "{{.ID}}", "--filter", "label=ministack.instance",
		"--filter", "label=com.amazonaws.ecs.container-name="+container)
	require.NoError(t, err)
	if len(found) == 0 {
		return ""
	}
	require.Len(t, found, 1)
	return found[0]
}

// ask asks Prometheus, which listens in its task alone, and gives nothing while it does not answer.
func (d *deployment) ask(t *testing.T, prometheus, path string) string {
	t.Helper()
	lines, err := d.docker(t).Lines(t.Context(), "exec", prometheus, "wget", "-q", "-O", "-", "http://127.0.0.1:9090/"+path)
	if err != nil {
		return ""
	}
	return strings.Join(lines, "\n")
}

// targets are the tasks of a health, as Prometheus labels them.
func (d *deployment) targets(t *testing.T, prometheus, health string) (tasks []string) {
	t.Helper()
	var answer struct {
		Data struct {
			ActiveTargets []struct {
				Labels map[string]string
				Health string
			}
		}
	}
	if json.Unmarshal([]byte(d.ask(t, prometheus, "api/v1/targets?state=active")), &answer) != nil {
		return nil
	}
	for _, target := range answer.Data.ActiveTargets {
		if target.Health == health {
			tasks = append(tasks, target.Labels["task"])
		}
	}
	return tasks
}

// observers are the settings that add Prometheus and Grafana.
func observers(t *testing.T) []string {
	t.Helper()
	program, err := os.ReadFile(filepath.Join(builtTool(t, "prometheus/build.sh"), "prometheus"))
	require.NoError(t, err)
	host := ownRegistry(t)
	return []string{
		"-set", "observability=prometheus",
		"-set", "prometheusImage=" + pushed(t, host+"/docker.io/prom/prometheus", map[string][]byte{"bin/prometheus": program}),
		"-set", "grafanaImage=" + grafanaStandIn(t, host),
	}
}

// grafanaStandIn is an image that answers Grafana's health check at the address that Grafana would have.
func grafanaStandIn(t *testing.T, host string) string {
	t.Helper()
	return pushed(t, host+"/docker.io/grafana/grafana", map[string][]byte{
		"www/api/health": []byte("{}\n"),
		"run.sh":         []byte("#!/bin/sh\nexec httpd -f -p \"$GF_SERVER_HTTP_ADDR:${GF_SERVER_HTTP_PORT:-3000}\" -h /www\n"),
	})
}

// ownRegistry is one of the test's own. The names of its repositories say which registry it stands for.
func ownRegistry(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	return strings.Replace(strings.TrimPrefix(server.URL, "http://"), "127.0.0.1", "localhost", 1)
}

// pushed makes an image of busybox and some files, pushes it, and gives its reference.
func pushed(t *testing.T, repository string, files map[string][]byte) string {
	t.Helper()
	layer, err := tarball.LayerFromReader(bytes.NewReader(root(t, files)))
	require.NoError(t, err)
	image, err := mutate.AppendLayers(empty.Image, layer)
	require.NoError(t, err)
	config, err := image.ConfigFile()
	require.NoError(t, err)
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", "amd64"
	// Grafana's image starts its script; tasks say themselves what they start.
	config.Config = v1.Config{Env: []string{"PATH=/bin"}, Entrypoint: []string{"/bin/sh", "/run.sh"}}
	image, err = mutate.ConfigFile(image, config)
	require.NoError(t, err)
	digest, err := image.Digest()
	require.NoError(t, err)
	reference, err := name.NewDigest(repository+"@"+digest.String(), name.Insecure)
	require.NoError(t, err)
	require.NoError(t, remote.Write(reference, image))
	return reference.String()
}

// root is the file system of an image, as a tar: busybox under the names that are needed, an empty /tmp, and the files.
func root(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	busybox, err := exec.LookPath("busybox")
	require.NoError(t, err, "scripts/dev/rehearse.sh installs it")
	program, err := os.ReadFile(busybox)
	require.NoError(t, err)
	var text bytes.Buffer
	out := tar.NewWriter(&text)
	add := func(header tar.Header, content []byte) {
		header.Mode, header.Size = 0o1777, int64(len(content))
		require.NoError(t, out.WriteHeader(&header))
		_, err := out.Write(content)
		require.NoError(t, err)
	}
	add(tar.Header{Name: "bin/busybox", Typeflag: tar.TypeReg}, program)
	for _, applet := range []string{"sh", "base64", "dirname", "gunzip", "httpd", "mkdir", "wget"} {
		add(tar.Header{Name: "bin/" + applet, Typeflag: tar.TypeSymlink, Linkname: "busybox"}, nil)
	}
	add(tar.Header{Name: "tmp/", Typeflag: tar.TypeDir}, nil)
	for file, content := range files {
		add(tar.Header{Name: file, Typeflag: tar.TypeReg}, content)
	}
	require.NoError(t, out.Close())
	return text.Bytes()
}
