//go:build eks

// The scenarios on a real Kubernetes: scripts/dev/test-eks.sh runs them, and `make test` does not.

package deployment

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/localaws/cluster"
	"github.com/mote-dev/mote/infra/cmd/localaws/process"
	"github.com/mote-dev/mote/infra/cmd/localaws/session"
)

// onEKS are the settings of the stack on Kubernetes. Health checks and draining are as short as they may be: what is waited for is tested, not how long.
var onEKS = []string{"-set", "platform=eks", "-set", "healthCheckIntervalSeconds=5", "-set", "deregistrationDelaySeconds=5"}

// version is what deploys one.
func version(t *testing.T, name string, settings ...string) []string {
	t.Helper()
	return slices.Concat([]string{"-image", image(t, name), "-set", "message=" + name}, onEKS, settings)
}

// onCluster makes sure that the stack runs on Kubernetes.
func onCluster(t *testing.T) *rehearsal {
	t.Helper()
	shared.ready.Do(func() { shared.up(t, version(t, "first")...) })
	require.Contains(t, shared.answers, "mote is up", "the first deployment failed")
	return shared
}

// kubectl runs it as an administrator of the rehearsal.
func (r *rehearsal) kubectl(t *testing.T, arguments ...string) string {
	t.Helper()
	out, err := r.tryKubectl(t, arguments...)
	require.NoErrorf(t, err, "kubectl %s: %s", strings.Join(arguments, " "), out)
	return out
}

func (r *rehearsal) tryKubectl(t *testing.T, arguments ...string) (string, error) {
	t.Helper()
	var said bytes.Buffer
	cmd := r.state(t).Cluster.Kubectl(t.Context(), filepath.Join(r.status(t).Folder, "cluster"), append([]string{"--namespace", "mote-" + r.stack}, arguments...)...)
	cmd.Stderr = &said
	out, err := cmd.Output()
	return string(out) + said.String(), err
}

// state is what the rehearsal wrote down.
func (r *rehearsal) state(t *testing.T) session.State {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.status(t).Folder, "state.json"))
	require.NoError(t, err)
	var written session.State
	require.NoError(t, json.Unmarshal(text, &written))
	return written
}

// pods are the names of those that are ready, in order.
func (r *rehearsal) pods(t *testing.T) []string {
	t.Helper()
	var all struct {
		Items []struct {
			Metadata struct {
				Name              string
				DeletionTimestamp string
			}
			Status struct {
				Conditions []struct{ Type, Status string }
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(r.kubectl(t, "get", "pods", "-o", "json")), &all))
	var names []string
	for _, pod := range all.Items {
		for _, condition := range pod.Status.Conditions {
			if condition.Type == "Ready" && condition.Status == "True" && pod.Metadata.DeletionTimestamp == "" {
				names = append(names, pod.Metadata.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// Every object that stacks on EKS make, and faults that a schema may not know of.
func TestEKS_APIServerTakesEveryObject(t *testing.T) {
	r := onCluster(t)
	r.kubectl(t, "create", "namespace", "trial")
	folder := t.TempDir()
	infra := filepath.Join(os.Getenv("MOTE_ROOT"), "infra")
	write := exec.CommandContext(t.Context(), "go", "run", "./cmd/kubernetes-objects", folder)
	write.Dir = infra
	out, err := write.CombinedOutput()
	require.NoErrorf(t, err, "%s", out)
	files, err := filepath.Glob(filepath.Join(folder, "*", "*.json"))
	require.NoError(t, err)
	require.Len(t, files, 47)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		// The namespace has to be there, also for a trial, and nothing in it that an object could be merged with.
		object := regexp.MustCompile(`"namespace": "mote-(dev|prod)"`).ReplaceAllString(string(text), `"namespace": "trial"`)
		require.NoError(t, os.WriteFile(file, []byte(object), 0o600))
		r.trial(t, file)
	}
	for kind, fault := range map[string][2]string{
		"Deployment":              {`"readinessProbe"`, `"readinesProbe"`},
		"HorizontalPodAutoscaler": {`"maxReplicas"`, `"mostReplicas"`},
		"Service":                 {`"port": 80`, `"port": 80000`},
		"NetworkPolicy":           {`"ipBlock"`, `"ipRange"`},
		"NodePool":                {`"WhenEmptyOrUnderutilized"`, `"Never"`},
		"TargetGroupBinding":      {`"serviceRef"`, `"service"`},
	} {
		file := filepath.Join(folder, "prod", kind+".json")
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Contains(t, string(text), fault[0], kind)
		require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(text), fault[0], fault[1], 1)), 0o600))
		out, err := r.tryTrial(t, file)
		require.Errorf(t, err, "%s: %s", kind, out)
	}
}

// trial has the API server say whether it would take an object.
func (r *rehearsal) trial(t *testing.T, file string) {
	t.Helper()
	out, err := r.tryTrial(t, file)
	require.NoErrorf(t, err, "%s: %s", file, out)
}

func (r *rehearsal) tryTrial(t *testing.T, file string) (string, error) {
	t.Helper()
	return r.tryKubectl(t, "apply", "--namespace=", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "--filename", file)
}

func TestEKS_FirstAnswersThroughTheLoadBalancerAndTheService(t *testing.T) {
	r := onCluster(t)
	status, body := get(t, r.url(t))
	require.Equal(t, 200, status)
	require.Contains(t, body, "first")
	status, body = get(t, "http://"+strings.TrimSpace(r.kubectl(t, "get", "service", "mote", "-o", "jsonpath={.spec.clusterIP}"))+"/")
	require.Equal(t, 200, status)
	require.Contains(t, body, "first")
	require.Len(t, r.pods(t), 2)
	zones := r.kubectl(t, "get", "pods", "-o", "jsonpath={.items[*].spec.nodeName}")
	require.ElementsMatch(t, []string{"node-1", "node-2"}, strings.Fields(zones), "one pod in each zone")
}

func TestEKS_PreviewIsWithoutChange(t *testing.T) {
	r := onCluster(t)
	out, err := r.run(t, "preview", r.flags...)
	require.NoError(t, err)
	require.Contains(t, out, "no change")
	_, err = r.run(t, "preview", append(slices.Clone(r.flags), "-set", "message=another")...)
	require.Error(t, err, "a preview of a change must tell it")
}

// What people look at. `make logs` is of the same pods: its own test is beside the scripts'.
func TestEKS_StatusAndThePageTellThePods(t *testing.T) {
	r := onCluster(t)
	out, err := r.command(t.Context(), "status", "-name", r.name).Output()
	require.NoError(t, err)
	var told struct{ Workloads []cluster.Workload }
	require.NoError(t, json.Unmarshal(out, &told))
	require.Len(t, told.Workloads, 1)
	workload := told.Workloads[0]
	require.Equal(t, []any{"mote-" + r.stack, "mote", 2, 2}, []any{workload.Namespace, workload.Name, workload.Desired, workload.Ready})
	_, digest, _ := strings.Cut(r.kubectl(t, "get", "deployment", "mote", "-o", "jsonpath={.spec.template.spec.containers[0].image}"), "@")
	page := regexp.MustCompile(`picture  (http://localhost:\d+/_status/)\n`).FindStringSubmatch(r.answers)
	require.NotNil(t, page, "the answer must name the page: %s", r.answers)
	text := shown(t, page[1])
	var nodes []string
	for _, pod := range workload.Pods {
		require.True(t, pod.Ready, pod.Name)
		require.Equal(t, digest, pod.Digest)
		require.Contains(t, text, "<td>"+pod.Name+"</td><td>"+pod.Node+"</td><td class=\"good\">Running</td><td class=\"good\">ready</td>")
		nodes = append(nodes, pod.Node)
	}
	require.ElementsMatch(t, []string{"node-1", "node-2"}, nodes)
	require.Contains(t, text, digest[:19])
	require.Contains(t, text, "listening on", "a line of a pod's log")
	require.Contains(t, text, `<td class="good">healthy</td>`, "the health of the targets")
}

func TestEKS_NobodyGetsInWithoutAnEntry(t *testing.T) {
	r := onCluster(t)
	at := r.state(t)
	for token, refused := range map[string]bool{"nonsense": true, "k8s-aws-v1.aHR0cHM6Ly9leGFtcGxlLm9yZw": true} {
		out, err := exec.CommandContext(t.Context(), "curl", "--silent", "--cacert", filepath.Join(r.status(t).Folder, "cluster", "ca.crt"),
			"--header", "Authorization: Bearer "+token, at.Cluster.Endpoint()+"/api/v1/nodes").Output()
		require.NoError(t, err)
		require.Equal(t, refused, strings.Contains(string(out), `"code": 401`), "%s", out)
	}
}

func TestEKS_NewVersionUnderLoadFailsNoRequest(t *testing.T) {
	r := onCluster(t)
	load := startLoad(r.url(t), 50)
	time.Sleep(time.Second)
	began := time.Now()
	r.up(t, version(t, "second")...)
	took := time.Since(began)
	// The old pods drain.
	time.Sleep(10 * time.Second)
	done := load.end()
	t.Logf("%d requests in %.0f s at a rollout of %.1f s, the slowest %s", done.asked, done.took.Seconds(), took.Seconds(), done.slowest)
	require.Empty(t, done.failures)
	require.NotZero(t, done.answers["first"])
	require.NotZero(t, done.answers["second"])
	require.Len(t, r.pods(t), 2)
}

func TestEKS_VersionThatCannotStartIsPutBackAndTheOldPodsServe(t *testing.T) {
	r := onCluster(t)
	before, answers := r.pods(t), r.flags
	load := startLoad(r.url(t), 50)
	_, err := r.run(t, "up", slices.Concat([]string{"-image", built(t, "broken"), "-set", "message=broken", "-set", "deployTimeoutMinutes=5"}, onEKS)...)
	done := load.end()
	said := r.log.String()
	require.Error(t, err)
	require.Empty(t, done.failures)
	require.NotZero(t, done.asked)
	require.Equal(t, before, r.pods(t), "the very same pods serve")
	require.Contains(t, said, "broken: the schema of the database is newer than this", "what the program said")
	require.Regexp(t, `put back: \S+ serves sha256:[0-9a-f]{64} again, 2 of 2 pods ready`, said)
	// The next good version finds no trace of it.
	r.up(t, answers...)
	require.Len(t, r.pods(t), 2)
}

func TestEKS_KilledPodIsReplaced(t *testing.T) {
	r := onCluster(t)
	before := r.pods(t)
	r.kubectl(t, "delete", "pod", before[0], "--grace-period=0", "--force")
	eventually(t, time.Minute, "there are two pods again", func() bool {
		now := r.pods(t)
		return len(now) == 2 && !slices.Contains(now, before[0])
	})
	status, _ := get(t, r.url(t))
	require.Equal(t, 200, status, "a pod that is ready is a healthy target")
	gate := `jsonpath={.items[*].status.conditions[?(@.type=="target-health.eks.amazonaws.com/mote")].status}`
	require.Equal(t, "True True", strings.TrimSpace(r.kubectl(t, "get", "pods", "-o", gate)))
}

func TestEKS_DrainedNodeNeverTakesTheLastPod(t *testing.T) {
	r := onCluster(t)
	load := startLoad(r.url(t), 20)
	fewest := r.watchPods(t)
	// The other zone may take no more than one pod of a version, so the drained one's pod waits for a node: the budget lets one be missing, and no more.
	drain := func(node, seconds string) (string, error) {
		return r.tryKubectl(t, "drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout="+seconds+"s")
	}
	out, err := drain("node-1", "60")
	require.NoError(t, err, out)
	out, err = drain("node-2", "15")
	require.Error(t, err, out)
	require.Contains(t, out, "disruption budget")
	for _, node := range []string{"node-1", "node-2"} {
		r.kubectl(t, "uncordon", node)
	}
	eventually(t, 2*time.Minute, "there are two pods again", func() bool { return len(r.pods(t)) == 2 })
	done := load.end()
	require.Empty(t, done.failures)
	require.Equal(t, 1, fewest(), "one was missing, never both")
}

// watchPods gives the smallest number of ready pods from now until it is asked for.
func (r *rehearsal) watchPods(t *testing.T) func() int {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	fewest, ended := len(r.pods(t)), make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			fewest = min(fewest, len(r.pods(t)))
			time.Sleep(500 * time.Millisecond)
		}
	}()
	return func() int { end(); <-ended; return fewest }
}

func TestEKS_ChangedLimitsKeepTheCount(t *testing.T) {
	r := onCluster(t)
	count := func() string {
		return strings.TrimSpace(r.kubectl(t, "get", "deployment", "mote", "-o", "jsonpath={.spec.replicas}"))
	}
	flags := r.flags
	// As the autoscaler does it.
	r.kubectl(t, "scale", "deployment", "mote", "--replicas=4")
	r.up(t, append(slices.Clone(flags), "-set", "maxTasks=8")...)
	require.Equal(t, "4", count())
	require.Equal(t, "8", strings.TrimSpace(r.kubectl(t, "get", "hpa", "mote", "-o", "jsonpath={.spec.maxReplicas}")))
	r.kubectl(t, "scale", "deployment", "mote", "--replicas=2")
	r.up(t, flags...)
	require.Equal(t, "2", count())
}

func TestEKS_DestroyLeavesNothing(t *testing.T) {
	r := onCluster(t)
	made := r.resources(t)
	before := inventory(t, r.status(t))
	_, err := r.run(t, "destroy", r.flags...)
	require.NoError(t, err)
	requireGone(t, made, before, inventory(t, r.status(t)))
	for _, kind := range []string{"nodeclasses", "nodepools", "targetgroupbindings", "deployments", "horizontalpodautoscalers", "networkpolicies"} {
		require.NotContains(t, r.kubectl(t, "get", kind, "--all-namespaces", "-o", "name"), "mote", kind)
	}
	require.NotContains(t, r.kubectl(t, "get", "namespaces", "-o", "name"), "mote")
}

func TestEKS_Z_DownTakesAwayAllThatUpMade(t *testing.T) {
	r := onCluster(t)
	folder := r.status(t).Folder
	own := cluster.Name(session.Short(folder))
	require.Contains(t, snapshot(own).added(r.before)["interfaces"], own, "what is looked for must be visible while it is there")
	_, err := r.run(t, "down")
	require.NoError(t, err)
	require.Empty(t, process.Marked(folder), "processes")
	require.NoDirExists(t, folder)
	require.Eventually(t, func() bool { return len(snapshot(own).added(r.before)) == 0 }, 5*time.Second, 200*time.Millisecond)
}
