package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mote-dev/mote/infra/cmd/localaws/process"
	"github.com/mote-dev/mote/infra/cmd/localaws/progress"
)

// stackState is what is written down about one stack: several may be in a rehearsal, and each is changed by one command at a time.
type stackState struct {
	Registries []string `json:"registries"` // that images were pulled from
	Deploying  bool     `json:"deploying"`  // Pulumi is changing the stack, or was when its process was killed
}

// Stack is one stack of a rehearsal, locked by this process until it is unlocked.
type Stack struct {
	stackState

	session *Session
	name    string
	lock    *os.File
}

// Lock locks a stack and waits while another process has it. Other stacks may be changed at the same time; the rehearsal itself stays
// as it is until they all are unlocked.
func (s *Session) Lock(name string) (*Stack, error) {
	if !valid.MatchString(name) {
		return nil, fmt.Errorf("the stack's name must be 1 to 31 of a-z, 0-9 and -, beginning with a letter, and is %q", name)
	}
	if err := s.share(); err != nil {
		return nil, err
	}
	locked := &Stack{session: s, name: name}
	if err := os.MkdirAll(s.Path(stacks), 0o700); err != nil {
		return nil, fmt.Errorf("make the stack's folder: %w", err)
	}
	var err error
	locked.lock, err = lockFile(locked.path(".lock"), unix.LOCK_EX, "Waiting for another command on the same stack")
	if err != nil {
		return nil, fmt.Errorf("lock the stack: %w", err)
	}
	if locked.stackState, err = readState(locked.path(".json")); err != nil {
		locked.Unlock()
		return nil, err
	}
	return locked, nil
}

// stacks is the folder with what is written down of each stack.
const stacks = "stacks"

func (h *Stack) path(ending string) string {
	return h.session.Path(filepath.Join(stacks, h.name+ending))
}

// Unlock gives the stack to others.
func (h *Stack) Unlock() { _ = h.lock.Close() }

// Mark tells the processes of this stack's changes from all others of the rehearsal.
func (h *Stack) Mark() string { return h.path("") }

// First tells whether nothing was deployed yet.
func (h *Stack) First() bool { return len(h.Registries) == 0 }

// Deploy runs a change of the stack and keeps in mind, for the time that it takes, that there is one, and for good, where its
// images come from. A change that failed has been written down by Pulumi, one that was interrupted may be incomplete.
func (h *Stack) Deploy(ctx context.Context, registry string, change func() error) error {
	h.Deploying = true
	if !slices.Contains(h.Registries, registry) {
		h.Registries = append(h.Registries, registry)
	}
	if err := h.save(); err != nil {
		return err
	}
	failed := errors.Join(change(), h.KillOrphans())
	h.Deploying = ctx.Err() != nil
	return errors.Join(failed, h.save())
}

// KillOrphans ends what Pulumi left running: HashiCorp's provider outlives the plugin that started it.
func (h *Stack) KillOrphans() error {
	var failed []error
	for _, ref := range process.Marked(h.Mark()) {
		failed = append(failed, ref.Stop(stopping))
	}
	return errors.Join(failed...)
}

func (h *Stack) save() error { return writeJSON(h.path(".json"), h.stackState) }

func readState(file string) (stackState, error) {
	var r stackState
	if err := readJSON(file, &r); err != nil {
		return r, fmt.Errorf("read what is written down of a stack: %w", err)
	}
	return r, nil
}

// interrupted tells whether a stack was left in the middle of a change: one that is written down and that no process is at any more.
func (s *Session) interrupted() bool {
	files, _ := filepath.Glob(s.Path(stacks + "/*.json"))
	for _, file := range files {
		if r, err := readState(file); err == nil && !r.Deploying {
			continue
		}
		lock, err := os.Open(strings.TrimSuffix(file, ".json") + ".lock")
		if err != nil {
			return true
		}
		err = unix.Flock(int(lock.Fd()), unix.LOCK_SH|unix.LOCK_NB)
		_ = lock.Close()
		if err == nil {
			return true
		}
	}
	return false
}

// registries are those that any of the stacks has pulled images from.
func (s *Session) registries() []string {
	var all []string
	files, _ := filepath.Glob(s.Path(stacks + "/*.json"))
	for _, file := range files {
		if r, err := readState(file); err == nil {
			all = append(all, r.Registries...)
		}
	}
	return all
}

// lockFile opens and locks a file, and says so when it has to wait, unless it is not to wait.
func lockFile(name string, how int, waiting string) (*os.File, error) {
	lock, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(lock.Fd()), how|unix.LOCK_NB)
	if err == nil {
		return lock, nil
	}
	if how&unix.LOCK_NB != 0 {
		_ = lock.Close()
		return nil, err
	}
	if err := progress.During(waiting, func() error { return unix.Flock(int(lock.Fd()), how) }); err != nil {
		_ = lock.Close()
		return nil, err
	}
	return lock, nil
}
