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
	"sync"

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

// found is what a machine has of Pulumi: the folders of the CLI and of the AWS plugin, empty where there is none.
type found struct{ cli, plugin string }

// Pulumi gives the folders that hold the Pulumi CLI and its AWS plugin, for the front of PATH. What is not on this machine is downloaded
// or, where that cannot be, built.
func Pulumi(ctx context.Context, p Places) ([]string, error) {
	have, err := look(ctx, p)
	if err == nil && (have.cli == "" || have.plugin == "") {
		have, err = get(ctx, p, have)
	}
	return []string{have.cli, have.plugin}, err
}

// look finds what is installed for the user, or was downloaded or built before.
func look(ctx context.Context, p Places) (found, error) {
	cli, err := lookCLI(ctx, p)
	if err != nil {
		return found{}, err
	}
	plugin, err := lookPlugin(p)
	return found{cli: cli, plugin: plugin}, err
}

// lookCLI takes the user's own when it is new enough.
func lookCLI(ctx context.Context, p Places) (string, error) {
	wanted, err := linked(sdkModule)
	if err != nil {
		return "", err
	}
	own, _ := exec.LookPath("pulumi")
	for _, program := range []string{own, filepath.Join(downloadedCLI(p), "pulumi")} {
		if program != "" && newEnough(ctx, program, wanted) {
			return filepath.Dir(program), nil
		}
	}
	return lookBuilt(p, cliPart)
}

func lookPlugin(p Places) (string, error) {
	version, err := linked(awsModule)
	if err != nil {
		return "", err
	}
	own, _ := exec.LookPath(pluginProgram)
	installed := filepath.Join("plugins", "resource-aws-"+version, pluginProgram)
	for _, program := range []string{own, filepath.Join(userHome(), installed), filepath.Join(PulumiHome(p), installed)} {
		if _, err := os.Stat(program); err == nil {
			return filepath.Dir(program), nil
		}
	}
	return lookBuilt(p, pluginPart)
}

// get downloads what is missing or, where that cannot be, builds it: both parts side by side.
func get(ctx context.Context, p Places, have found) (found, error) {
	// Where one part had to be built, no download worked before.
	built, _ := filepath.Glob(p.folder("pulumi-*", "*"))
	if len(built) == 0 && reachable(ctx, downloads) {
		if err := download(ctx, p, have); err != nil {
			progress.Detail("the download failed: %v", err)
		}
		var err error
		if have, err = look(ctx, p); err != nil {
			return have, err
		}
	}
	var building sync.WaitGroup
	var cli, plugin error
	if have.cli == "" {
		building.Go(func() { have.cli, cli = offline(ctx, p, cliPart, "Building the Pulumi CLI, once (about four minutes)") })
	}
	if have.plugin == "" {
		building.Go(func() {
			have.plugin, plugin = offline(ctx, p, pluginPart, "Building a stand-in for Pulumi's AWS plugin, once (about two minutes)")
		})
	}
	building.Wait()
	return have, errors.Join(cli, plugin)
}

// newEnough tells whether the CLI runs and is of the wanted version or a later one of the same major version.
func newEnough(ctx context.Context, program, wanted string) bool {
	cmd := exec.CommandContext(ctx, program, "version")
	cmd.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
	out, err := cmd.Output()
	version := strings.TrimSpace(string(out))
	return err == nil && semver.IsValid(version) && semver.Major(version) == semver.Major(wanted) && semver.Compare(version, wanted) >= 0
}

// The parts of Pulumi that can be built.
const (
	cliPart    = "cli"
	pluginPart = "aws-plugin"
)

// otherParts are the folders of tools/pulumi-offline that a part is made without: a change there does not build it anew.
var otherParts = map[string][]string{
	cliPart:    {"awsplugin", "bridge", "pulumi-resource-aws"},
	pluginPart: {"cli", "languagehost", "pulumi-language-go"},
}

// FewCollections is the value of GOGC that saves compilers and Pulumi's programs a fifth to a third of their time (decisions 89 and 103).
const FewCollections = "400"

// builtFolder is where a part is once it was built from its source as it is now.
func builtFolder(p Places, part string) (string, error) {
	key, err := digest(filepath.Join(p.Root, "tools", "pulumi-offline"), otherParts[part])
	if err != nil {
		return "", fmt.Errorf("read how Pulumi is built: %w", err)
	}
	return p.folder("pulumi-"+part, key), nil
}

// lookBuilt gives that folder if it is there.
func lookBuilt(p Places, part string) (string, error) {
	folder, err := builtFolder(p, part)
	if _, missing := os.Stat(folder); err != nil || missing != nil {
		return "", err
	}
	return folder, nil
}

// offline builds a part of Pulumi from its source. Everything about that is in tools/pulumi-offline.
func offline(ctx context.Context, p Places, part, text string) (string, error) {
	version, err := linked(awsModule)
	if err != nil {
		return "", err
	}
	return build(ctx, p, part, version, text)
}

func build(ctx context.Context, p Places, part, version, text string) (string, error) {
	folder, err := builtFolder(p, part)
	if err != nil {
		return "", err
	}
	script := filepath.Join(p.Root, "tools", "pulumi-offline", "build.sh")
	err = once(folder, text, func(into string) error {
		return run(ctx, []string{"GOGC=" + FewCollections}, script, part, into, version)
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
