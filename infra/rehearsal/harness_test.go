//go:build rehearsal

// The scenarios of a rehearsal, each against one that this package starts beside any other and always takes down.
// scripts/rehearse.sh test compiles the program and runs them.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mote/infra/rehearsal/emulator"
)

// rehearsal is the one that all scenarios share.
type rehearsal struct {
	program  string
	name     string
	port     string // of the emulator, stated beforehand
	scratch  string // home and temporary folder of the program: what it leaves there, it leaves on the machine
	registry *httptest.Server
	pushes   atomic.Int64 // requests to the registry that change it
	flags    []string     // of the deployment as it is now
	answers  string       // what the last deployment printed
	before   machine      // what was on the machine before
	ready    sync.Once
	silence  silence
}

// silence shows what the program says and keeps the longest time without a word.
type silence struct {
	since   time.Time
	longest time.Duration
}

func (s *silence) Write(text []byte) (int, error) {
	s.longest = max(s.longest, time.Since(s.since))
	s.since = time.Now()
	return os.Stderr.Write(text)
}

var shared = &rehearsal{}

func TestMain(m *testing.M) {
	code, err := shared.during(m.Run)
	if err != nil {
		log.Print(err)
		code = 1
	}
	os.Exit(code)
}

// during runs the tests with a guard beside them, which takes the rehearsal down when this process has ended, however it does.
func (r *rehearsal) during(run func() int) (code int, err error) {
	r.program = os.Getenv("MOTE_REHEARSAL_PROGRAM")
	if r.program == "" {
		return 1, fmt.Errorf("MOTE_REHEARSAL_PROGRAM must name the compiled program: run scripts/rehearse.sh test")
	}
	r.name = "test-" + strconv.Itoa(os.Getpid())
	port, err := emulator.FreePort()
	if err != nil {
		return 1, err
	}
	r.port = strconv.Itoa(port)
	if r.scratch, err = os.MkdirTemp("", "mote-rehearsal-"); err != nil {
		return 1, err
	}
	r.before = look("")
	guard := r.command(context.Background(), "guard", r.name, r.scratch)
	guard.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	guard.Stderr = os.Stderr
	owner, err := guard.StdinPipe()
	if err != nil {
		return 1, err
	}
	if err := guard.Start(); err != nil {
		return 1, err
	}
	r.serveRegistry()
	code = run()
	r.registry.Close()
	_ = owner.Close()
	return code, guard.Wait()
}

// serveRegistry puts a counter between whoever pushes and the emulator's registry.
func (r *rehearsal) serveRegistry() {
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "localhost:" + r.port})
	r.registry = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method != http.MethodGet && q.Method != http.MethodHead {
			r.pushes.Add(1)
		}
		forward.ServeHTTP(w, q)
	}))
}

// endpoint is the counter's address, under the name that Docker speaks plain HTTP to.
func (r *rehearsal) endpoint() string {
	return "localhost:" + strconv.Itoa(r.registry.Listener.Addr().(*net.TCPAddr).Port)
}

// command is the program, as a user would call it.
func (r *rehearsal) command(ctx context.Context, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, r.program, arguments...)
	cmd.Env = append(os.Environ(), "HOME="+r.scratch, "TMPDIR="+r.scratch, "MOTE_REHEARSAL_PORT="+r.port)
	cmd.Stderr = &r.silence
	// The guard waits for a command that is at work on the rehearsal.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	return cmd
}

// run calls the program for this rehearsal and gives what it prints on standard output.
func (r *rehearsal) run(t *testing.T, command string, flags ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := r.command(t.Context(), append([]string{command, "-name", r.name}, flags...)...)
	cmd.Stdout = &out
	r.silence.since = time.Now()
	err := cmd.Run()
	return out.String(), err
}

// up deploys, and keeps the flags for what follows.
func (r *rehearsal) up(t *testing.T, flags ...string) {
	t.Helper()
	r.flags = append([]string{"-set", "registryEndpoint=" + r.endpoint()}, flags...)
	var err error
	r.answers, err = r.run(t, "up", r.flags...)
	require.NoError(t, err)
}

// deployed makes sure that there is a first deployment, and gives the rehearsal.
func deployed(t *testing.T) *rehearsal {
	t.Helper()
	shared.ready.Do(func() { shared.up(t, "-image", image(t, "first"), "-set", "message=first") })
	require.Contains(t, shared.answers, "mote is up", "the first deployment failed")
	return shared
}

// image assembles an image of the built binary whose labels, and so whose digest, differ by the version.
func image(t *testing.T, version string) string {
	t.Helper()
	root := os.Getenv("MOTE_ROOT")
	folder := filepath.Join(shared.scratch, "image-"+version)
	cmd := exec.Command(filepath.Join(root, "image", "assemble.sh"), filepath.Join(root, "target", "dist", "mote-x86_64"), folder)
	cmd.Env = append(os.Environ(), "IMAGE_VERSION="+version)
	out, err := cmd.CombinedOutput()
	require.NoErrorf(t, err, "%s", out)
	return folder
}

// status is what the program tells about the rehearsal.
func (r *rehearsal) status(t *testing.T) statusOf {
	t.Helper()
	out, err := r.run(t, "status")
	require.NoError(t, err)
	var s statusOf
	require.NoError(t, json.Unmarshal([]byte(out), &s))
	return s
}

// resource is one of those that Pulumi has made.
type resource struct {
	Type, ID string
	Custom   bool
	Outputs  map[string]any
}

// resources reads Pulumi's state, where its documentation says that it is.
func (r *rehearsal) resources(t *testing.T) []resource {
	t.Helper()
	file := filepath.Join(r.status(t).Folder, "pulumi", "backend", ".pulumi", "stacks", "mote", "rehearsal.json")
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var state struct {
		Checkpoint struct {
			Latest struct{ Resources []resource }
		}
	}
	require.NoError(t, json.Unmarshal(data, &state))
	return state.Checkpoint.Latest.Resources
}

// one gives the properties of the only resource of a type.
func (r *rehearsal) one(t *testing.T, kind string) map[string]any {
	t.Helper()
	var found []map[string]any
	for _, resource := range r.resources(t) {
		if resource.Type == kind {
			found = append(found, resource.Outputs)
		}
	}
	require.Len(t, found, 1, "resources of type %s", kind)
	return found[0]
}

// output is one of the stack's outputs.
func (r *rehearsal) output(t *testing.T, name string) string {
	t.Helper()
	return fmt.Sprint(r.one(t, "pulumi:pulumi:Stack")[name])
}

// url is the load balancer's.
func (r *rehearsal) url(t *testing.T) string {
	t.Helper()
	return "http://localhost:" + r.port + "/_alb/" + r.output(t, "loadBalancer") + "/"
}

// get asks an address once.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Get(url)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(body)
}
