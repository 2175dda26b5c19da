package trial

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// balancerPort is where HAProxy listens.
const balancerPort = 29099

// balancer is HAProxy, which stands in for AWS's load balancer: requests go to tasks in turn, on connections that are used again, and one without an answer in time
// gets 504.
type balancer struct {
	command *exec.Cmd
	socket  string
}

func startBalancer(binary, folder string, slots int, idle time.Duration) (*balancer, error) {
	b := &balancer{socket: filepath.Join(folder, "haproxy.sock")}
	path := filepath.Join(folder, "haproxy.cfg")
	if err := os.WriteFile(path, []byte(b.configuration(slots, idle)), 0o600); err != nil {
		return nil, fmt.Errorf("write the balancer's configuration: %w", err)
	}
	b.command = exec.CommandContext(context.Background(), binary, "-db", "-f", path) //nolint:gosec // The caller's own program.
	b.command.Stderr = os.Stderr
	b.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := b.command.Start(); err != nil {
		return nil, fmt.Errorf("start the balancer: %w", err)
	}
	for end := time.Now().Add(startDeadline); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(b.socket); err == nil {
			return b, nil
		}
	}
	b.stop()
	return nil, fmt.Errorf("%s does not start", binary)
}

func (b *balancer) configuration(slots int, idle time.Duration) string {
	var text strings.Builder
	fmt.Fprintf(&text, `global
  stats socket %s mode 600 level admin
  nbthread 1
  maxconn 8000
defaults
  mode http
  timeout connect %[2]dms
  timeout client 60s
  timeout server %[2]dms
  timeout queue %[2]dms
  retries 0
  http-reuse always
listen tasks
  bind 127.0.0.1:%d
  balance roundrobin
`, b.socket, idle.Milliseconds(), balancerPort)
	for slot := range slots {
		fmt.Fprintf(&text, "  server task%d 127.0.0.1:%d disabled pool-purge-delay 1h\n", slot, port(slot))
	}
	return text.String()
}

// offer lets a task have requests, drain lets it finish those that it has, and remove takes it out.
func (b *balancer) offer(slot int) error  { return b.set(slot, "ready") }
func (b *balancer) drain(slot int) error  { return b.set(slot, "drain") }
func (b *balancer) remove(slot int) error { return b.set(slot, "maint") }

func (b *balancer) set(slot int, state string) error {
	stream, err := new(net.Dialer).DialContext(context.Background(), "unix", b.socket)
	if err != nil {
		return fmt.Errorf("reach the balancer: %w", err)
	}
	defer func() { _ = stream.Close() }()
	if _, err := fmt.Fprintf(stream, "set server tasks/task%s state %s\n", strconv.Itoa(slot), state); err != nil {
		return fmt.Errorf("ask the balancer: %w", err)
	}
	answer, err := io.ReadAll(stream)
	if err != nil || strings.TrimSpace(string(answer)) != "" {
		return fmt.Errorf("the balancer says %q: %w", answer, err)
	}
	return nil
}

func (b *balancer) stop() {
	_ = b.command.Process.Kill()
	_ = b.command.Wait()
}
