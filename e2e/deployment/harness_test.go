// The scenarios of a deployment, each against a local AWS that this package starts beside any other and always takes down.
// scripts/dev/rehearse.sh test compiles the program and runs them.
//
// Go runs the scenarios in the order of their files' names, which is that of a deployment's life: a_first_deployment_test.go comes first, and
// teardown_test.go, after which nothing is left, comes last. What a scenario needs, it makes, so that each can be run alone, and so that the
// script can run one half of them beside the other, each in a rehearsal of its own.

package deployment

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/localaws/deploy"
	"github.com/mote-dev/mote/infra/cmd/localaws/emulator"
	"github.com/mote-dev/mote/infra/cmd/localaws/notifications"
	"github.com/mote-dev/mote/infra/cmd/localaws/statuspage"
)

// rehearsal is one local AWS with the stack that has the usual name.
type rehearsal struct {
	*deployment

	program string
	name    string
	port    string  // of the emulator, stated beforehand
	scratch string  // home and temporary folder of the program: what it leaves there, it leaves on the machine
	engine  string  // the Docker engine to use, as DOCKER_HOST has it; empty leaves it to the program
	before  machine // what was on the machine before
	ready   sync.Once
	known   status
	others  []func() error // releases the reapers of rehearsals beside this one
}

// shared is the one that almost all scenarios share.
var shared = &rehearsal{}

// background is what commands run in that outlive the scenario that started them. It ends with the tests, which may be before a test
// waited for them.
var background, endBackground = context.WithCancel(context.Background())

func TestMain(m *testing.M) {
	code, err := shared.during(m.Run)
	if err != nil {
		log.Print(err)
		code = 1
	}
	os.Exit(code)
}

// during runs the tests with a reaper beside them, which takes the rehearsal down when this process has ended, however it does.
func (r *rehearsal) during(run func() int) (code int, err error) {
	r.program = os.Getenv("MOTE_REHEARSAL_PROGRAM")
	if r.program == "" {
		return 1, errors.New("MOTE_REHEARSAL_PROGRAM must name the compiled program: run scripts/dev/rehearse.sh test")
	}
	r.name = "test-" + strconv.Itoa(os.Getpid())
	r.deployment = &deployment{in: r, stack: deploy.DefaultStack}
	port, err := emulator.FreePort()
	if err != nil {
		return 1, err
	}
	r.port = strconv.Itoa(port)
	if r.scratch, err = os.MkdirTemp("", "mote-rehearsal-"); err != nil {
		return 1, err
	}
	r.before = snapshot("")
	release, err := r.withReaper(r.scratch)
	if err != nil {
		return 1, err
	}
	code = run()
	endBackground()
	for _, other := range r.others {
		err = errors.Join(err, other())
	}
	return code, errors.Join(err, release())
}

// withReaper starts the reaper, which takes the rehearsal down and removes the folders when it is released or this process is gone.
func (r *rehearsal) withReaper(folders ...string) (release func() error, err error) {
	reaper := r.command(context.Background(), append([]string{"reaper", r.name}, folders...)...)
	reaper.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	reaper.Stderr = os.Stderr
	owner, err := reaper.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := reaper.Start(); err != nil {
		return nil, err
	}
	return func() error { _ = owner.Close(); return reaper.Wait() }, nil
}

// pushes counts the recorded requests to the registry that change it.
func (r *rehearsal) pushes(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(r.status(t).Calls)
	require.NoError(t, err)
	return len(push.FindAll(text, -1))
}

// push matches the line of such a request. No client signs it, so it names no service.
var push = regexp.MustCompile(`(?m)^.*"service":"".*"method":"(?:POST|PUT|PATCH|DELETE)","path":"/v2/.*$`)

// command is the program, as a user would call it.
func (r *rehearsal) command(ctx context.Context, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, r.program, arguments...)
	cmd.Env = append(os.Environ(), "HOME="+r.scratch, "TMPDIR="+r.scratch, "MOTE_REHEARSAL_PORT="+r.port)
	cmd.Stderr = os.Stderr
	// The reaper waits for a command that is at work on the rehearsal.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if r.engine != "" {
		cmd.Env = append(cmd.Env, "DOCKER_HOST="+r.engine)
		cmd.SysProcAttr = ordinary(cmd.SysProcAttr)
	}
	return cmd
}

// nobodysID is the user that ordinary makes of root: one that each system has a name for, without which Pulumi opens no stack.
const nobodysID = 65534

// ordinary lets a command run as an ordinary user who may use Docker, also if root runs the tests: in a namespace of users in which
// root's files and sockets are that user's, and root's powers are no one's.
func ordinary(how *syscall.SysProcAttr) *syscall.SysProcAttr {
	if os.Geteuid() != 0 {
		return how
	}
	how.Cloneflags = syscall.CLONE_NEWUSER
	how.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobodysID, HostID: 0, Size: 1}}
	how.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobodysID, HostID: 0, Size: 1}}
	how.Credential = &syscall.Credential{Uid: nobodysID, Gid: nobodysID, NoSetGroups: true}
	return how
}

// status is what the program tells about the rehearsal.
type status struct {
	statuspage.Deployed

	Running                   bool
	Folder, DockerHost, Calls string
	Emulator, Shim            string // addresses
	Notifications             []notifications.Notification
}

// status is what it is as long as the rehearsal runs: where its parts are. Scenarios need it several times a second, and to ask takes a process.
func (r *rehearsal) status(t *testing.T) status {
	t.Helper()
	if !r.known.Running {
		r.known = r.statusNow(t)
	}
	return r.known
}

// statusNow asks for it.
func (r *rehearsal) statusNow(t *testing.T) status {
	t.Helper()
	var out bytes.Buffer
	cmd := r.command(t.Context(), "status", "-name", r.name)
	cmd.Stdout = &out
	require.NoError(t, cmd.Run())
	var s status
	require.NoError(t, json.Unmarshal(out.Bytes(), &s))
	return s
}

// begin starts the first deployment, once.
func (r *rehearsal) begin(t *testing.T) {
	t.Helper()
	r.ready.Do(func() { r.startUp(t, "-image", image(t, "first"), "-set", "message=first") })
}

// deployed makes sure that there is a first deployment, and gives the rehearsal.
func deployed(t *testing.T) *rehearsal {
	t.Helper()
	shared.begin(t)
	shared.waitUp(t)
	require.Contains(t, shared.answers, "mote is up", "the first deployment failed")
	return shared
}

// image assembles an image of the built binary whose labels, and so whose digest, differ by the version.
func image(t *testing.T, version string) string {
	t.Helper()
	return assembled(t, filepath.Join(os.Getenv("MOTE_ROOT"), "target", "dist", "mote-x86_64"), version)
}

// assembled makes an image of a program, once.
func assembled(t *testing.T, program, version string) string {
	t.Helper()
	folder := filepath.Join(shared.scratch, "image-"+version)
	if _, err := os.Stat(folder); err == nil {
		return folder
	}
	// An image depends on its content alone: what follows the last section of the program changes the digest and nothing else.
	content, err := os.ReadFile(program)
	require.NoError(t, err)
	binary := filepath.Join(shared.scratch, "program-"+version)
	require.NoError(t, os.WriteFile(binary, append(content, version...), 0o755))
	defer os.Remove(binary)
	out, err := exec.CommandContext(t.Context(), filepath.Join(os.Getenv("MOTE_ROOT"), "image", "assemble.sh"), folder, binary).CombinedOutput()
	require.NoErrorf(t, err, "%s", out)
	return folder
}

// get asks an address once.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	answer := send(t, url, "")
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(body)
}

// eventually waits for a condition. It asks on the test's own goroutine: the condition may itself end the test.
func eventually(t *testing.T, limit time.Duration, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !condition(); time.Sleep(200 * time.Millisecond) {
		require.True(t, time.Now().Before(deadline), "within %s %s", limit, what)
	}
}
