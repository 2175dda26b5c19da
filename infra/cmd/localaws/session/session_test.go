package session

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/mote-dev/mote/infra/cmd/localaws/progress"
	"github.com/mote-dev/mote/infra/cmd/localaws/tools"
)

func opened(t *testing.T, p tools.Places, name string) *Session {
	t.Helper()
	s, err := Open(p, name)
	require.NoError(t, err)
	return s
}

func TestSession_NeverStartedLeavesNothing(t *testing.T) {
	p := tools.Places{Cache: t.TempDir()}
	s := opened(t, p, "one")
	require.False(t, s.Running(t.Context()))
	require.NoError(t, s.Down(t.Context()))
	s.Close()
	entries, err := os.ReadDir(p.Cache)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestSession_OneCommandAtATime(t *testing.T) {
	p := tools.Places{Cache: t.TempDir()}
	first := opened(t, p, "one")
	second := make(chan *Session)
	go func() {
		s, err := Open(p, "one")
		if err != nil {
			t.Error(err)
		}
		second <- s
	}()
	opened(t, p, "another").Close()
	select {
	case <-second:
		require.Fail(t, "the second must wait")
	default:
	}
	// The first removes the lock's file while the second waits for it: the second must then have a lock on a file that is there.
	first.Close()
	s := <-second
	require.FileExists(t, filepath.Join(p.Cache, "rehearsal", "one.lock"))
	s.Close()
}

// joined takes part in a rehearsal that runs, or does not.
func joined(t *testing.T, p tools.Places, running bool) <-chan *Session {
	t.Helper()
	done := make(chan *Session, 1)
	go func() {
		s, err := join(t.Context(), p, "one", func(*Session) bool { return running })
		if err != nil {
			t.Error(err)
		}
		done <- s
	}()
	return done
}

func TestSession_OfTwoThatStartItOneWaitsForTheStartAlone(t *testing.T) {
	p := tools.Places{Cache: t.TempDir()}
	starter := <-joined(t, p, false)
	defer starter.Close()
	require.False(t, starter.shared, "it has it alone")
	second := joined(t, p, true)
	select {
	case <-second:
		require.Fail(t, "the second must wait for the start")
	case <-time.After(100 * time.Millisecond):
	}
	dev, err := starter.Lock("dev")
	require.NoError(t, err)
	defer dev.Unlock()
	// The first goes on with its stack.
	(<-second).Close()
}

// A stack of it was left in the middle of a change, while the command on another one goes on.
func TestSession_WhoCannotStartItYetSaysSo(t *testing.T) {
	said := &bytes.Buffer{}
	out := progress.Out
	progress.Out = said
	defer func() { progress.Out = out }()
	p := tools.Places{Cache: t.TempDir()}
	other, err := open(p, "one", unix.LOCK_SH)
	require.NoError(t, err)
	second := joined(t, p, false)
	time.Sleep(4 * retrying)
	other.Close()
	(<-second).Close()
	require.Equal(t, 1, strings.Count(said.String(), waiting), said)
}

func TestSession_WhoSharesItLeavesTheLockToWhoStartsIt(t *testing.T) {
	p := tools.Places{Cache: t.TempDir()}
	for _, how := range []int{unix.LOCK_SH, unix.LOCK_EX} {
		s, err := open(p, "one", how)
		require.NoError(t, err)
		s.Close()
		_, err = os.Stat(s.lock.Name())
		require.Equal(t, how == unix.LOCK_SH, err == nil)
	}
}

// lock takes part in a rehearsal and locks a stack.
func lock(t *testing.T, p tools.Places, stack string) *Stack {
	t.Helper()
	s, err := Open(p, "one")
	require.NoError(t, err)
	t.Cleanup(s.Close)
	h, err := s.Lock(stack)
	require.NoError(t, err)
	return h
}

func TestStack_InterruptedIsRemembered(t *testing.T) {
	p := tools.Places{Cache: t.TempDir()}
	h := lock(t, p, "dev")
	broken := errors.New("broken")
	written := func() stackState {
		r, err := readState(h.path(".json"))
		require.NoError(t, err)
		return r
	}
	require.True(t, h.First())
	err := h.Deploy(t.Context(), "localhost:1", func() error {
		require.True(t, written().Deploying, "a kill right now must be noticed later")
		require.False(t, h.session.interrupted(), "and one that goes on is no half of anything")
		return broken
	})
	require.ErrorIs(t, err, broken)
	require.False(t, written().Deploying)
	require.False(t, h.First())

	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, h.Deploy(ctx, "localhost:1", func() error { cancel(); return nil }))
	h.Unlock()
	require.True(t, h.session.interrupted())
	require.Equal(t, []string{"localhost:1"}, h.session.registries())
}

func TestStack_ChangedBesideOthers(t *testing.T) {
	p := tools.Places{Cache: t.TempDir()}
	first := lock(t, p, "dev")
	other, err := open(p, "one", unix.LOCK_SH)
	require.NoError(t, err)
	defer other.Close()
	staging, err := other.Lock("staging")
	require.NoError(t, err, "another stack does not wait")
	defer staging.Unlock()
	again := make(chan error)
	go func() {
		_, err := other.Lock("dev")
		again <- err
	}()
	select {
	case err := <-again:
		require.Fail(t, "the second on the same stack must wait", "%v", err)
	case <-time.After(100 * time.Millisecond):
	}
	first.Unlock()
	require.NoError(t, <-again)
}

func TestSession_DownWaitsForAllStacks(t *testing.T) {
	p := tools.Places{Cache: t.TempDir()}
	first := lock(t, p, "dev")
	alone := make(chan *Session)
	go func() {
		s, err := Open(p, "one")
		if err != nil {
			t.Error(err)
		}
		alone <- s
	}()
	select {
	case <-alone:
		require.Fail(t, "no process may be alone with it while a stack is held")
	case <-time.After(100 * time.Millisecond):
	}
	first.session.Close()
	(<-alone).Close()
}

func TestSession_TakenDownMeanwhileIsNoticed(t *testing.T) {
	p := tools.Places{Cache: t.TempDir()}
	s := opened(t, p, "one")
	defer s.Close()
	s.Passphrase = "of the one that was started"
	_, err := s.Lock("dev")
	require.ErrorContains(t, err, "taken down")
}

func TestSession_RefusesNamesAndFoldersThatCannotWork(t *testing.T) {
	for _, name := range []string{"", "../x", "Main", "a b", "-a", strings.Repeat("a", 32)} {
		_, err := Open(tools.Places{Cache: t.TempDir()}, name)
		require.ErrorContains(t, err, "1 to 31", name)
	}
	_, err := Open(tools.Places{Cache: filepath.Join(t.TempDir(), strings.Repeat("long", 20))}, "one")
	require.ErrorContains(t, err, "MOTE_CACHE")
}

// The engine is not the rehearsal's own, and ends while it is asked to remove things.
func TestDown_EngineThatEndsMeanwhileIsNoError(t *testing.T) {
	folder := t.TempDir()
	for says, want := range map[string]bool{"ended": true, "broken": false} {
		fake := "#!/bin/sh\n[ \"$1\" != version ] || exec test ! -e " + folder + "/ended\ntouch " + folder + "/" + says + "\nexit 1\n"
		require.NoError(t, os.WriteFile(filepath.Join(folder, "docker"), []byte(fake), 0o755))
		t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
		s := opened(t, tools.Places{Cache: t.TempDir()}, "one")
		s.Engine.Host = "unix:///docker.sock"
		require.NoError(t, s.save())
		err := s.Down(t.Context())
		require.Equal(t, want, err == nil, "%s: %v", says, err)
		require.NoError(t, os.RemoveAll(filepath.Join(folder, says)))
		s.Close()
	}
}
