package emulatorshim

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
	"github.com/mote-dev/mote/infra/cmd/localaws/cluster"
	"github.com/mote-dev/mote/infra/cmd/localaws/process"
)

const (
	starting = 60 * time.Second
	stopping = 5 * time.Second
)

// Shim is the proxy, with moto behind it.
type Shim struct {
	Moto  process.Ref `json:"moto"`
	Proxy process.Ref `json:"proxy"`
	Port  int         `json:"port"`
}

// URL is the address of the proxy, and so of all services.
func (s *Shim) URL() string { return "http://localhost:" + strconv.Itoa(s.Port) }

// Registry is the emulator's container registry as images are named there, by way of the proxy. Docker takes registries on localhost to
// speak plain HTTP.
func (s *Shim) Registry() string { return "localhost:" + strconv.Itoa(s.Port) }

// Answers tells whether both processes are there.
func (s *Shim) Answers() bool { return s.Moto.Alive() && s.Proxy.Alive() && listens(s.Port) }

// Stop ends both.
func (s *Shim) Stop() error {
	if err := s.Proxy.Stop(stopping); err != nil {
		return err
	}
	return s.Moto.Stop(stopping)
}

// Addresses are what the proxy is between: the emulator's and moto's, where tasks and a cluster reach it, as HOST:PORT, the cluster's folder, and the files
// that calls and notifications are written to. Without a cluster, its address and folder are empty.
type Addresses struct{ Emulator, Moto, Tasks, Cluster, Folder, Calls, Notifications string }

// Start starts moto and the proxy on two free ports. What was started is returned also when the other did not come up.
func Start(ctx context.Context, python, folder string, at Addresses, mark string, port func() (int, error)) (Shim, error) {
	var s Shim
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return s, fmt.Errorf("make the shim's folder: %w", err)
	}
	behind, err := port()
	if err != nil {
		return s, err
	}
	moto := exec.Command(python, "-I", "-m", "moto.server", "-H", "127.0.0.1", "-p", strconv.Itoa(behind))
	moto.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "TMPDIR=" + folder, "MOTO_ACCOUNT_ID=" + awsconfig.Account}
	log := filepath.Join(folder, "moto.log")
	if s.Moto, err = process.Start(moto, mark, log); err != nil {
		return s, err
	}
	if err := process.WaitUntilReady(ctx, s.Moto, starting, log, func() bool { return listens(behind) }); err != nil {
		return s, err
	}
	at.Moto = "http://localhost:" + strconv.Itoa(behind)
	return s, s.startProxy(ctx, folder, at, mark, port)
}

// startProxy starts this program once more, as the proxy.
func (s *Shim) startProxy(ctx context.Context, folder string, at Addresses, mark string, port func() (int, error)) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if s.Port, err = port(); err != nil {
		return err
	}
	log := filepath.Join(folder, "proxy.log")
	proxy := exec.Command(self, "proxy", strconv.Itoa(s.Port), at.Emulator, at.Moto, at.Tasks, at.Cluster, at.Folder, at.Calls, at.Notifications)
	if s.Proxy, err = process.Start(proxy, mark, log); err != nil {
		return err
	}
	return process.WaitUntilReady(ctx, s.Proxy, starting, log, func() bool { return listens(s.Port) })
}

// Serve is the proxy's process: it listens on the port, and for tasks at their address.
func Serve(port string, at Addresses) error {
	var addresses [2]*url.URL
	for i, text := range []string{at.Emulator, at.Moto} {
		var err error
		if addresses[i], err = url.Parse(text); err != nil {
			return fmt.Errorf("read an address: %w", err)
		}
	}
	calls, err := os.OpenFile(at.Calls, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open the file of calls: %w", err)
	}
	var pods *cluster.API
	if at.Folder != "" {
		if pods, err = cluster.Connect(at.Folder); err != nil {
			return err
		}
	}
	proxy := NewProxy(addresses[0], addresses[1], calls, at.Notifications, pods)
	// The tasks' one comes first, since who waits for the proxy asks the other.
	tasks, err := net.Listen("tcp4", at.Tasks)
	if err != nil {
		return fmt.Errorf("listen for tasks: %w", err)
	}
	others, err := net.Listen("tcp4", "127.0.0.1:"+port)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	ended := make(chan error, 3)
	if at.Cluster != "" {
		nodes, err := net.Listen("tcp4", at.Cluster)
		if err != nil {
			return fmt.Errorf("listen for the cluster: %w", err)
		}
		go func() { ended <- serve(nodes, proxy.ForCluster(addresses[0])) }()
	}
	go func() { ended <- serve(tasks, proxy.ForTasks()) }()
	go func() { ended <- serve(others, proxy) }()
	return <-ended
}

func serve(listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(listener)
}

// listens tells whether something accepts connections on the port.
func listens(port int) bool {
	connection, err := net.DialTimeout("tcp", "127.0.0.1:"+strconv.Itoa(port), time.Second)
	if err != nil {
		return false
	}
	_ = connection.Close()
	return true
}
