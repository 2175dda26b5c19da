package tools

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsplugin"
	"github.com/mote-dev/mote/infra/cmd/localaws/progress"
)

// downloading bounds the attempt to download the AWS plugin, some 200 MB.
const downloading = 5 * time.Minute

// Plugin is a pulumi-resource-aws that Pulumi can start.
type Plugin struct {
	Folder      string      // holds the program, for the front of PATH
	Environment [][2]string // what the program needs to know: names and values
	Origin      string      // where it comes from, in words
}

// AWSPlugin finds Pulumi's AWS plugin: on the PATH, among the user's installed ones, in the cache, or by download; where none of
// that is possible, the bridge to HashiCorp's provider takes its place.
func AWSPlugin(ctx context.Context, p Places, pulumi string) (Plugin, error) {
	if program, err := exec.LookPath(awsplugin.Binary); err == nil {
		return Plugin{Folder: filepath.Dir(program), Origin: "the one on your PATH"}, nil
	}
	for _, home := range []string{userHome(), PulumiHome(p)} {
		folder := filepath.Join(home, "plugins", "resource-aws-v"+awsplugin.Version)
		if _, err := os.Stat(filepath.Join(folder, awsplugin.Binary)); err == nil {
			return Plugin{Folder: folder, Origin: "the one that is installed"}, nil
		}
	}
	// Where the bridge was built, the download has failed before.
	if built, _ := filepath.Glob(p.folder("bridge", "*")); len(built) == 0 {
		if folder, err := download(ctx, p, pulumi); err == nil {
			return Plugin{Folder: folder, Origin: "downloaded"}, nil
		}
	}
	return bridge(ctx, p)
}

// download asks Pulumi for its plugin, into a home folder of its own below the cache.
func download(ctx context.Context, p Places, pulumi string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, downloading)
	defer cancel()
	err := progress.During("Downloading Pulumi's AWS plugin, if this machine can", func() error {
		return run(ctx, "", []string{"PULUMI_HOME=" + PulumiHome(p), "PULUMI_SKIP_UPDATE_CHECK=true"},
			pulumi, "plugin", "install", "resource", "aws", "v"+awsplugin.Version)
	})
	return filepath.Join(PulumiHome(p), "plugins", "resource-aws-v"+awsplugin.Version), err
}

// bridge makes this very program the plugin: it serves as one when it is called by the plugin's name.
func bridge(ctx context.Context, p Places) (Plugin, error) {
	provider, err := TerraformProvider()
	if err != nil {
		return Plugin{}, fmt.Errorf("the AWS plugin of Pulumi can't be downloaded here, and there is %w", err)
	}
	program, err := Bridge(ctx, p)
	if err != nil {
		return Plugin{}, err
	}
	folder, err := linked(awsplugin.Binary)
	if err != nil {
		return Plugin{}, err
	}
	return Plugin{
		Folder:      folder,
		Environment: [][2]string{{awsplugin.BridgeVariable, program}, {awsplugin.ProviderVariable, provider}},
		Origin:      "HashiCorp's provider behind Pulumi's Terraform bridge",
	}, nil
}

// linked gives a folder in which this program goes by another name. The folder is beside the program, whose other versions in other
// clones have theirs, and the link is made in one step, since another run may be using it.
func linked(name string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	folder := self + ".links"
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("make the folder of links: %w", err)
	}
	fresh := filepath.Join(folder, fmt.Sprintf(".%s.%d", name, os.Getpid()))
	if err := os.Symlink(self, fresh); err != nil {
		return "", fmt.Errorf("link %s: %w", name, err)
	}
	return folder, os.Rename(fresh, filepath.Join(folder, name))
}

// PulumiHome is the folder that the rehearsal's Pulumi keeps its own files in, out of the user's.
func PulumiHome(p Places) string { return filepath.Join(p.Cache, "tools", "pulumi-home") }

func userHome() string {
	if home := os.Getenv("PULUMI_HOME"); home != "" {
		return home
	}
	home, _ := os.UserHomeDir()
	return filepath.Join(home, ".pulumi")
}
