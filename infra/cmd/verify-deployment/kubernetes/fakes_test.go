package kubernetes_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/kubernetes"
)

type object = map[string]any

const (
	repository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/mote-prod@"
	oldDigest  = "sha256:0000000000000000000000000000000000000000000000000000000000000001"
	newDigest  = "sha256:0000000000000000000000000000000000000000000000000000000000000002"
	manager    = "pulumi-kubernetes-1a2b3c4d"

	deployments = "/apis/apps/v1/namespaces/mote-prod/deployments/mote"
)

var deployed = kubernetes.Deployment{
	Cluster: "mote-prod", Namespace: "mote-prod", Name: "mote", Image: repository + newDigest, ImageDigest: newDigest, Manager: manager,
	Inputs: object{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": object{"name": "mote", "namespace": "mote-prod"},
		"spec": object{"replicas": 2, "minReadySeconds": 25, "template": podTemplate(newDigest, "")},
	},
}

// cluster is an API server with one Deployment. Each state is seen once, and the last one from then on.
type cluster struct {
	states []state
	// events and log are what is told of it. refuse answers a path, by how it ends, with a status and a message.
	events []object
	log    string
	refuse map[string]refusal
	// refusePatch refuses to have anything changed.
	refusePatch bool
	// patient is for what ends by itself, however slow the machine is.
	patient bool
	// broken is how many requests are answered with 503 first.
	broken int
	// applied is what was applied, by whom; then is the state from then on.
	applied object
	owner   string
	then    state

	mutex  sync.Mutex
	looked int
	asked  []string
	token  string
}

type refusal struct {
	status  int
	message string
}

// state is a Deployment with its revisions and their pods.
type state struct {
	deployment object
	sets, pods []object
}

func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.asked, c.token = append(c.asked, r.URL.String()), r.Header.Get("Authorization")
	if c.broken > 0 {
		c.broken--
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
		return
	}
	for end, refused := range c.refuse {
		if strings.HasSuffix(r.URL.Path, end) {
			w.WriteHeader(refused.status)
			answer(w, object{"kind": "Status", "message": refused.message, "code": refused.status})
			return
		}
	}
	if r.Method == http.MethodPatch {
		c.apply(w, r)
		return
	}
	c.answer(w, r)
}

// answer gives what is asked for, of the state that the Deployment was seen in last.
func (c *cluster) answer(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == deployments {
		c.looked++
	}
	now := c.states[min(max(c.looked, 1), len(c.states))-1]
	switch {
	case r.URL.Path == deployments:
		answer(w, now.deployment)
	case strings.HasSuffix(r.URL.Path, "/replicasets"):
		answer(w, object{"items": now.sets})
	case strings.HasSuffix(r.URL.Path, "/pods"):
		answer(w, object{"items": now.pods})
	case strings.HasSuffix(r.URL.Path, "/events"):
		answer(w, object{"items": c.events})
	case strings.HasSuffix(r.URL.Path, "/log"):
		_, _ = io.WriteString(w, c.log)
	default:
		http.NotFound(w, r)
	}
}

// answer writes a value as JSON.
func answer(w io.Writer, value any) {
	if err := json.NewEncoder(w).Encode(value); err != nil {
		panic(err)
	}
}

func (c *cluster) apply(w http.ResponseWriter, r *http.Request) {
	if c.refusePatch {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if r.Header.Get("Content-Type") != "application/apply-patch+yaml" || r.URL.Path != deployments {
		http.Error(w, "no apply", http.StatusBadRequest)
		return
	}
	c.owner = r.URL.Query().Get("fieldManager")
	_ = json.NewDecoder(r.Body).Decode(&c.applied)
	c.states, c.looked = []state{c.then}, 0
	answer(w, c.then.deployment)
}

// verifier asks the cluster.
func (c *cluster) verifier(t *testing.T, out io.Writer) kubernetes.Verifier {
	t.Helper()
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	wait := 60 * time.Millisecond
	if c.patient {
		wait = time.Minute
	}
	return kubernetes.Verifier{
		API: &kubernetes.Client{URL: server.URL, HTTP: server.Client(), Token: func(context.Context) (string, error) { return "secret", nil }},
		Out: out, Poll: time.Millisecond, Wait: wait,
	}
}

// verify decides over these states of the Deployment.
func verify(t *testing.T, c *cluster, states ...state) (string, error) {
	t.Helper()
	c.states = states
	var out bytes.Buffer
	err := c.verifier(t, &out).Verify(context.Background(), deployed)
	return out.String(), err
}

// undo puts the version before back.
func undo(t *testing.T, c *cluster, states ...state) (string, error) {
	t.Helper()
	c.states = states
	var out bytes.Buffer
	err := c.verifier(t, &out).Undo(context.Background(), deployed)
	return out.String(), err
}

func podTemplate(digest, hash string) object {
	labels := object{"app.kubernetes.io/name": "mote"}
	if hash != "" {
		labels["pod-template-hash"] = hash
	}
	return object{"metadata": object{"labels": labels}, "spec": object{"containers": []any{object{"name": "mote", "image": repository + digest}}}}
}

// revision is one of the Deployment's: of its pods, so many are ready.
type revision struct {
	number      int
	digest      string
	pods, ready int
}

// rollout is a Deployment of two pods that asks for the first of these revisions.
func rollout(progressing string, revisions ...revision) state {
	now := state{}
	status := object{"observedGeneration": 3}
	replicas := 0
	for at, one := range revisions {
		hash := fmt.Sprintf("hash%d", one.number)
		now.sets = append(now.sets, object{
			"metadata": object{
				"name": "mote-" + hash, "uid": hash, "ownerReferences": owner("deployment"),
				"annotations": object{"deployment.kubernetes.io/revision": strconv.Itoa(one.number)},
			},
			"spec": object{"replicas": one.pods, "template": podTemplate(one.digest, hash)},
		})
		for i := range one.pods {
			now.pods = append(now.pods, onePod(hash, i, one.digest, i < one.ready))
		}
		replicas += one.pods
		if at == 0 {
			status["updatedReplicas"], status["availableReplicas"] = one.pods, one.ready
		}
	}
	status["replicas"] = replicas
	status["conditions"] = []any{object{"type": "Progressing", "status": progressing, "reason": "Why", "message": "ReplicaSet has timed out progressing."}}
	now.deployment = object{
		"metadata": object{
			"name": "mote", "uid": "deployment", "generation": 3,
			"annotations": object{"deployment.kubernetes.io/revision": strconv.Itoa(revisions[0].number)},
		},
		"spec":   object{"replicas": 2, "template": podTemplate(revisions[0].digest, "")},
		"status": status,
	}
	return now
}

func owner(uid string) []any { return []any{object{"uid": uid}} }

func onePod(hash string, number int, digest string, ready bool) object {
	return object{
		"metadata": object{"name": fmt.Sprintf("mote-%s-%d", hash, number), "ownerReferences": owner(hash)},
		"spec":     podTemplate(digest, hash)["spec"],
		"status": object{
			"phase":             "Running",
			"conditions":        []any{object{"type": "Ready", "status": map[bool]string{true: "True", false: "False"}[ready]}},
			"containerStatuses": []any{object{"name": "mote", "ready": ready}},
		},
	}
}

// set changes what an object has below objects of these names.
func set(t *testing.T, in object, value any, path ...string) {
	t.Helper()
	for _, name := range path[:len(path)-1] {
		inner, is := in[name].(object)
		require.True(t, is, name)
		in = inner
	}
	in[path[len(path)-1]] = value
}
