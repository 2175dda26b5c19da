// The command that rehearses a deployment on one machine: scripts/dev/rehearse.sh compiles and runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
	"github.com/mote-dev/mote/infra/cmd/localaws/cluster"
	"github.com/mote-dev/mote/infra/cmd/localaws/deploy"
	"github.com/mote-dev/mote/infra/cmd/localaws/emulatorshim"
	"github.com/mote-dev/mote/infra/cmd/localaws/session"
	"github.com/mote-dev/mote/infra/config"
)

const usage = `usage: rehearse.sh COMMAND [FLAGS]
  up        start the local AWS, deploy to it and ask the URL
  preview   tell what "up" would change
  destroy   remove what is deployed and leave the local AWS running
  status    print the state of the rehearsal as JSON
  run       start the local AWS and run a command that sees it: run [FLAGS] COMMAND [ARG ...]
  observe   add Prometheus and Alertmanager to what is running: observe [FLAGS] PROMETHEUS ALERTMANAGER [PAGE]
  down      take all of it away
  test      pass the scenarios, in a rehearsal of their own: test [FLAG OF GO TEST ...]
"COMMAND -h" lists its flags`

// misused is the exit code for a command line that makes no sense: https://man.freebsd.org/cgi/man.cgi?sysexits
const misused = 64

// errUsage is an error of the command line, not of the rehearsal.
var errUsage = errors.New(usage)

func main() {
	err := dispatch(os.Args[1:])
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "error: "+err.Error())
	if errors.Is(err, errUsage) {
		os.Exit(misused)
	}
	os.Exit(1)
}

// dispatch runs what this program is called for: the rehearsal's commands, or one of the long-lived parts that are the same program.
func dispatch(arguments []string) error {
	if len(arguments) == 0 {
		return fmt.Errorf("no command\n%w", errUsage)
	}
	switch name, rest := arguments[0], arguments[1:]; name {
	case "help", "-h", "-help", "--help":
		_, err := fmt.Println(usage)
		return err
	case "version", "-V", "--version":
		return printVersion()
	case "proxy":
		if len(rest) != 8 {
			return fmt.Errorf("proxy PORT EMULATOR MOTO TASKS CLUSTER FOLDER CALLS NOTIFICATIONS: %w", errUsage)
		}
		return emulatorshim.Serve(rest[0], emulatorshim.Addresses{
			Emulator: rest[1], Moto: rest[2], Tasks: rest[3], Cluster: rest[4], Folder: rest[5], Calls: rest[6], Notifications: rest[7],
		})
	case "targets":
		if len(rest) != 2 {
			return fmt.Errorf("targets FOLDER EMULATOR: %w", errUsage)
		}
		return cluster.BindTargets(rest[0], awsconfig.Config(rest[1]))
	case "reaper":
		return reap(rest)
	default:
		return command(name, rest)
	}
}

// printVersion prints what this program is made of.
func printVersion() error {
	info, is := debug.ReadBuildInfo()
	if !is {
		return errors.New("this program does not say what it is made of")
	}
	var text strings.Builder
	fmt.Fprintf(&text, "localaws %s\n", info.Main.Version)
	for _, one := range info.Deps {
		if strings.HasPrefix(one.Path, "github.com/pulumi/") {
			fmt.Fprintf(&text, "  %s %s\n", one.Path, one.Version)
		}
	}
	_, err := fmt.Print(text.String())
	return err
}

// options are a command and its flags.
type options struct {
	command   string
	name      string
	stack     string
	image     string
	settings  settings
	done      int // steps that were done before this program was called
	arguments []string
}

// onEKS tells whether the service is to run on Kubernetes.
func (o options) onEKS() bool { return o.settings["platform"] == config.EKS }

// settings are those of the Pulumi program that are given by -set NAME=VALUE.
type settings map[string]string

func (s settings) String() string { return "" }

func (s settings) Set(text string) error {
	name, value, is := strings.Cut(text, "=")
	if !is || name == "" {
		return fmt.Errorf("a setting is NAME=VALUE, not %q", text)
	}
	s[name] = value
	return nil
}

// commands are those of the usage.
var commands = map[string]func(context.Context, options) error{
	"up": up, "preview": preview, "destroy": destroy, "down": down, "status": status, "run": runCommand,
	"observe": observe,
}

// command runs one of the rehearsal's commands. The first interruption ends it in order, the second at once.
func command(name string, arguments []string) error {
	run, is := commands[name]
	if !is {
		return fmt.Errorf("there is no command %q\n%w", name, errUsage)
	}
	o, err := parse(name, arguments)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w", err, errUsage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), interruptions()...)
	context.AfterFunc(ctx, stop)
	defer stop()
	err = run(ctx, o)
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted: %w", errors.Join(context.Cause(ctx), err))
	}
	return err
}

// takesArguments are the commands that have arguments behind their flags, and what they ask without.
var takesArguments = map[string]string{"run": "run what?", "observe": "observe by which programs?"}

// parse reads a command's flags.
func parse(name string, arguments []string) (options, error) {
	o := options{command: name, settings: settings{}}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(os.Stdout)
	flags.StringVar(&o.name, "name", session.Main, "which rehearsal, when there are several")
	flags.StringVar(&o.stack, "stack", deploy.DefaultStack, "which stack of it; one with a file infra/Pulumi.STACK.yaml has the settings in there")
	flags.StringVar(&o.image, "image", "", "the image to deploy: an OCI layout, a file of docker save, or a reference by digest")
	flags.IntVar(&o.done, "steps-done", 0, "how many steps its caller has done, for the numbers of the next")
	flags.Var(o.settings, "set", "a setting of the Pulumi program, as NAME=VALUE; may be repeated")
	if err := flags.Parse(arguments); err != nil {
		return o, err
	}
	o.arguments = flags.Args()
	question, takes := takesArguments[name]
	if takes && len(o.arguments) == 0 {
		return o, errors.New(question)
	}
	if !takes && len(o.arguments) > 0 {
		return o, fmt.Errorf("%s takes no argument %q", name, o.arguments[0])
	}
	return o, nil
}

// interruptions are the signals that end a command in order. A program that was started by nohup leaves SIGHUP ignored.
func interruptions() []os.Signal {
	signals := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}
