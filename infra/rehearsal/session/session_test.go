package session

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mote/infra/rehearsal/tools"
)

func opened(t *testing.T, p tools.Places, name string) *Session {
	t.Helper()
	s, err := Open(p, name)
	require.NoError(t, err)
	return s
}

func TestARehearsalThatNeverStartedLeavesNothing(t *testing.T) {
	p := tools.Places{Cache: t.TempDir()}
	s := opened(t, p, "one")
	require.False(t, s.Running(t.Context()))
	require.NoError(t, s.Down(t.Context()))
	s.Close()
	entries, err := os.ReadDir(p.Cache)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestOnlyOneCommandHasARehearsalAtATime(t *testing.T) {
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

func TestAnInterruptedChangeIsRememberedAndAFailedOneIsNot(t *testing.T) {
	p := tools.Places{Cache: t.TempDir()}
	s := opened(t, p, "one")
	defer s.Close()
	broken := errors.New("broken")
	deploying := func() bool {
		seen, err := Peek(p, "one")
		require.NoError(t, err)
		return seen.Deploying
	}
	require.True(t, s.First())
	err := s.Deploy(t.Context(), "localhost:1", func() error {
		require.True(t, deploying(), "a kill right now must be noticed later")
		return broken
	})
	require.ErrorIs(t, err, broken)
	require.False(t, deploying())
	require.False(t, s.First())

	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, s.Deploy(ctx, "localhost:1", func() error { cancel(); return nil }))
	require.True(t, deploying())
	require.Equal(t, []string{"localhost:1"}, s.Registries)
}

func TestNamesAndFoldersThatCannotWorkAreRefused(t *testing.T) {
	for _, name := range []string{"", "../x", "Main", "a b", "-a", strings.Repeat("a", 32)} {
		_, err := Open(tools.Places{Cache: t.TempDir()}, name)
		require.ErrorContains(t, err, "1 to 31", name)
	}
	_, err := Open(tools.Places{Cache: filepath.Join(t.TempDir(), strings.Repeat("long", 20))}, "one")
	require.ErrorContains(t, err, "MOTE_CACHE")
}
