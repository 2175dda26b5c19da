package deployment

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLocalAWS_PortThatIsTakenEndsAtOnce(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	r := shared.beside(t, "taken")
	r.port = port
	_, err = r.run(t, "up", "-image", image(t, "first"))
	require.Error(t, err)
	// Nothing was begun before it was told.
	require.Equal(t, "error: MOTE_REHEARSAL_PORT: port "+port+" is taken by another program; state a free one, or none to have one chosen\n",
		r.log.String())
	folder := r.status(t).Folder
	require.NoDirExists(t, folder)
	require.NoFileExists(t, strings.TrimSuffix(folder, string(os.PathSeparator))+".lock")
}

func TestLocalAWS_KilledUpDoesNotHinderTheNext(t *testing.T) {
	r := shared
	cmd := r.command(t.Context(), append([]string{"up", "-name", r.name}, "-image", image(t, "first"))...)
	cmd.Stderr = nil
	said, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	for lines := bufio.NewScanner(said); lines.Scan() && !strings.Contains(lines.Text(), "making the load balancer"); {
	}
	require.NoError(t, cmd.Process.Signal(syscall.SIGKILL))
	require.Error(t, cmd.Wait())
	killed := r.statusNow(t)
	require.True(t, killed.Folder != "" && !killed.Running, "what was left incomplete must not count as running")

	deployed(t)
	require.True(t, r.statusNow(t).Running)
	// There is a word every ten seconds, and the machine may be busy.
	require.Less(t, r.log.longest, 20*time.Second, "an operator watches, and wants to know that it goes on")
}

func TestDeploy_FirstAnswersThroughTheLoadBalancer(t *testing.T) {
	r := deployed(t)
	require.Contains(t, r.answers, r.url(t), "the answer must name the URL")
	status, body := get(t, r.url(t))
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, "first")
	status, body = get(t, r.url(t)+"health")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"status":"ok"}`, body)
	require.Contains(t, r.answers, `{"status":"ok"}`)
}

func TestDeploy_PreviewAfterItIsWithoutChange(t *testing.T) {
	r := deployed(t)
	out, err := r.run(t, "preview", r.flags...)
	require.NoError(t, err)
	require.Contains(t, out, fmt.Sprintf("all %d resources", len(r.resources(t))-uncounted(r.resources(t))))

	_, err = r.run(t, "preview", append(slices.Clone(r.flags), "-set", "message=another")...)
	require.Error(t, err, "a preview of a change must tell it")
}

func TestDeploy_SameImageIsNotPushedAgain(t *testing.T) {
	r := deployed(t)
	require.NotZero(t, r.pushes(t), "the first deployment must have pushed, by way of the proxy that records it")
	before, task := r.pushes(t), r.output(t, "taskDefinition")
	began := time.Now()
	r.up(t, r.flags...)
	t.Logf("a deployment without change took %.1f s", time.Since(began).Seconds())
	require.Equal(t, before, r.pushes(t))
	require.Equal(t, task, r.output(t, "taskDefinition"), "nor does it make a new task definition")
}

// uncounted counts those resources that a preview does not count: providers, and other stacks' outputs, which are read.
func uncounted(all []resource) int {
	count := 0
	for _, one := range all {
		if strings.HasPrefix(one.Type, "pulumi:providers:") || one.Type == "pulumi:pulumi:StackReference" {
			count++
		}
	}
	return count
}
