//go:build service

package config_test

import (
	"context"
	"maps"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/mote-dev/mote/infra/internal/names"
	"github.com/mote-dev/mote/infra/internal/project"
)

// exConfig is the service's exit code for an environment that it does not accept, from sysexits.h.
const exConfig = 78

// service runs the binary that MOTE_BINARY names, as infra/test.sh does after building it, in this environment and no other.
func service(t require.TestingT, ctx context.Context, environment map[string]string, arguments ...string) *exec.Cmd {
	binary := os.Getenv("MOTE_BINARY")
	require.NotEmpty(t, binary, "MOTE_BINARY names the service")
	command := exec.CommandContext(ctx, binary, arguments...)
	command.Env = []string{"MOTE_ADDRESS=127.0.0.1"}
	for name, value := range environment {
		command.Env = append(command.Env, name+"="+value)
	}
	return command
}

// exitCode reads the environment as a start does, and asks the port, on which no server listens.
func exitCode(t require.TestingT, environment map[string]string) int {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := service(t, ctx, environment, "healthcheck").CombinedOutput()
	var exit *exec.ExitError
	if err == nil {
		return 0
	}
	require.ErrorAs(t, err, &exit, "%s", out)
	return exit.ExitCode()
}

// startAndEnd serves until a client can connect, and gives the exit code: that of a start that failed, else -1 for one that was killed.
func startAndEnd(t require.TestingT, environment map[string]string) int {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	running := service(t, ctx, environment)
	require.NoError(t, running.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = running.Wait()
	}()
	for listens := false; !listens; {
		select {
		case <-ended:
			return running.ProcessState.ExitCode()
		case <-time.After(2 * time.Millisecond):
			connection, err := net.Dial("tcp", "127.0.0.1:"+environment["MOTE_PORT"])
			if listens = err == nil; listens {
				require.NoError(t, connection.Close())
			}
		}
	}
	cancel()
	<-ended
	return running.ProcessState.ExitCode()
}

// TestConfig_ServiceAcceptsItsEnvironment holds the two ends together: what the settings accept, the service accepts.
func TestConfig_ServiceAcceptsItsEnvironment(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		c, err := parse(t, legal(t))
		if err != nil {
			return
		}
		accepted++
		environment := maps.Clone(c.Service.Environment)
		environment["MOTE_ENVIRONMENT"] = names.Base(project.Name, rapid.StringMatching(`[A-Za-z0-9_.-]{1,100}`).Draw(t, "stack"))
		require.NotEqual(t, exConfig, exitCode(t, environment), "%v", environment)
		require.NotEqual(t, exConfig, startAndEnd(t, environment), "%v", environment)
	})
	require.Greater(t, accepted, 10)
}

func TestConfig_ServiceStartsWithTheDefaults(t *testing.T) {
	c, err := parse(t, map[string]string{"mote:containerPort": "28080", "mote:metricsPort": "0"})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	running := service(t, ctx, c.Service.Environment)
	require.NoError(t, running.Start())
	defer func() {
		cancel()
		var exit *exec.ExitError
		require.ErrorAs(t, running.Wait(), &exit)
	}()
	require.Eventually(t, func() bool { return exitCode(t, c.Service.Environment) == 0 }, 10*time.Second, 50*time.Millisecond)
}

// TestConfig_ServiceRejectsWhatIsWrong plants faults, so that the tests above can be believed.
func TestConfig_ServiceRejectsWhatIsWrong(t *testing.T) {
	for name, value := range map[string]string{
		"MOTE_PORT": "65536", "MOTE_LOG_LEVEL": "loud", "MOTE_MESSAGE": "a\nb", "MOTE_KEEPALIVE_TIMEOUT_SECONDS": "4101",
		"MOTE_DRAIN_DELAY_SECONDS": "61", "MOTE_SHUTDOWN_TIMEOUT_SECONDS": "0", "MOTE_PROT": "9",
		"MOTE_MAX_TARGET_BYTES": "15361", "MOTE_ACCESS_LOG_SAMPLE": "0",
	} {
		require.Equal(t, exConfig, exitCode(t, map[string]string{name: value}), name)
		require.Equal(t, exConfig, startAndEnd(t, map[string]string{name: value}), name)
	}
	require.Equal(t, exConfig, exitCode(t, map[string]string{"MOTE_PORT": "9000", "MOTE_METRICS_PORT": "9000"}))
}
