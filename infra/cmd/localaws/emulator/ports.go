package emulator

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
)

const (
	// usual is the port that AWS emulators are expected on.
	usual = 4566
	// lowest is the first of the ports that one is chosen of: below it are the usual ports of most programs.
	lowest = 10000
	// attempts bounds how often a chosen port may be taken.
	attempts = 100
)

// Port chooses the emulator's port: the stated one, else the usual one when it is free and preferred, else any that is free.
func Port(stated string, preferUsual bool) (int, error) {
	if port, err := Stated(stated); port != 0 || err != nil {
		return port, err
	}
	if preferUsual && free(usual) {
		return usual, nil
	}
	return FreePort()
}

// Stated reads the port that the user stated, which must be free, or gives 0 when none was.
func Stated(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	port, err := strconv.Atoi(text)
	if err != nil || port < 1 || port > 65535 {
		return 0, fmt.Errorf("MOTE_REHEARSAL_PORT must be a port from 1 to 65535, and is %q", text)
	}
	if !free(port) {
		return 0, fmt.Errorf("MOTE_REHEARSAL_PORT: port %d is taken by another program; state a free one, or none to have one chosen", port)
	}
	return port, nil
}

// FreePort finds a port that nothing listens on.
func FreePort() (int, error) { return FreePortOf("127.0.0.1") }

// FreePortOf finds one of an address of this machine. It is none of those that the kernel gives to outgoing connections, one of which could have
// it before the program that it is for has begun to listen.
func FreePortOf(address string) (int, error) {
	for range attempts {
		beyond := firstEphemeral()
		if beyond <= lowest {
			break
		}
		if port, err := listen(address, lowest+rand.IntN(beyond-lowest)); err == nil { //nolint:gosec // A port is no secret.
			return port, nil
		}
	}
	return listen(address, 0)
}

// firstEphemeral is the first port that the kernel gives to outgoing connections: ip(7), ip_local_port_range.
func firstEphemeral() int {
	first := 32768
	if text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
		_, _ = fmt.Sscan(string(text), &first)
	}
	return first
}

// listen tells the port that can be listened on: this one, or for 0 one of the kernel's choice.
func listen(address string, port int) (int, error) {
	listener, err := net.Listen("tcp4", net.JoinHostPort(address, strconv.Itoa(port)))
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// free tells whether the port can be had on every address, since localhost may mean several.
func free(port int) bool {
	listener, err := net.Listen("tcp", ":"+strconv.Itoa(port))
	if err != nil {
		return false
	}
	_ = listener.Close()
	return true
}
