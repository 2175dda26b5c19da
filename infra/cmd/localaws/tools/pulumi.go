package tools

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/semver"

	"github.com/mote-dev/mote/infra/cmd/localaws/progress"
)

// The modules of which this program is made say which Pulumi it wants, so that no other place has to.
const (
	sdkModule = "github.com/pulumi/pulumi/sdk/v3"
	awsModule = "github.com/pulumi/pulumi-aws/sdk/v7"
)

// pluginProgram is the name under which Pulumi looks for its AWS plugin.
const pluginProgram = "pulumi-resource-aws"

// downloading bounds the attempt to download the AWS plugin, some 200 MB.
const downloading = 5 * time.Minute

// Pulumi gives the folders that hold the Pulumi CLI and its AWS plugin, for the front of PATH. What is not on this machine is downloaded
// or, where that cannot be, built.
func Pulumi(ctx context.Context, p Places) ([]string, error) {
	cli, err := pulumiCLI(ctx, p)
	if err != nil {
		return nil, err
	}
	plugin, err := awsPlugin(ctx, p, cli)
	return []string{filepath.Dir(cli), plugin}, err
}

// pulumiCLI is the user's own when it is new enough.
func pulumiCLI(ctx context.Context, p Places) (string, error) {
	wanted, err := linked(sdkModule)
	if err != nil {
		return "", err
	}
	if own, err := exec.LookPath("pulumi"); err == nil && newEnough(ctx, own, wanted) {
		return own, nil
	}
	folder, err := offline(ctx, p, "cli", "Building the Pulumi CLI, once (about five minutes)")
	return filepath.Join(folder, "pulumi"), err
}

// newEnough tells whether the CLI runs and is of the wanted version or a later one of the same major version.
func newEnough(ctx context.Context, program, wanted string) bool {
	cmd := exec.CommandContext(ctx, program, "version")
	cmd.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
	out, err := cmd.Output()
	version := strings.TrimSpace(string(out))
	return err == nil && semver.IsValid(version) && semver.Major(version) == semver.Major(wanted) && semver.Compare(version, wanted) >= 0
}

// awsPlugin gives the folder of Pulumi's AWS plugin: on the PATH, among the user's installed ones, in the cache, or by download.
func awsPlugin(ctx context.Context, p Places, cli string) (string, error) {
	version, err := linked(awsModule)
	if err != nil {
		return "", err
	}
	if program, err := exec.LookPath(pluginProgram); err == nil {
		return filepath.Dir(program), nil
	}
	for _, home := range []string{userHome(), PulumiHome(p)} {
		folder := filepath.Join(home, "plugins", "resource-aws-"+version)
		if _, err := os.Stat(filepath.Join(folder, pluginProgram)); err == nil {
			return folder, nil
		}
	}
	const text = "Building a stand-in for Pulumi's AWS plugin, once (about two minutes)"
	// Where one was built, the download has failed before.
	if built, _ := filepath.Glob(p.folder("pulumi-aws-plugin", "*")); len(built) == 0 {
		if folder, err := download(ctx, p, cli, version); err == nil {
			return folder, nil
		}
	}
	return offline(ctx, p, "aws-plugin", text, version)
}

// download asks Pulumi for its plugin, into a home folder of its own below the cache.
func download(ctx context.Context, p Places, cli, version string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, downloading)
	defer cancel()
	err := progress.During("Downloading Pulumi's AWS plugin, if this machine can", func() error {
		return run(ctx, []string{"PULUMI_HOME=" + PulumiHome(p), "PULUMI_SKIP_UPDATE_CHECK=true"},
			cli, "plugin", "install", "resource", "aws", version)
	})
	return filepath.Join(PulumiHome(p), "plugins", "resource-aws-"+version), err
}

// otherParts are the folders of tools/pulumi-offline that a part is made without: a change there does not build it anew.
var otherParts = map[string][]string{
	"cli":        {"awsplugin", "bridge", "pulumi-resource-aws"},
	"aws-plugin": {"cli", "languagehost", "pulumi-language-go"},
}

// offline builds a part of Pulumi from its source. Everything about that is in tools/pulumi-offline.
func offline(ctx context.Context, p Places, part, text string, arguments ...string) (string, error) {
	source := filepath.Join(p.Root, "tools", "pulumi-offline")
	key, err := digest(source, otherParts[part])
	if err != nil {
		return "", fmt.Errorf("read how Pulumi is built: %w", err)
	}
	folder := p.folder("pulumi-"+part, key)
	err = once(folder, text, func(into string) error {
		return run(ctx, nil, filepath.Join(source, "build.sh"), append([]string{part, into}, arguments...)...)
	})
	return folder, err
}

// digest is a short digest of all files of a folder, less some folders in it.
func digest(folder string, without []string) (string, error) {
	sum := sha256.New()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && slices.Contains(without, entry.Name()) {
			return fs.SkipDir
		}
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(sum, "%s %d\n%s", path[len(folder):], len(text), text)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)[:4]), err
}

// linked is the version of a module that this program is made of.
func linked(module string) (string, error) {
	info, is := debug.ReadBuildInfo()
	if !is {
		return "", errors.New("this program does not say which modules it is made of")
	}
	for _, one := range info.Deps {
		if one.Path == module {
			return one.Version, nil
		}
	}
	return "", fmt.Errorf("this program is made without %s", module)
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
