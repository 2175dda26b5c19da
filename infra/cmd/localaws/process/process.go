// Package process starts programs that outlive their starter and ends them again, by process id and start time.
package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Mark is the environment variable that tells a rehearsal's processes from all others. Its value is the rehearsal's folder, so
// that even a process whose id could not be recorded before its starter was killed is found again.
const Mark = "MOTE_REHEARSAL_MARK"

// killed is how long a process may take to vanish after SIGKILL.
const killed = 10 * time.Second

// Ref names one process for good: an id alone may be given to another program later.
type Ref struct {
	PID     int    `json:"pid"`
	Started string `json:"started"` // the boot's id and the start time in clock ticks since boot
}

// Start runs the command in a session of its own, so that neither the terminal nor the end of this program reaches it. What it
// prints goes to the log file.
func Start(cmd *exec.Cmd, mark, log string) (Ref, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return Ref{}, fmt.Errorf("open the log of %s: %w", filepath.Base(cmd.Path), err)
	}
	defer func() { _ = out.Close() }()
	cmd.Stdout, cmd.Stderr = out, out
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, Mark+"="+mark)
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setsid = true
	if err := cmd.Start(); err != nil {
		return Ref{}, fmt.Errorf("start %s: %w", filepath.Base(cmd.Path), err)
	}
	ref, err := Lookup(cmd.Process.Pid)
	// While this program lives it is the parent, and a child that is not waited for stays a zombie.
	go func() { _ = cmd.Wait() }()
	return ref, err
}

// Lookup gives the Ref of a process that runs now.
func Lookup(pid int) (Ref, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return Ref{}, fmt.Errorf("read the boot id: %w", err)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Ref{}, fmt.Errorf("look up process %d: %w", pid, err)
	}
	// The second field is the program's name in parentheses and may hold spaces; counting starts behind it, at field 3.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return Ref{}, fmt.Errorf("look up process %d: it has ended", pid)
	}
	return Ref{PID: pid, Started: strings.TrimSpace(string(boot)) + "/" + fields[19]}, nil
}

// Alive tells whether the very same process still runs.
func (r Ref) Alive() bool {
	if r.PID <= 0 {
		return false
	}
	now, err := Lookup(r.PID)
	return err == nil && now == r
}

// Stop asks the process to end, waits for as long as grace, and then ends it.
func (r Ref) Stop(grace time.Duration) error {
	if r.PID <= 0 {
		return nil
	}
	// The descriptor is taken before the process is checked: from then on it cannot come to mean another process.
	fd, err := unix.PidfdOpen(r.PID, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open process %d: %w", r.PID, err)
	}
	defer func() { _ = unix.Close(fd) }()
	if !r.Alive() {
		return nil
	}
	for _, try := range []struct {
		signal unix.Signal
		wait   time.Duration
	}{{unix.SIGTERM, grace}, {unix.SIGKILL, killed}} {
		if err := unix.PidfdSendSignal(fd, try.signal, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("end process %d: %w", r.PID, err)
		}
		if ended(fd, try.wait) {
			return nil
		}
	}
	return fmt.Errorf("end process %d: it is still there %s after SIGKILL", r.PID, killed)
}

// ended waits until the process behind the descriptor has ended, which makes the descriptor readable.
func ended(fd int, wait time.Duration) bool {
	deadline := time.Now().Add(wait)
	for {
		left := time.Until(deadline)
		if left < 0 {
			return false
		}
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(left.Milliseconds())+1)
		if n > 0 {
			return true
		}
		if err != nil && !errors.Is(err, unix.EINTR) {
			return false
		}
	}
}

// Marked lists the processes that carry the mark, or one below it as a path is below another, except this one. Processes of other users
// cannot be read and are none of ours.
func Marked(mark string) []Ref {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	var found []Ref
	for _, file := range files {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil || pid == os.Getpid() {
			continue
		}
		environment, err := os.ReadFile(file)
		if err != nil || !carries(string(environment), mark) {
			continue
		}
		if ref, err := Lookup(pid); err == nil {
			found = append(found, ref)
		}
	}
	return found
}

// carries looks for the mark in an environment, whose variables end with a zero byte each.
func carries(environment, mark string) bool {
	for variable := range strings.SplitSeq(environment, "\x00") {
		if value, is := strings.CutPrefix(variable, Mark+"="); is && (value == mark || strings.HasPrefix(value, mark+"/")) {
			return true
		}
	}
	return false
}

// SameNamespace tells whether two processes see the same process ids.
func SameNamespace(a, b Ref) bool {
	first, errA := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", a.PID))
	second, errB := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", b.PID))
	return errA == nil && errB == nil && first == second
}
