package deployment

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mote-dev/mote/infra/cmd/localaws/docker"
)

// machine is what a rehearsal could leave behind on the machine, each as a set of lines.
type machine map[string][]string

// snapshot lists it. What belongs to another rehearsal that runs at the same time bears that one's name and is left out.
func snapshot(own string) machine {
	seen := machine{
		"interfaces":      interfaces(own),
		"mounts":          printed("cat", "/proc/self/mounts"),
		"firewall":        printed("iptables-save"),
		"firewall (IPv6)": printed("ip6tables-save"),
		"namespaces":      printed("ip", "netns", "list"),
		"kernel settings": kernelSettings(),
		"control groups":  globbed("/sys/fs/cgroup/*/" + own), "control group": globbed("/sys/fs/cgroup/" + own),
	}
	if docker, is := docker.Own(context.Background()); is {
		for _, kind := range []string{"container ls --all --quiet", "network ls --quiet", "volume ls --quiet", "image ls --all --quiet"} {
			seen["docker "+kind], _ = docker.Lines(context.Background(), strings.Fields(kind)...)
		}
	}
	return seen
}

// kernelSettings lists those that are the whole machine's and that a kubelet or an engine is known to set.
func kernelSettings() []string {
	var all []string
	for _, pattern := range []string{"kernel/panic*", "kernel/keys/*", "vm/overcommit_*", "vm/panic_*", "net/ipv4/ip_forward", "net/ipv4/conf/all/*"} {
		for _, path := range globbed("/proc/sys/" + pattern) {
			text, _ := os.ReadFile(path)
			all = append(all, path+"="+strings.TrimSpace(string(text)))
		}
	}
	return all
}

// interfaces lists the network interfaces, except other rehearsals' bridges and what is on them.
func interfaces(own string) []string {
	var names []string
	_, mine, _ := strings.Cut(own, "-")
	for _, path := range globbed("/sys/class/net/*") {
		name := filepath.Base(path)
		on, _ := os.Readlink(filepath.Join(path, "master"))
		for _, bridge := range []string{name, filepath.Base(on)} {
			if kind, whose, is := strings.Cut(bridge, "-"); is && (kind == "aws" || kind == "eks") && whose != mine {
				name = ""
			}
		}
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

func printed(program string, arguments ...string) []string {
	out, _ := exec.Command(program, arguments...).Output()
	var lines []string
	for line := range strings.SplitSeq(string(out), "\n") {
		// Comments of iptables-save have the time, and counters of chains what passed.
		if line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.Split(line, " [")[0])
		}
	}
	return lines
}

func globbed(pattern string) []string {
	paths, _ := filepath.Glob(pattern)
	return paths
}

// added gives what is new in each set.
func (m machine) added(since machine) machine {
	more := machine{}
	for kind, lines := range m {
		known := map[string]bool{}
		for _, line := range since[kind] {
			known[line] = true
		}
		for _, line := range lines {
			if !known[line] {
				more[kind] = append(more[kind], line)
			}
		}
	}
	return more
}

// left lists what the program left in its home and temporary folder, less the images that the tests put there.
func left(scratch string) []string {
	var found []string
	for _, path := range globbed(filepath.Join(scratch, "*")) {
		if !strings.HasPrefix(filepath.Base(path), "image-") {
			found = append(found, path)
		}
	}
	for _, path := range globbed(filepath.Join(scratch, ".*")) {
		if filepath.Base(path) != ".config" {
			found = append(found, path)
		}
	}
	// Any build by Go writes its counters into the folder of the user's configuration.
	return append(found, slices.DeleteFunc(globbed(filepath.Join(scratch, ".config", "*")), func(path string) bool { return filepath.Base(path) == "go" })...)
}
