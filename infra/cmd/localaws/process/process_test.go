package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func start(t *testing.T, mark string, command ...string) Ref {
	t.Helper()
	ref, err := Start(exec.Command(command[0], command[1:]...), mark, filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = ref.Stop(0) })
	return ref
}

func TestProcess_AliveUntilStopped(t *testing.T) {
	ref := start(t, t.TempDir(), "sleep", "60")
	require.True(t, ref.Alive())
	require.NoError(t, ref.Stop(5*time.Second))
	require.False(t, ref.Alive())
	require.NoError(t, ref.Stop(time.Second), "stopping twice is no error")
}

func TestProcess_KilledWhenItIgnoresTheRequest(t *testing.T) {
	ready := filepath.Join(t.TempDir(), "ready")
	ref := start(t, t.TempDir(), "bash", "-c", `trap "" TERM; : >"$0"; while :; do sleep 60; done`, ready)
	require.Eventually(t, func() bool { _, err := os.Stat(ready); return err == nil }, 5*time.Second, 10*time.Millisecond)
	began := time.Now()
	require.NoError(t, ref.Stop(300*time.Millisecond))
	require.GreaterOrEqual(t, time.Since(began), 300*time.Millisecond)
	require.False(t, ref.Alive())
}

func TestProcess_AnotherWithTheSameIDIsLeftAlone(t *testing.T) {
	ref := start(t, t.TempDir(), "sleep", "60")
	stranger := Ref{PID: ref.PID, Started: "another-boot/1"}
	require.False(t, stranger.Alive())
	require.NoError(t, stranger.Stop(time.Second))
	require.True(t, ref.Alive(), "the process that really has the id must live on")
}

func TestProcess_MarkedFindsTheMarkAndThoseBelow(t *testing.T) {
	mark := t.TempDir()
	mine := start(t, mark, "sleep", "60")
	start(t, mark+"-other", "sleep", "60")
	below := start(t, mark+"/part", "sleep", "60")
	require.ElementsMatch(t, []Ref{mine, below}, Marked(mark))
	require.Equal(t, []Ref{below}, Marked(mark+"/part"))
}
