// Package deploy runs the project's Pulumi program, the very one that is deployed to AWS, against the local AWS.
package deploy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
	"github.com/mote-dev/mote/infra/cmd/localaws/process"
	"github.com/mote-dev/mote/infra/cmd/localaws/progress"
	"github.com/mote-dev/mote/infra/cmd/localaws/tools"
	"github.com/mote-dev/mote/infra/config"
	"github.com/mote-dev/mote/infra/internal/project"
	"github.com/mote-dev/mote/infra/stack"
)

// DefaultStack is what the stack is called, and so most of what it makes, unless another name is asked for.
const DefaultStack = "rehearsal"

// Target is where and with what to deploy.
type Target struct {
	Places     tools.Places
	Stack      string
	Folder     string // of the Pulumi state, and of a workspace for each stack
	Scratch    string // for temporary files: plugins leave some
	Mark       string
	Passphrase string
	Shim       string            // the address of the local AWS
	AccessKey  string            // by which its calls are told apart
	Settings   map[string]string // of the Pulumi program, by their full names
	Programs   []string          // folders of what else the program needs
}

// workspace is a folder for one stack: Pulumi keeps there, and by its path, what must not be changed by two commands at once.
func (t Target) workspace() string { return filepath.Join(t.Folder, "workspaces", t.Stack) }

// Stack is a stack of the rehearsal, ready to be changed.
type Stack struct {
	auto     auto.Stack
	log      *os.File
	settings map[string]string
	defaults map[string]string
}

// Setting is the value of one of the Pulumi program's settings, or its default.
func (s *Stack) Setting(name string) string {
	if value, given := s.settings[Key(name)]; given {
		return value
	}
	return s.defaults[Key(name)]
}

// Key is the full name of a setting.
func Key(name string) string { return project.Name + ":" + name }

// Open finds Pulumi and the AWS plugin, and opens the stack. From then on this process, which runs the program, and all that it
// starts see the local AWS only.
func Open(ctx context.Context, t Target) (s *Stack, err error) {
	if err := Enter(ctx, t); err != nil {
		return nil, err
	}
	err = progress.Step("Opening the stack", func() error {
		s, err = upsert(ctx, t)
		return err
	})
	return s, err
}

// upsert opens the stack, which is made if there is none, and gives it its settings.
func upsert(ctx context.Context, t Target) (*Stack, error) {
	if err := config.CheckKeys(settingKeys(t.Settings)...); err != nil {
		return nil, err
	}
	workspace, err := auto.NewLocalWorkspace(ctx, auto.WorkDir(t.workspace()), auto.Program(stack.Deploy))
	if err != nil {
		return nil, fmt.Errorf("open the Pulumi workspace: %w", err)
	}
	opened, err := auto.UpsertStack(ctx, t.Stack, workspace)
	if err != nil {
		return nil, fmt.Errorf("open the stack: %w", err)
	}
	log, err := os.OpenFile(filepath.Join(t.Folder, t.Stack+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open Pulumi's log: %w", err)
	}
	defaults, err := project.Config(t.workspace(), "")
	if err != nil {
		return nil, err
	}
	s := &Stack{auto: opened, log: log, settings: t.Settings, defaults: defaults}
	return s, s.configure(ctx, t.Settings)
}

// settingKeys are the keys of the settings that are the program's and not a provider's.
func settingKeys(settings map[string]string) []string {
	var keys []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if key, is := strings.CutPrefix(name, project.Name+":"); is {
			keys = append(keys, key)
		}
	}
	return keys
}

// Enter finds Pulumi, and lets this process and all that it starts see the local AWS only.
func Enter(ctx context.Context, t Target) error {
	folders, err := tools.Pulumi(ctx, t.Places)
	if err != nil {
		return err
	}
	return prepare(t, append(folders, t.Programs...))
}

// prepare sets the environment and lays out the folders of workspace and state. The workspace has the project's own Pulumi.yaml,
// with the settings' types and defaults.
func prepare(t Target, folders []string) error {
	backend := filepath.Join(t.Folder, "backend")
	for _, folder := range []string{backend, t.workspace(), t.Scratch} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return fmt.Errorf("make the folders of the Pulumi state: %w", err)
		}
	}
	manifest, err := os.ReadFile(filepath.Join(t.Places.Root, "infra", "Pulumi.yaml"))
	if err == nil {
		err = os.WriteFile(filepath.Join(t.workspace(), "Pulumi.yaml"), manifest, 0o600)
	}
	if err != nil {
		return fmt.Errorf("copy the Pulumi project: %w", err)
	}
	environment := awsconfig.Environment(t.Shim, t.AccessKey)
	maps.Copy(environment, map[string]string{
		"PATH":        strings.Join(append(folders, os.Getenv("PATH")), string(os.PathListSeparator)),
		"PULUMI_HOME": tools.PulumiHome(t.Places), "PULUMI_BACKEND_URL": "file://" + backend,
		"PULUMI_CONFIG_PASSPHRASE": t.Passphrase, "PULUMI_CONFIG_PASSPHRASE_FILE": "", "PULUMI_SKIP_UPDATE_CHECK": "true",
		"PULUMI_ACCESS_TOKEN": "", "PULUMI_STACK": "", "PULUMI_CONFIG": "",
		// All that is needed is there; a plugin that is not would be a mistake, not something to fetch.
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
		process.Mark: t.Mark, "TMPDIR": t.Scratch,
	})
	// Command line, plugins and provider live for seconds and throw most of what they allocate away: they would collect garbage for a quarter of that.
	if os.Getenv("GOGC") == "" {
		environment["GOGC"] = tools.FewCollections
	}
	for name, value := range environment {
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	return nil
}

// Outputs are the stack's outputs, all of them texts.
type Outputs map[string]string

// Up makes the local AWS be as the program says.
func (s *Stack) Up(ctx context.Context) (Outputs, error) {
	// The provider may refuse to shift traffic, which has to be before anything is made for it.
	if strategy := s.Setting("deploymentStrategy"); strategy != "" && strategy != "rolling" {
		if _, err := s.Preview(ctx); err != nil {
			return nil, err
		}
	}
	stream, stop := watch()
	defer stop()
	result, err := s.auto.Up(ctx, optup.ProgressStreams(s.log), optup.ErrorProgressStreams(s.log),
		optup.EventStreams(stream), optup.SuppressProgress())
	if err != nil {
		return nil, s.failed("deploy", err)
	}
	return texts(result.Outputs), nil
}

// Outputs reads the stack's outputs as they are now.
func (s *Stack) Outputs(ctx context.Context) (Outputs, error) {
	outputs, err := s.auto.Outputs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the stack's outputs: %w", err)
	}
	return texts(outputs), nil
}

// Export reads the stack's resources, as `pulumi stack export` writes them. They are there after a failed deployment, too.
func (s *Stack) Export(ctx context.Context) (io.Reader, error) {
	state, err := s.auto.Export(ctx)
	if err != nil {
		return nil, fmt.Errorf("export the stack: %w", err)
	}
	text, err := json.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("export the stack: %w", err)
	}
	return bytes.NewReader(text), nil
}

// Changes counts, by Pulumi's names for them, what an Up would do now.
type Changes map[string]int

// Preview tells what an Up would do, and does nothing. Each single change is said.
func (s *Stack) Preview(ctx context.Context) (Changes, error) {
	var said []events.EngineEvent
	stream := make(chan events.EngineEvent)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for event := range stream {
			sayError(event)
			said = append(said, event)
		}
	}()
	result, err := s.auto.Preview(ctx, optpreview.ProgressStreams(s.log), optpreview.ErrorProgressStreams(s.log),
		optpreview.EventStreams(stream), optpreview.Diff())
	if err != nil {
		return nil, s.failed("preview", err)
	}
	<-done
	sayChanges(said)
	changes := Changes{}
	for operation, count := range result.ChangeSummary {
		changes[string(operation)] = count
	}
	return changes, nil
}

// Destroy removes everything that the stack has.
func (s *Stack) Destroy(ctx context.Context) error {
	stream, stop := watch()
	defer stop()
	_, err := s.auto.Destroy(ctx, optdestroy.ProgressStreams(s.log), optdestroy.ErrorProgressStreams(s.log),
		optdestroy.EventStreams(stream), optdestroy.SuppressProgress())
	if err != nil {
		return s.failed("destroy", err)
	}
	return nil
}

func texts(outputs auto.OutputMap) Outputs {
	all := Outputs{}
	for name, output := range outputs {
		all[name] = fmt.Sprint(output.Value)
	}
	return all
}

// failed leaves out what the error repeats of Pulumi's output: what went wrong has been said, and the log has all of it.
func (s *Stack) failed(what string, err error) error {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Errorf("%s: %s (Pulumi's own words are in %s)", what, text, s.log.Name())
}
