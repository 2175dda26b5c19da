package session

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/mote-dev/mote/infra/cmd/localaws/docker"
	"github.com/mote-dev/mote/infra/cmd/localaws/process"
	"github.com/mote-dev/mote/infra/cmd/localaws/progress"
	"github.com/mote-dev/mote/infra/cmd/localaws/tools"
)

// Down ends all parts and removes all files. It can be repeated, and goes on where an earlier one failed.
func (s *Session) Down(ctx context.Context) error {
	// Pulumi and its plugins come first, since they still change things.
	err := errors.Join(s.endMarked(s.kept()), s.stopCluster(), s.Shim.Stop(), s.Emulator.Stop())
	err = errors.Join(err, s.sweep(ctx))
	private := s.Engine
	if !private.Private() {
		// A run that was killed may have made the bridge and not yet written it down.
		private = docker.Engine{Bridge: docker.BridgeName(Short(s.folder))}
	}
	err = errors.Join(err, private.Stop(s.Path("engine")), s.endMarked(nil))
	if err != nil {
		return fmt.Errorf("take the rehearsal %q down: %w", s.Name, err)
	}
	s.State = State{}
	return os.RemoveAll(s.folder)
}

// sweep removes what is left in an engine that is not the rehearsal's own. One that has ended, be it in the middle of this, can be asked for nothing.
func (s *Session) sweep(ctx context.Context) error {
	if s.Engine.Host == "" || s.Engine.Private() || !s.Engine.Answers(ctx) {
		return nil
	}
	if err := s.Engine.Sweep(ctx, s.Emulator.Instance(), s.registries()); err != nil && s.Engine.Answers(ctx) {
		return err
	}
	return nil
}

// kept are the processes that are ended one by one, in their order.
func (s *Session) kept() map[process.Ref]bool {
	kept := map[process.Ref]bool{
		s.Engine.Process: true, s.Emulator.Process: true, s.Shim.Moto: true, s.Shim.Proxy: true,
	}
	for _, ref := range s.Cluster.Processes() {
		kept[ref] = true
	}
	return kept
}

// endMarked ends the processes that carry this rehearsal's mark, except those that are kept and what runs in namespaces of their own.
func (s *Session) endMarked(kept map[process.Ref]bool) error {
	var failed []error
	for _, ref := range process.Marked(s.mark()) {
		if !kept[ref] && (kept == nil || !s.contained(ref)) {
			failed = append(failed, ref.Stop(stopping))
		}
	}
	return errors.Join(failed...)
}

// contained tells whether a process runs in the process namespace of the private engine or of a part of the cluster: it ends when that does.
func (s *Session) contained(ref process.Ref) bool {
	for _, first := range append(s.Cluster.Namespaces(), s.Engine.Process) {
		if first.Alive() && process.SameNamespace(ref, first) {
			return true
		}
	}
	return false
}

// needDocker sees to it that there is a Docker engine or that one can be started.
func needDocker(ctx context.Context, p tools.Places) error {
	if _, is := docker.Own(ctx); is {
		return nil
	}
	return installDocker(ctx, p)
}

// installDocker installs a Docker engine where that is possible, or says all that is missing.
func installDocker(ctx context.Context, p tools.Places) error {
	if os.Geteuid() != 0 {
		return errors.New("no Docker engine answers, and only root can start a private one: start Docker and see that \"docker info\" " +
			"works for you (on a new installation: join the group docker and log in again), or run this as root")
	}
	if len(docker.Missing()) == 0 {
		return nil
	}
	if err := tools.Packages(ctx, p, docker.Packages...); err != nil {
		return err
	}
	if missing := docker.Missing(); len(missing) > 0 {
		return fmt.Errorf("start a private Docker engine: %v are still missing after installing %v", missing, docker.Packages)
	}
	progress.Detail("Docker is installed")
	return nil
}
