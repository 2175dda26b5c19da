package tools

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Kubernetes gives the folder of Kubernetes' own programs.
func Kubernetes(ctx context.Context, p Places) (string, error) { return builtBy(ctx, p, "kubernetes") }

// KubernetesPlugin gives the folder of Pulumi's plugin for it.
func KubernetesPlugin(ctx context.Context, p Places) (string, error) {
	return builtBy(ctx, p, "pulumi-kubernetes")
}

// builtBy has a tool's own script build it, once. The script says how long that takes.
func builtBy(ctx context.Context, p Places, name string) (string, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.Join(p.Root, "tools", name, "build.sh"))
	cmd.Env = append(os.Environ(), "MOTE_CACHE="+p.Cache)
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	return strings.TrimSpace(out.String()), nil
}
