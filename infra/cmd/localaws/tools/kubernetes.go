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

// Kubernetes gives the folders of Kubernetes' own programs, which come first, and of Pulumi's plugin for it. Each is built once, by a script that says
// how long that takes.
func Kubernetes(ctx context.Context, p Places) ([]string, error) {
	var folders []string
	for _, name := range []string{"kubernetes", "pulumi-kubernetes"} {
		var out bytes.Buffer
		cmd := exec.CommandContext(ctx, filepath.Join(p.Root, "tools", name, "build.sh"))
		cmd.Env = append(os.Environ(), "MOTE_CACHE="+p.Cache)
		cmd.Stdout, cmd.Stderr = &out, os.Stderr
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("build %s: %w", name, err)
		}
		folders = append(folders, strings.TrimSpace(out.String()))
	}
	return folders, nil
}
