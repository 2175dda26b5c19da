// Package session is the life of one rehearsal: what was started for it, where its state is, and how all of it ends.
package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mote-dev/mote/infra/cmd/localaws/cluster"
	"github.com/mote-dev/mote/infra/cmd/localaws/docker"
	"github.com/mote-dev/mote/infra/cmd/localaws/emulator"
	"github.com/mote-dev/mote/infra/cmd/localaws/emulatorshim"
	"github.com/mote-dev/mote/infra/cmd/localaws/progress"
	"github.com/mote-dev/mote/infra/cmd/localaws/tools"
)

// Main is the rehearsal of "make up".
const Main = "main"

// Parts are how many are started: the Docker engine, the emulator and the proxy, each a step. ClusterParts are those of a cluster beside them: its
// control plane, and its nodes.
const (
	Parts        = 3
	ClusterParts = 2
)

// portVariable is where the user may say on which port the local AWS shall be.
const portVariable = "MOTE_REHEARSAL_PORT"

// longestFolder leaves room for the names of sockets, whose paths the kernel takes up to a length of 107.
const longestFolder = 107 - len("/tmp/plugin1234567890")

// valid is what a rehearsal may be called: its name is a folder's.
var valid = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// State is what is written down about a running rehearsal, as soon as it is known.
type State struct {
	Engine     docker.Engine     `json:"engine,omitzero"`
	Emulator   emulator.Emulator `json:"emulator,omitzero"`
	Shim       emulatorshim.Shim `json:"shim,omitzero"`
	Cluster    cluster.Cluster   `json:"cluster,omitzero"`
	Passphrase string            `json:"passphrase"` // of the Pulumi state, which holds nothing secret and lives as long as this
}

// Session is one rehearsal. This process has it alone, or shares it with others that change other stacks in it, until it is closed.
type Session struct {
	State

	Name   string
	folder string
	places tools.Places
	lock   *os.File
	shared bool
}

// Open locks a rehearsal for this process alone, whether it runs or not, and waits while another process has it.
func Open(p tools.Places, name string) (*Session, error) { return open(p, name, unix.LOCK_EX) }

// Join takes part in a rehearsal that runs, beside other processes. One that does not run it locks alone, to start it: of several that find it so,
// one starts it, and the others wait for that and not until it has deployed.
func Join(ctx context.Context, p tools.Places, name string) (*Session, error) {
	return join(ctx, p, name, func(s *Session) bool { return s.Running(ctx) })
}

func join(ctx context.Context, p tools.Places, name string, running func(*Session) bool) (*Session, error) {
	for tries := 0; ctx.Err() == nil; tries++ {
		if tries == 2 {
			progress.Say(waiting)
			defer progress.Beat("")()
		}
		s, err := open(p, name, unix.LOCK_SH)
		if err != nil || running(s) {
			return s, err
		}
		s.Close()
		s, err = open(p, name, unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return s, err
		}
		time.Sleep(retrying)
	}
	return nil, ctx.Err()
}

// waiting is said when another command has to end before.
const waiting = "Waiting for another command on the same rehearsal"

// retrying is how often it is looked again whether others have ended that share what does not run, or one has started it.
const retrying = 200 * time.Millisecond

func open(p tools.Places, name string, how int) (*Session, error) {
	if !valid.MatchString(name) {
		return nil, fmt.Errorf("the rehearsal's name must be 1 to 31 of a-z, 0-9 and -, beginning with a letter, and is %q", name)
	}
	s := &Session{Name: name, folder: filepath.Join(p.Cache, "rehearsal", name), places: p, shared: how == unix.LOCK_SH}
	if len(s.folder) > longestFolder {
		return nil, fmt.Errorf("the folder %s is longer than %d, too long for the sockets in it; set MOTE_CACHE to a shorter one",
			s.folder, longestFolder)
	}
	if err := s.takeLock(how); err != nil {
		return nil, err
	}
	if err := s.read(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Load reads a rehearsal without locking it: another process may be at work on it.
func Load(p tools.Places, name string) (*Session, error) {
	s := &Session{Name: name, folder: filepath.Join(p.Cache, "rehearsal", name), places: p}
	return s, s.read()
}

// read reads what was written down, if anything was.
func (s *Session) read() error {
	if err := readJSON(s.Path("state.json"), &s.State); err != nil {
		return fmt.Errorf("read the rehearsal's state: %w", err)
	}
	return nil
}

// takeLock takes the lock beside the folder. The process that has it before may remove its file, and the folder that it is in: then it is taken anew.
func (s *Session) takeLock(how int) error {
	for {
		if err := os.MkdirAll(filepath.Dir(s.folder), 0o700); err != nil {
			return fmt.Errorf("make the rehearsal's folder: %w", err)
		}
		var err error
		s.lock, err = lockFile(s.folder+".lock", how, waiting)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("lock the rehearsal: %w", err)
		}
		held, errHeld := s.lock.Stat()
		there, errThere := os.Stat(s.lock.Name())
		if errHeld == nil && errThere == nil && os.SameFile(held, there) {
			return nil
		}
		_ = s.lock.Close()
	}
}

// share lets others take part from now on. The kernel gives the lock up before it takes the other kind, and so to the process that waited to
// take the rehearsal down: what was started last tells whether it is still there.
func (s *Session) share() error {
	if s.shared {
		return nil
	}
	if err := unix.Flock(int(s.lock.Fd()), unix.LOCK_SH); err != nil {
		return fmt.Errorf("share the rehearsal: %w", err)
	}
	s.shared = true
	now := &Session{folder: s.folder}
	if err := now.read(); err != nil {
		return err
	}
	if now.Passphrase != s.Passphrase {
		return fmt.Errorf("the rehearsal %q was taken down by another command meanwhile", s.Name)
	}
	return nil
}

// Close lets go of the rehearsal, which goes on running if it does. Without its folder, nothing of it remains. Who shares it removes no lock, which
// may be another's by now that is about to start it.
func (s *Session) Close() {
	if _, err := os.Stat(s.folder); !s.shared && errors.Is(err, fs.ErrNotExist) {
		_ = os.Remove(s.lock.Name())
		_ = os.Remove(filepath.Dir(s.folder)) // fails, as it should, while there are other rehearsals
	}
	_ = s.lock.Close()
}

// Calls is the file that all AWS calls of the rehearsal are written to: in the folder MOTE_CALLS, where they outlive it, or in its own.
func (s *Session) Calls() string {
	if folder := os.Getenv("MOTE_CALLS"); folder != "" {
		return filepath.Join(folder, filepath.Base(s.folder)+".jsonl")
	}
	return s.Path("calls.jsonl")
}

// Notifications is the file with what Alertmanager sent.
func (s *Session) Notifications() string { return s.Path("notifications.jsonl") }

// Path gives a file or folder of the rehearsal.
func (s *Session) Path(name string) string { return filepath.Join(s.folder, name) }

// mark tells this rehearsal's processes from all others.
func (s *Session) mark() string { return s.folder }

// Short is a name of eight characters for the rehearsal in a folder, for what cannot have a longer one, such as a network interface.
func Short(folder string) string {
	sum := sha256.Sum256([]byte(folder))
	return hex.EncodeToString(sum[:4])
}

// save writes the state down.
func (s *Session) save() error {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return fmt.Errorf("make the rehearsal's folder: %w", err)
	}
	return writeJSON(s.Path("state.json"), s.State)
}

// readJSON reads what writeJSON wrote. Without the file it leaves the content as it is.
func readJSON(file string, content any) error {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(data, content)
}

// writeJSON writes a file in one step, so that no process ever reads half of it.
func writeJSON(file string, content any) error {
	data, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return fmt.Errorf("write the rehearsal's state: %w", err)
	}
	fresh := file + ".new"
	if err := os.WriteFile(fresh, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the rehearsal's state: %w", err)
	}
	return os.Rename(fresh, file)
}
