package session

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/mote-dev/mote/infra/cmd/localaws/emulator"
	"github.com/mote-dev/mote/infra/cmd/localaws/progress"
	"github.com/mote-dev/mote/infra/components/observability"
)

const (
	// asking bounds how long a registry may take to say that it has the image.
	asking = 10 * time.Second
	// showing bounds how long Grafana may take until it answers: it makes a database first.
	showing = 2 * time.Minute
)

// Grafana starts Grafana in a container beside the tasks, with the dashboard of a Prometheus, unless it runs, and returns its address. It is empty
// where the image's registry cannot be reached, which is said.
func (h *Stack) Grafana(ctx context.Context, image, prometheus string) (string, error) {
	container := "grafana-" + Short(h.session.folder) + "-" + h.name
	if port, err := h.session.Engine.Lines(ctx, "inspect", "--format", `{{index .Config.Labels "port"}}`, container); err == nil && len(port) == 1 {
		return "http://localhost:" + port[0], nil
	}
	if err := has(ctx, image); err != nil {
		progress.Say("No Grafana: its image cannot be had (%v)", err)
		return "", nil
	}
	folder := filepath.Join(h.session.Path("grafana"), h.name)
	if err := spread(folder, observability.GrafanaFiles(prometheus)); err != nil {
		return "", err
	}
	port, err := emulator.FreePort()
	if err != nil {
		return "", err
	}
	if err := progress.During("Starting Grafana", func() error { return h.runGrafana(ctx, container, image, folder, port) }); err != nil {
		return "", err
	}
	return "http://localhost:" + strconv.Itoa(port), nil
}

// has asks the registry for the image, and gives up after a moment.
func has(ctx context.Context, image string) error {
	reference, err := name.ParseReference(image)
	if err != nil {
		return fmt.Errorf("read the name of Grafana's image: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	_, err = remote.Head(reference, remote.WithContext(ctx))
	return err
}

// spread writes files that any user of a container can read.
func spread(folder string, files map[string]string) error {
	for file, text := range files {
		path := filepath.Join(folder, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("make Grafana's folder: %w", err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // Any user of a container: there is nothing secret in it.
			return fmt.Errorf("write Grafana's configuration: %w", err)
		}
	}
	return nil
}

// runGrafana shares this machine's network with it, to which Prometheus listens alone. Who is on this machine may look without a password.
func (h *Stack) runGrafana(ctx context.Context, container, image, folder string, port int) error {
	arguments := []string{
		"run", "--detach", "--name", container, "--network", "host", "--label", "ministack.instance=" + h.session.Emulator.Instance(),
		"--label", "port=" + strconv.Itoa(port),
	}
	for _, part := range []string{"provisioning", "dashboards"} {
		arguments = append(arguments, "--volume", filepath.Join(folder, part)+":"+observability.GrafanaFolder+part+":ro")
	}
	settings := observability.GrafanaSettings()
	settings["GF_SERVER_HTTP_PORT"] = strconv.Itoa(port)
	settings["GF_AUTH_ANONYMOUS_ENABLED"] = "true"
	for variable, value := range settings {
		arguments = append(arguments, "--env", variable+"="+value)
	}
	if _, err := h.session.Engine.Lines(ctx, append(arguments, image)...); err != nil {
		return err
	}
	url := "http://localhost:" + strconv.Itoa(port) + "/api/health"
	for deadline := time.Now().Add(showing); time.Now().Before(deadline) && ctx.Err() == nil; time.Sleep(time.Second) {
		if emulator.Ready(ctx, url) {
			return nil
		}
	}
	said, _ := h.session.Engine.Lines(ctx, "logs", "--tail", "20", container)
	return fmt.Errorf("Grafana does not answer at %s: %v", url, said)
}
