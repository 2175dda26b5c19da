package session

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/mote-dev/mote/infra/cmd/localaws/emulator"
	"github.com/mote-dev/mote/infra/cmd/localaws/process"
	"github.com/mote-dev/mote/infra/components/observability"
)

// prometheus is the folder of one Prometheus a stack, with all that it and its Alertmanager read and write.
const prometheus = "prometheus"

// Programs are the paths of Prometheus and Alertmanager and, if there is one, of Prometheus's page: a folder of the name that it looks for.
type Programs struct{ Prometheus, Alertmanager, Page string }

// Observers are what is written down about a running Prometheus and its Alertmanager.
type Observers struct {
	Prometheus   observer `json:"prometheus"`
	Alertmanager observer `json:"alertmanager"`
}

type observer struct {
	Process process.Ref `json:"process"`
	Port    int         `json:"port"`
}

// URL is where it listens, on this machine alone.
func (o observer) URL() string { return "http://" + o.address() }

func (o observer) address() string { return "localhost:" + strconv.Itoa(o.Port) }

// Observe starts a Prometheus and an Alertmanager beside the stack, unless they run, and returns what runs. The files are their configuration
// and what that names, for an Alertmanager at an address. They end with the rehearsal.
func (h *Stack) Observe(ctx context.Context, programs Programs, files func(alertmanager string) (map[string]string, error)) (Observers, error) {
	folder := filepath.Join(h.session.Path(prometheus), h.name)
	state := filepath.Join(folder, "state.json")
	o, err := readObservers(state)
	if err != nil || (o.Prometheus.Process.Alive() && o.Alertmanager.Process.Alive()) {
		return o, err
	}
	if err := o.chooseAddresses(); err != nil {
		return o, err
	}
	if err := write(folder, o.Alertmanager.address(), files); err != nil {
		return o, err
	}
	alertmanager := exec.Command(programs.Alertmanager, "--config.file="+filepath.Join(folder, observability.AlertmanagerFile),
		"--storage.path="+filepath.Join(folder, "alerts"), "--web.listen-address=127.0.0.1:"+strconv.Itoa(o.Alertmanager.Port), "--cluster.listen-address=")
	if err := h.start(ctx, &o.Alertmanager, alertmanager, folder); err != nil {
		return o, err
	}
	server := exec.Command(programs.Prometheus, "--config.file="+filepath.Join(folder, observability.ConfigurationFile),
		"--storage.tsdb.path="+filepath.Join(folder, "data"), "--web.listen-address=127.0.0.1:"+strconv.Itoa(o.Prometheus.Port))
	server.Dir = programs.Page
	if err := h.start(ctx, &o.Prometheus, server, folder); err != nil {
		return o, err
	}
	return o, writeJSON(state, o)
}

// chooseAddresses finds a port for each. What runs alone of the two is started anew.
func (o *Observers) chooseAddresses() error {
	for _, one := range []*observer{&o.Prometheus, &o.Alertmanager} {
		if err := one.Process.Stop(stopping); err != nil {
			return err
		}
		port, err := emulator.FreePort()
		if err != nil {
			return err
		}
		*one = observer{Port: port}
	}
	return nil
}

// write writes the files.
func write(folder, alertmanager string, files func(string) (map[string]string, error)) error {
	texts, err := files(alertmanager)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make Prometheus's folder: %w", err)
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("write Prometheus's configuration: %w", err)
		}
	}
	return nil
}

// start starts one of the two and waits until it is ready. Its log has its name.
func (h *Stack) start(ctx context.Context, o *observer, cmd *exec.Cmd, folder string) (err error) {
	// What the user set for AWS is nothing to it, such as a bundle of authorities, with which it makes no client.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "NO_PROXY=*"}
	log := filepath.Join(folder, filepath.Base(cmd.Path)+".log")
	if o.Process, err = process.Start(cmd, h.session.mark(), log); err != nil {
		return err
	}
	return process.WaitUntilReady(ctx, o.Process, time.Minute, log, func() bool { return emulator.Ready(ctx, o.URL()+"/-/ready") })
}

func readObservers(file string) (Observers, error) {
	var o Observers
	if err := readJSON(file, &o); err != nil {
		return o, fmt.Errorf("read what is written down of Prometheus: %w", err)
	}
	return o, nil
}
