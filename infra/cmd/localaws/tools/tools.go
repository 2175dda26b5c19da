// Package tools finds the programs that a rehearsal needs, and builds or installs those that are missing below the cache.
package tools

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mote-dev/mote/infra/cmd/localaws/progress"
)

// Places are the two folders that everything is found in.
type Places struct {
	Cache string // what outlives a run
	Root  string // the repository
}

// FindPlaces reads where the cache and the repository are: by the environment, else as scripts/lib.sh does.
func FindPlaces() (Places, error) {
	p := Places{Cache: os.Getenv("MOTE_CACHE"), Root: os.Getenv("MOTE_ROOT")}
	if p.Cache == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return p, fmt.Errorf("find the cache: set MOTE_CACHE to a folder (%w)", err)
		}
		p.Cache = filepath.Join(base, "mote")
	}
	if p.Root == "" {
		out, err := exec.Command("git", "rev-parse", "--show-toplevel").Output()
		if err != nil {
			return p, errors.New("find the repository: set MOTE_ROOT to its folder")
		}
		p.Root = strings.TrimSpace(string(out))
	}
	return p, nil
}

// folder is where a tool lives, keyed by its version so that a new version is built anew.
func (p Places) folder(name, version string) string {
	return filepath.Join(p.Cache, "tools", name+"-"+version)
}

// once makes a folder of the cache unless it is there. It is made beside its place and moved there whole, and one run at a time
// makes it, so that neither a killed nor a second run finds half of it.
func once(folder, text string, fill func(into string) error) error {
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return fmt.Errorf("make the cache: %w", err)
	}
	lock, err := os.OpenFile(folder+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("lock %s: %w", folder, err)
	}
	defer func() { _ = lock.Close() }()
	return progress.During(text, func() error {
		if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
			return fmt.Errorf("lock %s: %w", folder, err)
		}
		if _, err := os.Stat(folder); err == nil {
			return nil
		}
		fresh := folder + ".new"
		if err := os.RemoveAll(fresh); err != nil {
			return fmt.Errorf("clear %s: %w", fresh, err)
		}
		if err := fill(fresh); err != nil {
			return err
		}
		return os.Rename(fresh, folder)
	})
}

// run runs a command and shows what it printed only when it fails. What the command has started ends with it.
func run(ctx context.Context, environment []string, name string, arguments ...string) error {
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Env = append(os.Environ(), environment...)
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(arguments, " "), err, out)
	}
	return nil
}

// Packages installs Debian packages, by the script that all parts of the project use for it.
func Packages(ctx context.Context, p Places, names ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(p.Root, "scripts", "dev", "packages.sh"), names...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("install the Debian packages %s: %w", strings.Join(names, ", "), err)
	}
	return nil
}
