package trial

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

const (
	// firstPort is the first task's; each slot of the balancer has the next one.
	firstPort = 29100
	// startDeadline is generous: a process with a hundredth of a core needs more than one period of its quota to start.
	startDeadline = 20 * time.Second
)

// task is a process of mote with a quota.
type task struct {
	slot    int
	group   *group
	command *exec.Cmd
	// seen is the processor time up to the last look.
	seen float64
}

// startTask runs mote in a slot and returns once it accepts connections. What it needs for that is before its quota begins: on Fargate, it is part of the start.
func startTask(binary string, slot int, cores float64, queue int) (*task, error) {
	g, err := newGroup(fmt.Sprintf("mote-trial-%d-%d", os.Getpid(), slot), cores)
	if err != nil {
		return nil, err
	}
	t := &task{slot: slot, group: g}
	// The load may run before all else, which has no quota: a task does not. It stays on one core, since the kernel gives a quota to cores in slices, and to one alone
	// if the quota is smaller than a slice: a task that moves would wait for it.
	t.command = exec.CommandContext(context.Background(), "chrt", "--other", "0", "taskset", "--cpu-list", strconv.Itoa(slot%runtime.NumCPU()), binary) //nolint:gosec // The caller's own program.
	t.command.Env = []string{
		"MOTE_ADDRESS=127.0.0.1", "MOTE_PORT=" + strconv.Itoa(port(slot)), "MOTE_METRICS_PORT=0", "MOTE_LOG_LEVEL=error",
		"MOTE_MAX_CONNECTIONS=" + strconv.Itoa(queue),
	}
	// It ends with this program, however that ends.
	t.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := t.command.Start(); err != nil {
		g.close()
		return nil, fmt.Errorf("start mote: %w", err)
	}
	if err := t.ready(); err != nil {
		t.stop()
		return nil, err
	}
	return t, nil
}

func (t *task) ready() error {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port(t.slot)))
	for end := time.Now().Add(startDeadline); time.Now().Before(end); time.Sleep(time.Millisecond) {
		stream, err := new(net.Dialer).DialContext(context.Background(), "tcp", address)
		if err != nil {
			continue
		}
		_ = stream.Close()
		if err := t.group.take(t.command.Process.Pid); err != nil {
			return err
		}
		t.seen, err = t.group.used()
		return err
	}
	return fmt.Errorf("mote does not accept connections at %s", address)
}

// spent is the processor time since the last look, in seconds.
func (t *task) spent() float64 {
	now, err := t.group.used()
	if err != nil {
		return 0
	}
	before := t.seen
	t.seen = now
	return now - before
}

func (t *task) stop() {
	_ = t.command.Process.Kill()
	_ = t.command.Wait()
	t.group.close()
}

func port(slot int) int { return firstPort + slot }
