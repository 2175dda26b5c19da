package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// groups is where the kernel shows control groups.
const groups = "/sys/fs/cgroup"

// controllers are those that a kubelet wants in the group that it is given, as far as the machine has them. It makes the groups of pods itself.
var controllers = []string{"cpu", "cpuset", "memory", "hugetlb", "pids"}

// makeGroup makes a node's control group: in each hierarchy of version 1, or in the one of version 2.
func makeGroup(root, group string) error {
	// Where both are mounted, version 1 has the controllers, and the root of version 2 is a folder beside them.
	has, err := os.ReadFile(filepath.Join(root, "cgroup.controllers"))
	if err == nil {
		return makeUnified(root, group, strings.Fields(string(has)))
	}
	hierarchies, _ := filepath.Glob(filepath.Join(root, "*", "cgroup.procs"))
	if len(hierarchies) == 0 {
		return fmt.Errorf("make control groups: none are mounted at %s", root)
	}
	for _, file := range hierarchies {
		if err := makeInHierarchy(filepath.Dir(file), group); err != nil {
			return err
		}
	}
	return nil
}

// makeInHierarchy makes a group in one hierarchy of version 1, which wants processors and memory named in each group.
func makeInHierarchy(top, group string) error {
	return descend(top, group, func(above, folder string) error {
		for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
			text, err := os.ReadFile(filepath.Join(above, file))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err == nil {
				err = os.WriteFile(filepath.Join(folder, file), text, 0o600)
			}
			if err != nil {
				return fmt.Errorf("name the processors of a control group: %w", err)
			}
		}
		return nil
	})
}

// makeUnified makes a group in the hierarchy of version 2, in which a group has the controllers that each one above it hands on.
func makeUnified(root, group string, has []string) error {
	var handed []string
	for _, one := range controllers {
		if slices.Contains(has, one) {
			handed = append(handed, "+"+one)
		}
	}
	return descend(root, group, func(above, _ string) error {
		err := os.WriteFile(filepath.Join(above, "cgroup.subtree_control"), []byte(strings.Join(handed, " ")), 0o600)
		switch {
		case errors.Is(err, unix.EBUSY):
			// The machine's own root may have both. What a container sees as the root is none.
			return fmt.Errorf("hand controllers on to control groups: %s is a container's and has processes of its own; move them: %s", above, move(above))
		case err != nil:
			return fmt.Errorf("hand controllers on to control groups (a container has to be privileged): %w", err)
		}
		return nil
	})
}

// move is the command that empties a group into one below it.
func move(group string) string {
	return fmt.Sprintf("mkdir %[1]s/init; xargs -rn1 <%[1]s/cgroup.procs >%[1]s/init/cgroup.procs", group)
}

// descend makes each folder of a path, one below the other, and does something for each.
func descend(top, path string, each func(above, folder string) error) error {
	above := top
	for name := range strings.SplitSeq(path, "/") {
		folder := filepath.Join(above, name)
		if err := os.Mkdir(folder, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("make a control group: %w", err)
		}
		if err := each(above, folder); err != nil {
			return err
		}
		above = folder
	}
	return nil
}
