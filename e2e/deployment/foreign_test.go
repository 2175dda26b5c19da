package deployment

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// flaskSettings and healthzSettings are what the stack has to be told of images that are not this project's.
var (
	flaskSettings = []string{
		"-set", "serviceSettings=false", "-set", `healthCheckCommand=["NONE"]`,
		"-set", "healthCheckPath=/health", "-set", "containerPort=5000", "-set", "scratchSpace=true",
		// Python starts slowly where several stacks are deployed at once. What is healthy before that is not waited for.
		"-set", "healthCheckGracePeriodSeconds=120",
	}
	healthzSettings = []string{
		"-set", "serviceSettings=false", "-set", `healthCheckCommand=["NONE"]`, "-set", "healthCheckPath=/healthz", "-set", "containerPort=80",
	}
)

// foreignStacks are the two with such images.
type foreignStacks struct{ flask, healthz *deployment }

var sharedForeign foreignStacks

// startForeign starts to deploy them, once.
func startForeign(t *testing.T) foreignStacks {
	t.Helper()
	all := &sharedForeign
	if all.flask == nil {
		all.flask, all.healthz = shared.stacked("flask"), shared.stacked("healthz")
		all.flask.startUp(t, foreign(t, "flask", "first", flaskSettings)...)
		all.healthz.startUp(t, foreign(t, "healthz", "first", healthzSettings)...)
	}
	return *all
}

// foreign gives the flags for an image as another project has it.
func foreign(t *testing.T, name, version string, settings []string) []string {
	t.Helper()
	folder := filepath.Join(shared.scratch, "image-"+name+"-"+version)
	out, err := exec.CommandContext(t.Context(), "go", "-C", "..", "run", "./foreign", name, version, folder).CombinedOutput()
	require.NoErrorf(t, err, "%s", out)
	return append([]string{"-image", folder}, settings...)
}

func TestForeign_FlaskServesIsReplacedRollsBackAndGoes(t *testing.T) {
	d := startForeign(t).flask
	d.waitUp(t)
	requireAnswer(t, d.url(t), "flask, the first version\n")
	requireAnswer(t, d.url(t)+"health", `{"status":"ok"}`+"\n")
	require.NotContains(t, d.answers, "GET / ", "nothing is asked of it but what is configured")

	second, unhealthy := foreign(t, "flask", "second", flaskSettings), foreign(t, "flask", "unhealthy", flaskSettings)
	load := startLoad(d.url(t), 50)
	began := time.Now()
	d.up(t, second...)
	replaced := time.Since(began)
	digest, tasks := d.output(t, "imageDigest"), d.containers(t)
	began = time.Now()
	_, err := d.run(t, "up", append(unhealthy, "-set", "healthCheckGracePeriodSeconds=0")...)
	lost := time.Since(began)
	said, done := d.log.String(), load.end()

	t.Logf("a new version took %.1f s, and the loss of another was known after %.1f s; %d requests meanwhile, slowest %d ms",
		replaced.Seconds(), lost.Seconds(), done.asked, done.slowest.Milliseconds())
	require.Error(t, err)
	require.Empty(t, done.failures)
	require.NotZero(t, done.answers["first"])
	require.NotZero(t, done.answers["second"])
	require.Equal(t, done.asked, done.answers["first"]+done.answers["second"], "the version that is not healthy is sent nothing")
	requireUpdateFailed(t, said)
	require.Regexp(t, `is unhealthy in .*GET http://[0-9.]+:5000/health: 503 SERVICE UNAVAILABLE: \{"status":"no database"\}`, said)
	require.Contains(t, said, "Listening at: http://0.0.0.0:5000", "what the service said itself")
	require.ElementsMatch(t, tasks, d.containers(t), "the second version goes on by the very same tasks")
	require.Equal(t, digest, d.output(t, "imageDigest"), "outputs are of the last deployment that was complete")
	requireAnswer(t, d.url(t), "flask, the second version\n")
	destroyed(t, d)
}

func TestForeign_StaticServerOnPort80ServesAndGoes(t *testing.T) {
	d := startForeign(t).healthz
	d.waitUp(t)
	require.Contains(t, d.answers, "GET /healthz 200  ok")
	requireAnswer(t, d.url(t), "healthz, the first version\n")
	destroyed(t, d)
}

// requireAnswer asks an address once.
func requireAnswer(t *testing.T, url, want string) {
	t.Helper()
	status, body := get(t, url)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, want, body)
}

// destroyed destroys a stack, of which nothing is left then.
func destroyed(t *testing.T, d *deployment) {
	t.Helper()
	made, before := d.resources(t), inventory(t, d.in.status(t))
	_, err := d.run(t, "destroy", d.flags...)
	require.NoError(t, err)
	requireGone(t, made, before, inventory(t, d.in.status(t)))
}
