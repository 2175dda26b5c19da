package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// healthz makes the image of the static server: one file, as FROM scratch has it.
func healthz(version string) (v1.Image, error) {
	scratch, err := os.MkdirTemp("", "healthz-")
	if err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(scratch)
	program := filepath.Join(scratch, "healthz")
	compile := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, "./foreign/healthz")
	compile.Env = append(compile.Environ(), "CGO_ENABLED=0")
	if out, err := compile.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compile it: %w: %s", err, out)
	}
	return build(files{"healthz": program}, v1.Config{
		Entrypoint: []string{"/healthz"}, Env: []string{"VERSION=" + version}, ExposedPorts: map[string]struct{}{"80/tcp": {}},
		Labels: map[string]string{"org.opencontainers.image.title": "healthz", "org.opencontainers.image.version": version},
	})
}
