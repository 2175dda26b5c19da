// Package docker gives a rehearsal its container engine: the user's own Docker where it answers, else a private one that shares
// nothing with the machine but the kernel.
package docker

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/mote-dev/mote/infra/cmd/localaws/process"
)

// answering bounds how long a Docker engine may take to say that it is there.
const answering = 20 * time.Second

// Engine is a Docker engine that answers.
type Engine struct {
	Host string `json:"host"` // as DOCKER_HOST has it
	// What only a private engine has:
	Process process.Ref `json:"process,omitzero"`
	Bridge  string      `json:"bridge,omitempty"`
}

// Private tells whether the engine was started for the rehearsal.
func (e Engine) Private() bool { return e.Bridge != "" }

// Answers tells whether the engine can be reached.
func (e Engine) Answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	return e.Command(ctx, "version", "--format", "{{.Server.Version}}").Run() == nil
}

// Gateway is this machine's address on the network that containers are on: what listens there, they reach, and nothing beyond the machine does.
func (e Engine) Gateway(ctx context.Context) (string, error) {
	bridge := e.Bridge
	if bridge == "" {
		found, err := e.Lines(ctx, "network", "inspect", "bridge", "--format", `{{index .Options "com.docker.network.bridge.name"}}`)
		if err != nil || len(found) != 1 {
			return "", errors.Join(errors.New("find the bridge that containers are on"), err)
		}
		bridge = found[0]
	}
	link, err := net.InterfaceByName(bridge)
	if err != nil {
		return "", fmt.Errorf("find the bridge %s on this machine: %w", bridge, err)
	}
	addresses, err := link.Addrs()
	if err != nil {
		return "", fmt.Errorf("list the addresses of %s: %w", bridge, err)
	}
	for _, address := range addresses {
		if network, is := address.(*net.IPNet); is && network.IP.To4() != nil {
			return network.IP.String(), nil
		}
	}
	return "", fmt.Errorf("the bridge %s has no IPv4 address", bridge)
}

// Command is the docker CLI, pointed at this engine and at no context of the user's.
func (e Engine) Command(ctx context.Context, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "docker", arguments...)
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+e.Host, "DOCKER_CONTEXT=")
	return cmd
}

// Lines runs the docker CLI and gives what it prints, a line each.
func (e Engine) Lines(ctx context.Context, arguments ...string) ([]string, error) {
	var said bytes.Buffer
	cmd := e.Command(ctx, arguments...)
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("docker %s: %w: %s", strings.Join(arguments, " "), err, strings.TrimSpace(said.String()))
	}
	var lines []string
	for scanner := bufio.NewScanner(bytes.NewReader(out)); scanner.Scan(); {
		if line := strings.TrimSpace(scanner.Text()); line != "" {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// Own finds the user's own engine: the one that the docker CLI talks to by itself. It must be on this machine, since the emulator
// speaks to the containers' addresses.
func Own(ctx context.Context) (Engine, bool) {
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	host := os.Getenv("DOCKER_HOST")
	if host == "" {
		out, err := exec.CommandContext(ctx, "docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}").Output()
		if err != nil {
			return Engine{}, false
		}
		host = strings.TrimSpace(string(out))
	}
	e := Engine{Host: host}
	return e, strings.HasPrefix(host, "unix://") && e.Answers(ctx)
}

// Sweep removes what the emulator left in the engine: its containers with their volumes, and the images it pulled from these registries.
func (e Engine) Sweep(ctx context.Context, instance string, registries []string) error {
	containers, err := e.Lines(ctx, "ps", "--all", "--quiet", "--filter", "label=ministack.instance="+instance)
	if err != nil {
		return err
	}
	if len(containers) > 0 {
		if _, err := e.Lines(ctx, append([]string{"rm", "--force", "--volumes"}, containers...)...); err != nil {
			return err
		}
	}
	images, err := e.Lines(ctx, "images", "--digests", "--format", "{{.Repository}}@{{.Digest}}")
	if err != nil {
		return err
	}
	for _, image := range images {
		registry, _, _ := strings.Cut(image, "/")
		if !slices.Contains(registries, registry) {
			continue
		}
		if _, err := e.Lines(ctx, "rmi", "--force", image); err != nil {
			return err
		}
	}
	return nil
}
