package main

import (
	"context"
	"os"
	"os/exec"

	"github.com/mote-dev/mote/infra/cmd/localaws/deploy"
	"github.com/mote-dev/mote/infra/cmd/localaws/session"
	"github.com/mote-dev/mote/infra/cmd/localaws/tools"
)

// runCommand starts what is not running, and runs a command that sees the local AWS, Pulumi, and nothing of the real AWS.
func runCommand(ctx context.Context, o options) error {
	return beside(ctx, o, func(s *session.Session, p tools.Places) error {
		if err := start(ctx, s, p, o); err != nil {
			return err
		}
		t, err := target(s, p, o)
		if err != nil {
			return err
		}
		if err := deploy.Enter(ctx, t); err != nil {
			return err
		}
		command := exec.CommandContext(ctx, o.arguments[0], o.arguments[1:]...)
		command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
		return command.Run()
	})
}
