// Package emulator runs MiniStack, the local AWS that a rehearsal deploys to. All its state is in memory and ends with it.
package emulator

import (
	"context"
	"embed"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
	"github.com/mote-dev/mote/infra/cmd/localaws/process"
)

const (
	// starting bounds the time to the first answer, stopping that of a stop, which removes the containers.
	starting, stopping = 60 * time.Second, 20 * time.Second
	// answering bounds how long an emulator that is there may take to say so.
	answering = 20 * time.Second
)

// program is MiniStack with what it lacks.
//
//go:embed program/*.py
var program embed.FS

// Emulator is a running MiniStack.
type Emulator struct {
	Process process.Ref `json:"process"`
	Port    int         `json:"port"`
	Name    string      `json:"name"`
	// Tasks is where its containers reach it, as HOST:PORT: the proxy listens there.
	Tasks string `json:"tasks"`
	// Endpoint and Authority are those of the API server that it tells of clusters, if there is one.
	Endpoint  string `json:"-"`
	Authority string `json:"-"`
}

// URL is the one address of all its services.
func (e Emulator) URL() string { return "http://localhost:" + strconv.Itoa(e.Port) }

// Instance is the label by which its containers are known.
func (e Emulator) Instance() string { return e.Name + ":" + strconv.Itoa(e.Port) }

// LoadBalancer is the address of a load balancer's listener: the emulator serves them by path.
func (e Emulator) LoadBalancer(name string) string { return e.URL() + "/_alb/" + name + "/" }

// Answers tells whether the very process is there and ready.
func (e Emulator) Answers(ctx context.Context) bool {
	return e.Process.Alive() && Ready(ctx, e.URL()+"/_ministack/health")
}

// Start starts MiniStack with its name and port, with its containers on the engine at host.
func (e Emulator) Start(ctx context.Context, python, folder, host, mark string) (Emulator, error) {
	scratch := filepath.Join(folder, "tmp")
	if err := os.MkdirAll(scratch, 0o700); err != nil {
		return Emulator{}, fmt.Errorf("make the emulator's folder: %w", err)
	}
	// What an emulator before this one left there is of another version, or the same.
	if err := os.RemoveAll(filepath.Join(folder, "program")); err != nil {
		return Emulator{}, fmt.Errorf("clear the emulator's program: %w", err)
	}
	if err := os.CopyFS(folder, program); err != nil {
		return Emulator{}, fmt.Errorf("write the emulator's program: %w", err)
	}
	// Isolated mode: what the user set for Python in general, or AWS credentials, is nothing to the emulator.
	cmd := exec.Command(python, "-I", filepath.Join(folder, "program"))
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "TMPDIR=" + scratch, "STATE_DIR=" + filepath.Join(folder, "state"),
		"S3_DATA_DIR=" + filepath.Join(folder, "s3"), "DOCKER_HOST=" + host, "GATEWAY_PORT=" + strconv.Itoa(e.Port),
		"BIND_HOST=127.0.0.1", "MINISTACK_REGION=" + awsconfig.Region, "MINISTACK_ACCOUNT_ID=" + awsconfig.Account, "MINISTACK_HOSTNAME=" + e.Name,
		"TASKS_ENDPOINT=http://" + e.Tasks, "EKS_ENDPOINT=" + e.Endpoint, "EKS_AUTHORITY=" + e.Authority,
		// On a busy machine Docker may take longer than the ten seconds that MiniStack allows it.
		"MINISTACK_DOCKER_TIMEOUT=60", "NO_PROXY=*",
	}
	log := filepath.Join(folder, "ministack.log")
	var err error
	if e.Process, err = process.Start(cmd, mark, log); err != nil {
		return e, err
	}
	return e, process.WaitUntilReady(ctx, e.Process, starting, log, func() bool { return e.Answers(ctx) })
}

// Stop ends the emulator, which takes its containers with it.
func (e Emulator) Stop() error { return e.Process.Stop(stopping) }

// Ready asks an address once. Who concludes from no answer that nothing is there takes the rehearsal down, so a busy machine has time.
func Ready(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}
