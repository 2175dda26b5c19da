package deployment

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/localaws/deploy"
	"github.com/mote-dev/mote/infra/cmd/localaws/docker"
)

// deployment is one stack of a rehearsal.
type deployment struct {
	in      *rehearsal
	stack   string
	flags   []string   // of the deployment as it is now
	answers string     // what the last deployment printed
	log     transcript // what the last command said
	upLog   string     // what the deployment in the background said
	done    chan error
	notes   bool // it runs notes
}

// transcript shows what a program says, keeps it, and the longest time without a word.
type transcript struct {
	mutex   sync.Mutex
	name    string
	text    strings.Builder
	since   time.Time
	longest time.Duration
}

func (v *transcript) Write(text []byte) (int, error) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	v.longest = max(v.longest, time.Since(v.since))
	v.since = time.Now()
	v.text.Write(text)
	shown := string(text)
	if v.name != deploy.DefaultStack {
		shown = v.name + " " + strings.ReplaceAll(strings.TrimSuffix(shown, "\n"), "\n", "\n"+v.name+" ") + "\n"
	}
	_, err := os.Stderr.WriteString(shown)
	return len(text), err
}

func (v *transcript) String() string {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	return v.text.String()
}

// reset forgets what was said before.
func (v *transcript) reset(name string) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	v.name, v.since, v.longest = name, time.Now(), 0
	v.text.Reset()
}

// run calls the program for this stack and gives what it prints on standard output.
func (d *deployment) run(t *testing.T, command string, flags ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := d.in.command(t.Context(), append([]string{command, "-name", d.in.name, "-stack", d.stack}, flags...)...)
	d.log.reset(d.stack)
	cmd.Stdout, cmd.Stderr = &out, &d.log
	err := cmd.Run()
	return out.String(), err
}

// up deploys, and keeps the flags for what follows.
func (d *deployment) up(t *testing.T, flags ...string) {
	t.Helper()
	d.flags = flags
	var err error
	d.answers, err = d.run(t, "up", flags...)
	require.NoError(t, err)
}

// startUp deploys in the background: provider and load balancer are waited for most of the time, and that can be done for several at once.
func (d *deployment) startUp(t *testing.T, flags ...string) {
	t.Helper()
	d.flags, d.done = flags, make(chan error, 1)
	cmd := d.in.command(background, append([]string{"up", "-name", d.in.name, "-stack", d.stack}, flags...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	d.log.reset(d.stack)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &d.log
	go func() {
		err := cmd.Run()
		d.answers, d.upLog = out.String(), d.log.String()
		d.done <- err
	}()
}

// waitUp waits for what was started in the background.
func (d *deployment) waitUp(t *testing.T) {
	t.Helper()
	require.NotNil(t, d.done, "stack %s was never started", d.stack)
	err := <-d.done
	d.done <- err // for the next who waits
	require.NoError(t, err, "the deployment of stack %s failed", d.stack)
}

// resource is one of those that Pulumi has made.
type resource struct {
	Type, ID string
	Custom   bool
	Outputs  map[string]any
}

// checkpoint is Pulumi's state of the stack, where its documentation says that it is.
func (d *deployment) checkpoint(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(state(d.in.status(t), d.stack))
	require.NoError(t, err)
	return data
}

// state is the file of a stack's checkpoint.
func state(s status, stack string) string {
	return filepath.Join(s.Folder, "pulumi", "backend", ".pulumi", "stacks", "mote", stack+".json")
}

// resources reads them from Pulumi's state.
func (d *deployment) resources(t *testing.T) []resource {
	t.Helper()
	var state struct {
		Checkpoint struct {
			Latest struct{ Resources []resource }
		}
	}
	require.NoError(t, json.Unmarshal(d.checkpoint(t), &state))
	return state.Checkpoint.Latest.Resources
}

// one gives the properties of the only resource of a type.
func (d *deployment) one(t *testing.T, kind string) map[string]any {
	t.Helper()
	var found []map[string]any
	for _, resource := range d.resources(t) {
		if resource.Type == kind {
			found = append(found, resource.Outputs)
		}
	}
	require.Len(t, found, 1, "resources of type %s", kind)
	return found[0]
}

// output is one of the stack's outputs.
func (d *deployment) output(t *testing.T, name string) string {
	t.Helper()
	return fmt.Sprint(d.one(t, "pulumi:pulumi:Stack")[name])
}

// url is the load balancer's.
func (d *deployment) url(t *testing.T) string {
	t.Helper()
	return "http://localhost:" + d.in.port + "/_alb/" + d.output(t, "loadBalancer") + "/"
}

// containers are the ids of the stack's running tasks' containers, each of which has the cluster's ARN for a label.
func (d *deployment) containers(t *testing.T) []string {
	t.Helper()
	docker := d.docker(t)
	all, err := docker.Lines(t.Context(), "ps", "--no-trunc", "--format",
		`{{.ID}} {{.Label "com.amazonaws.ecs.cluster"}}`, "--filter", "label=ministack.instance")
	require.NoError(t, err)
	var ids []string
	for _, line := range all {
		if id, arn, _ := strings.Cut(line, " "); strings.HasSuffix(arn, "cluster/"+d.output(t, "cluster")) {
			ids = append(ids, id)
		}
	}
	return ids
}

// docker is the engine that the tasks run on.
func (d *deployment) docker(t *testing.T) docker.Engine {
	t.Helper()
	return docker.Engine{Host: d.in.status(t).DockerHost}
}

// send sends one request for the host, which is that of the address if it is empty, and follows no redirection.
func send(t *testing.T, url, host string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	request.Host = host
	client := http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(request)
	require.NoError(t, err)
	return answer
}
