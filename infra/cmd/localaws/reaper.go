package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/mote-dev/mote/infra/cmd/localaws/session"
	"github.com/mote-dev/mote/infra/cmd/localaws/tools"
)

// reap takes a rehearsal down when its owner is gone, however the owner went, and removes the owner's folders: it reads its standard
// input, a pipe from the owner, until that is closed, which the kernel does for a killed one too.
func reap(arguments []string) error {
	if len(arguments) < 1 {
		return errors.New("usage: localaws reaper NAME [FOLDER ...]")
	}
	// The reader of what it prints may be gone too.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return fmt.Errorf("wait for the owner: %w", err)
	}
	err := with(options{name: arguments[0]}, func(s *session.Session, _ tools.Places) error {
		return s.Down(context.Background())
	})
	for _, folder := range arguments[1:] {
		err = errors.Join(err, os.RemoveAll(folder))
	}
	return err
}
