// Package trial holds the model against mote's own processes: each with a quota of processor time, behind HAProxy, under the requests and the control loop that the
// model is given too.
package trial

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	groups = "/sys/fs/cgroup"
	// quotaPeriod is the kernel's default, which the model has too.
	quotaPeriod = 100 * time.Millisecond
)

// group is a control group with a quota of processor time, under version 1 or 2 of the kernel's interface.
type group struct {
	folders []string
	unified bool
}

// newGroup makes one in which processes together get so many cores.
func newGroup(name string, cores float64) (*group, error) {
	_, err := os.Stat(filepath.Join(groups, "cgroup.controllers"))
	g := &group{unified: err == nil}
	parents := []string{groups}
	if !g.unified {
		parents = []string{filepath.Join(groups, "cpu"), filepath.Join(groups, "cpuacct")}
	}
	for _, parent := range parents {
		// Both controllers may be mounted in one place.
		folder := filepath.Join(parent, name)
		if err := os.Mkdir(folder, 0o755); err != nil && !errors.Is(err, fs.ErrExist) { //nolint:gosec // The kernel's own folder.
			return nil, fmt.Errorf("make control group: %w", err)
		}
		g.folders = append(g.folders, folder)
	}
	return g, g.limit(cores)
}

// limit sets the quota, and the most weight that there is: what else the machine does is to take nothing of the quota.
func (g *group) limit(cores float64) error {
	period := quotaPeriod.Microseconds()
	quota := int64(cores * float64(period))
	if g.unified {
		return errors.Join(os.WriteFile(filepath.Join(groups, "cgroup.subtree_control"), []byte("+cpu"), 0o600),
			g.write("cpu.max", fmt.Sprintf("%d %d", quota, period)), g.write("cpu.weight", "10000"))
	}
	return errors.Join(g.write("cpu.cfs_period_us", strconv.FormatInt(period, 10)), g.write("cpu.cfs_quota_us", strconv.FormatInt(quota, 10)), g.write("cpu.shares", "262144"))
}

// take puts a process in.
func (g *group) take(pid int) error {
	for _, folder := range g.folders {
		if err := os.WriteFile(filepath.Join(folder, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o600); err != nil {
			return fmt.Errorf("enter control group: %w", err)
		}
	}
	return nil
}

// used is the processor time that its processes have had, in seconds.
func (g *group) used() (float64, error) {
	if g.unified {
		return g.read("cpu.stat", "usage_usec", 1e6)
	}
	return g.read("cpuacct.usage", "", 1e9)
}

// read finds a number, which is the file's only one or follows a key.
func (g *group) read(file, key string, unit float64) (float64, error) {
	text, err := os.ReadFile(filepath.Join(g.folders[len(g.folders)-1], file)) //nolint:gosec // The kernel's own file.
	if err != nil {
		return 0, fmt.Errorf("read control group: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), key); found {
			number, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return number / unit, err
		}
	}
	return 0, fmt.Errorf("%s has no %s", file, key)
}

func (g *group) write(file, text string) error {
	return os.WriteFile(filepath.Join(g.folders[0], file), []byte(text), 0o600)
}

// close removes it, once its processes have ended.
func (g *group) close() {
	for _, folder := range g.folders {
		for range 100 {
			if err := os.Remove(folder); err == nil || errors.Is(err, fs.ErrNotExist) {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}
