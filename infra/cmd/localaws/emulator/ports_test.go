package emulator

import (
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// A port is stated long before the emulator listens on it, and each connection that a load makes meanwhile has a port of the kernel's choice.
func TestFreePort_IsNoneThatAConnectionGets(t *testing.T) {
	for range 50 {
		port, err := FreePort()
		require.NoError(t, err)
		require.GreaterOrEqual(t, port, lowest)
		require.Less(t, port, firstEphemeral())
	}
}

func TestStated_PortThatIsTakenIsRefused(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	taken := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	_, err = Stated(taken)
	require.ErrorContains(t, err, "port "+taken+" is taken")
	for _, wrong := range []string{"0", "65536", "x"} {
		_, err := Stated(wrong)
		require.ErrorContains(t, err, "from 1 to 65535", wrong)
	}
	port, err := Stated("")
	require.NoError(t, err)
	require.Zero(t, port)
}
