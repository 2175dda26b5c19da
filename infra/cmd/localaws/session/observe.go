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
)

// prometheus is the folder of one Prometheus a stack, with all that it reads and writes.
const prometheus = "prometheus"

// observer is what is written down about a running Prometheus.
type observer struct {
	Process process.Ref `json:"process"`
	Port    int         `json:"port"`
}

func (o observer) url() string { return "http://localhost:" + strconv.Itoa(o.Port) }

// Observe starts a Prometheus beside the stack, unless one runs, and returns its address. Program is its path; files are its configuration and what
// that names. It ends with the rehearsal.
func (h *Stack) Observe(ctx context.Context, program string, files map[string]string, configuration string) (string, error) {
	folder := filepath.Join(h.session.Path(prometheus), h.name)
	state := filepath.Join(folder, "state.json")
	if running, err := readObserver(state); err != nil || running.Process.Alive() {
		return running.url(), err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("make Prometheus's folder: %w", err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return "", fmt.Errorf("write Prometheus's configuration: %w", err)
		}
	}
	port, err := emulator.FreePort()
	if err != nil {
		return "", err
	}
	o := observer{Port: port}
	cmd := exec.Command(program, "--config.file="+filepath.Join(folder, configuration), "--storage.tsdb.path="+filepath.Join(folder, "data"),
		"--web.listen-address=127.0.0.1:"+strconv.Itoa(port))
	// What the user set for AWS is nothing to it, such as a bundle of authorities, with which it makes no client.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "NO_PROXY=*"}
	log := filepath.Join(folder, prometheus+".log")
	if o.Process, err = process.Start(cmd, h.session.mark(), log); err != nil {
		return "", err
	}
	if err := writeJSON(state, o); err != nil {
		return "", err
	}
	return o.url(), process.WaitUntilReady(ctx, o.Process, time.Minute, log, func() bool { return emulator.Ready(ctx, o.url()+"/-/ready") })
}

func readObserver(file string) (observer, error) {
	var o observer
	if err := readJSON(file, &o); err != nil {
		return o, fmt.Errorf("read what is written down of Prometheus: %w", err)
	}
	return o, nil
}
