// The command that rehearses a deployment on one machine: scripts/dev/rehearse.sh compiles and runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsplugin"
	"github.com/mote-dev/mote/infra/cmd/localaws/deploy"
	"github.com/mote-dev/mote/infra/cmd/localaws/emulatorshim"
	"github.com/mote-dev/mote/infra/cmd/localaws/languagehost"
	"github.com/mote-dev/mote/infra/cmd/localaws/session"
)

const usage = `usage: rehearsal COMMAND [FLAGS]
  up        start the local AWS, deploy to it and ask the URL
  preview   tell what "up" would change
  destroy   remove what is deployed and leave the local AWS running
  status    print the state of the rehearsal as JSON
  run       start the local AWS and run a command that sees it: run [FLAGS] COMMAND [ARG ...]
  down      take all of it away`

func main() {
	if err := dispatch(os.Args); err != nil {
		fmt.Fprintln(os.Stderr, "error: "+err.Error())
		os.Exit(1)
	}
}

// dispatch runs what this program is called for: the rehearsal's commands, or one of the long-lived parts that are the same program.
func dispatch(arguments []string) error {
	if filepath.Base(arguments[0]) == awsplugin.Binary {
		return awsplugin.Serve(arguments[1:])
	}
	if filepath.Base(arguments[0]) == languagehost.Binary {
		return languagehost.Serve(arguments[1:])
	}
	if len(arguments) < 2 {
		return fmt.Errorf("no command\n%s", usage)
	}
	switch rest := arguments[2:]; arguments[1] {
	case "relay":
		if len(rest) != 3 {
			return errors.New("usage: rehearsal relay PORT EMULATOR MOTO")
		}
		return emulatorshim.Serve(rest[0], rest[1], rest[2])
	case "guard":
		return guard(rest)
	default:
		return command(arguments[1], rest)
	}
}

// options are the flags of all commands.
type options struct {
	name     string
	stack    string
	image    string
	settings settings
	command  []string
}

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

// command runs one of the rehearsal's commands. The first interruption ends it in order, the second at once.
func command(name string, arguments []string) error {
	o := options{settings: settings{}}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.StringVar(&o.name, "name", session.Main, "which rehearsal, when there are several")
	flags.StringVar(&o.stack, "stack", deploy.Usual, "which stack of it; one with a file infra/Pulumi.STACK.yaml has the settings in there")
	flags.StringVar(&o.image, "image", "", "the image to deploy, as an OCI layout")
	flags.Var(o.settings, "set", "a setting of the Pulumi program, as NAME=VALUE; may be repeated")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	run, is := map[string]func(context.Context, options) error{
		"up": up, "preview": preview, "destroy": destroy, "down": down, "status": status, "run": lend,
	}[name]
	if o.command = flags.Args(); !is || (name == "run") != (len(o.command) > 0) {
		return fmt.Errorf("no such command: %s %s\n%s", name, strings.Join(o.command, " "), usage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), interruptions()...)
	context.AfterFunc(ctx, stop)
	defer stop()
	err := run(ctx, o)
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted: %w", errors.Join(context.Cause(ctx), err))
	}
	return err
}

// interruptions are the signals that end a command in order. A program that was started by nohup leaves SIGHUP ignored.
func interruptions() []os.Signal {
	signals := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}
