package cluster

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// hierarchy lays files out as the kernel does at the top of one.
func hierarchy(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o600))
	}
	return root
}

func TestGroup_OfVersion2HasTheControllersOfAKubelet(t *testing.T) {
	root := hierarchy(t, map[string]string{
		"cgroup.controllers": "cpuset cpu io memory pids rdma\n", "cgroup.procs": "1\n",
		// What systemd keeps its units in.
		"system.slice/cgroup.procs": "", "init.scope/cgroup.procs": "1\n",
	})
	require.NoError(t, makeGroup(root, "eks-x/node-1"))
	require.NoError(t, makeGroup(root, "eks-x/node-2"))
	for _, above := range []string{"", "eks-x"} {
		text, err := os.ReadFile(filepath.Join(root, above, "cgroup.subtree_control"))
		require.NoError(t, err)
		require.Equal(t, "+cpu +cpuset +memory +pids", string(text), "what the machine has of them, and nothing else")
	}
	for _, node := range []string{"node-1", "node-2"} {
		require.DirExists(t, filepath.Join(root, "eks-x", node))
		require.NoFileExists(t, filepath.Join(root, "eks-x", node, "cgroup.subtree_control"), "the kubelet hands them on itself")
	}
	require.NoDirExists(t, filepath.Join(root, "system.slice", "eks-x"), "nothing is made among the units of systemd")
	require.NoDirExists(t, filepath.Join(root, "init.scope", "eks-x"))
}

func TestGroup_OfVersion1IsInEachHierarchyWithItsProcessors(t *testing.T) {
	root := hierarchy(t, map[string]string{
		"cpu/cgroup.procs": "", "memory/cgroup.procs": "",
		"cpuset/cgroup.procs": "", "cpuset/cpuset.cpus": "0-1\n", "cpuset/cpuset.mems": "0\n",
		// Version 2 beside it, without controllers.
		"unified/cgroup.procs": "", "unified/cgroup.controllers": "",
	})
	require.NoError(t, makeGroup(root, "eks-x/node-1"))
	for _, one := range []string{"cpu", "memory", "cpuset", "unified"} {
		require.DirExists(t, filepath.Join(root, one, "eks-x", "node-1"))
	}
	for _, group := range []string{"eks-x", "eks-x/node-1"} {
		for file, want := range map[string]string{"cpuset.cpus": "0-1\n", "cpuset.mems": "0\n"} {
			text, err := os.ReadFile(filepath.Join(root, "cpuset", group, file))
			require.NoError(t, err)
			require.Equal(t, want, string(text), group)
		}
	}
	require.NoFileExists(t, filepath.Join(root, "memory", "eks-x", "cpuset.cpus"))
}

func TestGroup_WithoutControlGroupsIsRefused(t *testing.T) {
	require.ErrorContains(t, makeGroup(t.TempDir(), "eks-x/node-1"), "none are mounted")
}
