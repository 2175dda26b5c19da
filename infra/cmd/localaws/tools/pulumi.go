package tools

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/blang/semver"
	"golang.org/x/mod/modfile"
)

const (
	pulumiModule = "github.com/pulumi/pulumi/pkg/v3"
	bridgeModule = "github.com/pulumi/pulumi-terraform-bridge/v3"
)

// Pulumi gives the path of the Pulumi CLI: the user's own when it is new enough, else one built from its Go module.
func Pulumi(ctx context.Context, p Places) (string, error) {
	version, err := required(p, "pulumi", pulumiModule)
	if err != nil {
		return "", err
	}
	if own, err := exec.LookPath("pulumi"); err == nil && newEnough(ctx, own, version) {
		return own, nil
	}
	folder := p.folder("pulumi", strings.TrimPrefix(version, "v"))
	// Without the version the CLI prints none, and the Automation API refuses it.
	stamp := "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=" + version
	err = once(folder, "Building the Pulumi CLI "+version+", once (about five minutes)", func(into string) error {
		return build(ctx, p, "pulumi", pulumiModule+"/cmd/pulumi", stamp, filepath.Join(into, "pulumi"))
	})
	return filepath.Join(folder, "pulumi"), err
}

// newEnough tells whether the CLI runs and is of the wanted version or a later one of the same major version.
func newEnough(ctx context.Context, program, wanted string) bool {
	cmd := exec.CommandContext(ctx, program, "version")
	cmd.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
	out, err := cmd.Output()
	if err != nil {
		return false
	}
	has, err := semver.ParseTolerant(strings.TrimSpace(string(out)))
	if err != nil {
		return false
	}
	want, err := semver.ParseTolerant(wanted)
	return err == nil && has.Major == want.Major && has.GTE(want)
}

// Bridge gives the path of Pulumi's Terraform bridge, built from its Go module.
func Bridge(ctx context.Context, p Places) (string, error) {
	version, err := required(p, "bridge", bridgeModule)
	if err != nil {
		return "", err
	}
	folder := p.folder("bridge", strings.TrimPrefix(version, "v"))
	err = once(folder, "Building Pulumi's Terraform bridge "+version+", once (about two minutes)", func(into string) error {
		return build(ctx, p, "bridge", bridgeModule+"/dynamic", "", filepath.Join(into, "dynamic"))
	})
	return filepath.Join(folder, "dynamic"), err
}

// required reads from the tool's go.mod which version is wanted: that file is the only place that says it.
func required(p Places, tool, module string) (string, error) {
	file := filepath.Join(source(p, tool), "go.mod")
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read the version of %s: %w", tool, err)
	}
	parsed, err := modfile.Parse(file, data, nil)
	if err != nil {
		return "", fmt.Errorf("read the version of %s: %w", tool, err)
	}
	for _, r := range parsed.Require {
		if r.Mod.Path == module {
			return r.Mod.Version, nil
		}
	}
	return "", fmt.Errorf("read the version of %s: %s requires no %s", tool, file, module)
}

func source(p Places, tool string) string {
	return filepath.Join(p.Root, "infra", "cmd", "localaws", "tools", tool)
}

// build compiles one package of a tool's module.
func build(ctx context.Context, p Places, tool, pkg, flags, out string) error {
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	return run(ctx, source(p, tool), []string{"GOWORK=off", "CGO_ENABLED=0"},
		"go", "build", "-trimpath", "-ldflags", strings.TrimSpace("-s -w "+flags), "-o", out, pkg)
}
