package deployment

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/mote-dev/mote/infra/cmd/localaws/docker"
	"github.com/mote-dev/mote/infra/cmd/localaws/emulator"
	"github.com/mote-dev/mote/infra/cmd/localaws/process"
)

// container is the part of a container definition that limits what the container may do. The emulator ignores it.
type container struct {
	Image                  string
	User                   string
	ReadonlyRootFilesystem bool
	LinuxParameters        struct {
		Capabilities struct{ Drop []string }
	}
}

// limits turns a task definition into the flags that Docker has for the same.
func limits(t *testing.T, task map[string]any) (flags []string, image string) {
	t.Helper()
	var all []container
	require.NoError(t, json.Unmarshal([]byte(fmt.Sprint(task["containerDefinitions"])), &all))
	require.Len(t, all, 1)
	units, err := strconv.Atoi(fmt.Sprint(task["cpu"]))
	require.NoError(t, err)
	c := all[0]
	flags = []string{
		"--cpus", strconv.FormatFloat(float64(units)/1024, 'f', -1, 64), "--memory", fmt.Sprint(task["memory"]) + "m",
		"--user", c.User, "--read-only=" + strconv.FormatBool(c.ReadonlyRootFilesystem),
	}
	for _, capability := range c.LinuxParameters.Capabilities.Drop {
		flags = append(flags, "--cap-drop", capability)
	}
	return flags, c.Image
}

// firstAnswer starts the image once and gives the time to the first answer: from the moment that Docker calls its start, and from
// the birth of its process, which runc must still put into its container. The container shares the machine's network, so that it
// can be asked before Docker has said where it is.
func firstAnswer(t *testing.T, docker docker.Engine, flags []string, image string) (fromStart, fromBirth time.Duration) {
	t.Helper()
	port, metrics := freePort(t), freePort(t)
	id := one(t, docker, append(append([]string{"create", "--network", "host", "--env", "MOTE_ADDRESS=127.0.0.1",
		"--env", "MOTE_PORT=" + strconv.Itoa(port), "--env", "MOTE_METRICS_PORT=" + strconv.Itoa(metrics)}, flags...), image)...)
	defer func() { _, _ = docker.Lines(context.Background(), "rm", "--force", id) }()
	answered := make(chan time.Duration, 1)
	go func() { answered <- poll("http://127.0.0.1:" + strconv.Itoa(port) + "/health") }()
	one(t, docker, "start", id)
	first := <-answered
	require.NotZero(t, first, "it did not answer within ten seconds")
	require.Equal(t, "true", one(t, docker, "inspect", "--format", "{{.State.Running}}", id))
	started, err := time.Parse(time.RFC3339Nano, one(t, docker, "inspect", "--format", "{{.State.StartedAt}}", id))
	require.NoError(t, err)
	return first - (uptime() - time.Since(started)), first - born(t, id)
}

func freePort(t *testing.T) int {
	t.Helper()
	port, err := emulator.FreePort()
	require.NoError(t, err)
	return port
}

// uptime is the time since the machine's start, which the kernel dates processes by.
func uptime() time.Duration {
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &now)
	return time.Duration(now.Nano())
}

// born gives the uptime at which the process of a container began, rounded down to a hundredth of a second. Its control group
// tells which process it is: Docker itself may see other process ids than this test.
func born(t *testing.T, id string) time.Duration {
	t.Helper()
	for _, path := range globbed("/proc/[0-9]*") {
		groups, _ := os.ReadFile(filepath.Join(path, "cgroup"))
		pid, _ := strconv.Atoi(filepath.Base(path))
		if !strings.Contains(string(groups), id) {
			continue
		}
		ref, err := process.Lookup(pid)
		require.NoError(t, err)
		ticks, err := strconv.Atoi(filepath.Base(ref.Started))
		require.NoError(t, err)
		return time.Duration(ticks) * time.Second / 100
	}
	require.Fail(t, "no process in container "+id)
	return 0
}

// poll asks until there is an answer, and gives the uptime at it.
func poll(url string) time.Duration {
	client := http.Client{Timeout: time.Second}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		answer, err := client.Get(url)
		if err != nil {
			continue
		}
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return uptime()
		}
	}
	return 0
}

// one runs the docker CLI, which prints one line.
func one(t *testing.T, docker docker.Engine, arguments ...string) string {
	t.Helper()
	lines, err := docker.Lines(t.Context(), arguments...)
	require.NoError(t, err)
	require.Len(t, lines, 1)
	return lines[0]
}
