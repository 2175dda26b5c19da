package cluster

import (
	"archive/tar"
	"bytes"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// programs are the first processes of the namespaces.
//
//go:embed program/*.sh
var programs embed.FS

// pause is what holds a pod's namespaces. It waits, and nothing else.
const pause = "localhost/eks/pause:1"

// configureNode writes what containerd, CNI and the kubelet are told.
func (c Cluster) configureNode(folder, own, registry string, i int) error {
	at := addresses{c.Block}
	if err := os.MkdirAll(filepath.Join(own, "registries", registry), 0o700); err != nil {
		return fmt.Errorf("make the node's folder: %w", err)
	}
	texts := map[string]string{
		"containerd.toml": fmt.Sprintf(containerd, filepath.Join(own, "containerd"), filepath.Join(own, "opt"), pause, cniPrograms(),
			filepath.Join(own, "cni"), filepath.Join(own, "registries")),
		// What the image's reference names is localhost, which on a node is the node.
		filepath.Join("registries", registry, "hosts.toml"): fmt.Sprintf("server = %q\n\n[host.%q]\n  capabilities = [\"pull\", \"resolve\"]\n",
			"http://"+c.Relay, "http://"+c.Relay),
	}
	for file, text := range texts {
		if err := os.WriteFile(filepath.Join(own, file), []byte(text), 0o600); err != nil {
			return fmt.Errorf("configure the node: %w", err)
		}
	}
	if err := os.MkdirAll(filepath.Join(own, "cni"), 0o700); err != nil {
		return fmt.Errorf("configure the node: %w", err)
	}
	if err := writeJSON(filepath.Join(own, "cni", "pods.conflist"), network(at.podsOf(i))); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(own, "kubelet.json"), kubelet(folder, own, c.group(i))); err != nil {
		return err
	}
	for from, to := range map[string]string{nodeName(i) + ".json": "kubelet-client.json", "proxy.json": "proxy.json"} {
		text, err := os.ReadFile(filepath.Join(folder, from))
		if err == nil {
			err = os.WriteFile(filepath.Join(own, to), text, 0o600)
		}
		if err != nil {
			return fmt.Errorf("configure the node: %w", err)
		}
	}
	return writePause(filepath.Join(own, "pause.tar"))
}

// containerd's configuration: https://github.com/containerd/containerd/blob/release/1.6/docs/cri/config.md
const containerd = `version = 2
root = %[1]q
state = "/run/containerd"

[grpc]
  address = "/run/containerd/containerd.sock"

[plugins."io.containerd.internal.v1.opt"]
  path = %[2]q

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = %[3]q
  disable_apparmor = true
  restrict_oom_score_adj = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = %[4]q
    conf_dir = %[5]q

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = %[6]q
`

// cniPrograms is where the distributions have them.
func cniPrograms() string {
	if _, err := os.Stat("/usr/lib/cni/bridge"); err == nil {
		return "/usr/lib/cni"
	}
	return "/opt/cni/bin"
}

// network gives each pod an address of the node's range, on a bridge.
func network(pods string) map[string]any {
	return map[string]any{
		"cniVersion": "0.4.0", "name": "pods",
		"plugins": []any{map[string]any{
			"type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true,
			"ipam": map[string]any{
				"type": "host-local", "dataDir": "/run/cni", "ranges": []any{[]any{map[string]any{"subnet": pods}}},
				"routes": []any{map[string]any{"dst": "0.0.0.0/0"}},
			},
		}},
	}
}

// kubelet is https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ for a node that shares its disk with others and is never full.
func kubelet(folder, own, group string) map[string]any {
	return map[string]any{
		"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
		"authentication": map[string]any{
			"anonymous": map[string]any{"enabled": false}, "webhook": map[string]any{"enabled": true},
			"x509": map[string]any{"clientCAFile": filepath.Join(folder, "ca.crt")},
		},
		"authorization": map[string]any{"mode": "Webhook"},
		"cgroupDriver":  "cgroupfs", "cgroupRoot": "/" + group, "failCgroupV1": false, "failSwapOn": false, "enforceNodeAllocatable": []any{},
		// It changes no setting of the kernel that is the whole machine's: node.sh shows it the ones that it wants.
		"protectKernelDefaults":       true,
		"containerRuntimeEndpoint":    "unix:///run/containerd/containerd.sock",
		"evictionHard":                map[string]any{"memory.available": "1Mi", "nodefs.available": "1Mi", "imagefs.available": "1Mi"},
		"imageGCHighThresholdPercent": 100, "imageGCLowThresholdPercent": 99,
		"podLogsDir": filepath.Join(own, "log"), "volumePluginDir": filepath.Join(own, "volumes"), "staticPodPath": "",
		// No pod of this project looks a name up, and there is no name server.
		"resolvConf": "",
	}
}

// writePause writes the image of that program, which is busybox.
func writePause(file string) error {
	path, err := exec.LookPath("busybox")
	if err != nil {
		return fmt.Errorf("find busybox (Debian: busybox-static): %w", err)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read busybox: %w", err)
	}
	var layer bytes.Buffer
	archive := tar.NewWriter(&layer)
	if err := archive.WriteHeader(&tar.Header{Name: "busybox", Mode: 0o755, Size: int64(len(program))}); err != nil {
		return fmt.Errorf("write the image of pause: %w", err)
	}
	_, _ = archive.Write(program)
	if err := archive.Close(); err != nil {
		return fmt.Errorf("write the image of pause: %w", err)
	}
	return packPause(file, layer.Bytes())
}

func packPause(file string, content []byte) error {
	layer := static.NewLayer(content, types.DockerUncompressedLayer)
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return fmt.Errorf("write the image of pause: %w", err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		return fmt.Errorf("write the image of pause: %w", err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", runtime.GOARCH
	config.Config.Entrypoint = []string{"/busybox", "sleep", "2147483647"}
	if image, err = mutate.ConfigFile(image, config); err != nil {
		return fmt.Errorf("write the image of pause: %w", err)
	}
	tag, err := name.NewTag(pause)
	if err != nil {
		return fmt.Errorf("write the image of pause: %w", err)
	}
	return tarball.WriteToFile(file, tag, image)
}
