package docker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mote-dev/mote/infra/cmd/localaws/process"
)

const (
	// starting bounds how long dockerd may take until it answers, stopping how long until it has ended.
	starting, stopping = 60 * time.Second, 20 * time.Second
)

// Missing lists the programs that a private engine needs and the machine lacks.
func Missing() []string {
	var missing []string
	for _, program := range []string{"dockerd", "containerd", "runc", "tini", "ip", "docker"} {
		if _, err := exec.LookPath(program); err != nil {
			missing = append(missing, program)
		}
	}
	return missing
}

// Packages are the Debian packages that have those programs.
var Packages = []string{"docker.io", "tini", "iproute2"}

// script runs inside the namespaces: process ids and folders of run-time state that no process outside sees. Everything that dockerd
// and containerd leave there ends with them.
const script = `mount -t proc none /proc && mount -t tmpfs -o mode=755 tmpfs /run && exec dockerd "$@"`

// Start starts a private engine in the folder. It sets no firewall rule and no kernel setting: nothing needs to get out of the
// containers or into them but this machine itself, which reaches them over the bridge.
func Start(ctx context.Context, folder, name, mark string) (Engine, error) {
	socket := filepath.Join(folder, "docker.sock")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return Engine{}, fmt.Errorf("make the engine's folder: %w", err)
	}
	// An empty configuration of its own keeps dockerd from reading the machine's.
	if err := os.WriteFile(filepath.Join(folder, "daemon.json"), []byte("{}\n"), 0o600); err != nil {
		return Engine{}, fmt.Errorf("configure the engine: %w", err)
	}
	bridge := BridgeName(name)
	if err := addBridge(bridge); err != nil {
		return Engine{}, err
	}
	e := Engine{Host: "unix://" + socket, Bridge: bridge}
	log := filepath.Join(folder, "dockerd.log")
	var err error
	if e.Process, err = process.Start(daemon(folder, socket, bridge), mark, log); err != nil {
		return e, err
	}
	return e, process.WaitUntilReady(ctx, e.Process, starting, log, func() bool { return e.Answers(ctx) })
}

// BridgeName is what the bridge and the control group of the engine with that name are called: the kernel takes 15 characters, so the project's name
// is no part of it.
func BridgeName(name string) string { return "aws-" + name }

// daemon is dockerd below an init of its own, as the first process of new process and mount namespaces: when that init ends, by
// whatever means, the kernel ends all the others.
func daemon(folder, socket, bridge string) *exec.Cmd {
	cmd := exec.Command("tini", "--", "sh", "-c", script, "dockerd",
		"--host", "unix://"+socket, "--data-root", filepath.Join(folder, "data"), "--exec-root", "/run/docker",
		"--pidfile", "/run/docker.pid", "--bridge", bridge, "--cgroup-parent", "/"+bridge,
		"--exec-opt", "native.cgroupdriver=cgroupfs", "--config-file", filepath.Join(folder, "daemon.json"),
		"--iptables=false", "--ip6tables=false", "--ip-masq=false", "--ip-forward=false", "--userland-proxy=false")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID, Unshareflags: syscall.CLONE_NEWNS}
	// The user's proxies must not come between dockerd and a registry on this machine.
	cmd.Env = append(os.Environ(), "NO_PROXY=localhost,127.0.0.1,::1", "no_proxy=localhost,127.0.0.1,::1")
	return cmd
}

// Stop ends a private engine and removes its bridge, its control groups and its files. The user's own engine is left as it is.
func (e Engine) Stop(folder string) error {
	if !e.Private() {
		return nil
	}
	if err := e.Process.Stop(stopping); err != nil {
		return err
	}
	return errors.Join(removeBridge(e.Bridge), RemoveGroups(e.Bridge), os.RemoveAll(folder))
}

// RemoveGroups removes the empty control groups that containers ran in, deepest first, in each hierarchy.
func RemoveGroups(name string) error {
	tops, _ := filepath.Glob("/sys/fs/cgroup/*/" + name)
	var failed []error
	for _, top := range append(tops, "/sys/fs/cgroup/"+name) {
		var groups []string
		_ = filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				groups = append(groups, path)
			}
			return nil
		})
		for _, group := range slices.Backward(groups) {
			if err := os.Remove(group); err != nil && !errors.Is(err, fs.ErrNotExist) {
				failed = append(failed, fmt.Errorf("remove a control group: %w", err))
			}
		}
	}
	return errors.Join(failed...)
}

// addBridge makes the bridge that containers are on, with an address range that nothing on this machine uses yet.
func addBridge(name string) error {
	unlock, err := LockNetwork()
	if err != nil {
		return err
	}
	defer unlock()
	block, err := FreeRange(ones)
	if err != nil {
		return err
	}
	block[3] = 1
	subnet := fmt.Sprintf("%s/%d", block, ones)
	err = process.IP(
		[]string{"link", "add", "name", name, "type", "bridge"},
		[]string{"addr", "add", subnet, "dev", name},
		[]string{"link", "set", "dev", name, "up"},
	)
	if err != nil {
		return fmt.Errorf("make the network bridge: %w", err)
	}
	return nil
}

// LockNetwork keeps engines that start at the same moment from finding the same range free. The lock is on what they share, their network namespace.
func LockNetwork() (unlock func(), err error) {
	namespace, err := os.Open("/proc/self/ns/net")
	if err != nil {
		return nil, fmt.Errorf("lock the network: %w", err)
	}
	if err := unix.Flock(int(namespace.Fd()), unix.LOCK_EX); err != nil {
		return nil, fmt.Errorf("lock the network: %w", err)
	}
	return func() { _ = namespace.Close() }, nil
}

func removeBridge(name string) error {
	if _, err := net.InterfaceByName(name); err != nil {
		return nil //nolint:nilerr // It is not there, as it should be.
	}
	if err := process.IP([]string{"link", "delete", name}); err != nil {
		return fmt.Errorf("remove the network bridge: %w", err)
	}
	return nil
}

// ones is the length of the mask of the containers' addresses.
const ones = 24

// FreeRange finds a private range, with a mask of that length, that no interface and no route of this machine is in, and gives its first address.
func FreeRange(ones int) (net.IP, error) {
	out, err := exec.Command("ip", "-4", "route", "show", "table", "all").Output()
	if err != nil {
		return nil, fmt.Errorf("list the routes: %w", err)
	}
	taken := networks(string(out))
	for _, second := range []byte{30, 29, 28, 27, 26} {
		for third := 0; third < 256; third += 1 << (24 - ones) {
			candidate := &net.IPNet{IP: net.IPv4(172, second, byte(third), 0).To4(), Mask: net.CIDRMask(ones, 32)}
			if !overlaps(candidate, taken) {
				return candidate.IP, nil
			}
		}
	}
	return nil, errors.New("find addresses for containers: 172.26.0.0 to 172.30.255.255 are all taken")
}

// networks reads the networks out of a list of routes. The default route leads everywhere and takes nothing.
func networks(routes string) []*net.IPNet {
	var found []*net.IPNet
	for word := range strings.FieldsSeq(routes) {
		if !strings.Contains(word, "/") {
			word += "/32"
		}
		if _, network, err := net.ParseCIDR(word); err == nil && network.IP.To4() != nil {
			if ones, _ := network.Mask.Size(); ones > 0 {
				found = append(found, network)
			}
		}
	}
	return found
}

func overlaps(candidate *net.IPNet, taken []*net.IPNet) bool {
	for _, network := range taken {
		if network.Contains(candidate.IP) || candidate.Contains(network.IP) {
			return true
		}
	}
	return false
}
