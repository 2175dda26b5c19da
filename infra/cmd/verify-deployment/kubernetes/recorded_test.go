package kubernetes_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/kubernetes"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/report"
)

// recorded are the answers in a file, by path.
func recorded(t *testing.T, name string) map[string]json.RawMessage {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "recorded", name+".json"))
	require.NoError(t, err)
	var answers map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(text, &answers))
	return answers
}

// asking verifies against an API server.
func asking(t *testing.T, handler http.HandlerFunc) (string, error) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	var out bytes.Buffer
	verifier := kubernetes.Verifier{
		API: &kubernetes.Client{URL: server.URL, HTTP: server.Client(), Token: func(context.Context) (string, error) { return "token", nil }},
		Out: &out, Poll: time.Millisecond, Wait: time.Minute,
	}
	d := deployed
	if strings.HasSuffix(t.Name(), "/serves") {
		d.Image, d.ImageDigest = repository+oldDigest, oldDigest
	}
	err := verifier.Verify(context.Background(), d)
	return out.String(), err
}

// TestVerifyEKS_ReadsWhatARealAPIServerAnswers is about what testdata/recorded has; its README says how that was made.
func TestVerifyEKS_ReadsWhatARealAPIServerAnswers(t *testing.T) {
	for name, says := range map[string][]string{
		"serves": {"rolled out: mote-prod/mote serves " + oldDigest + " in mote-prod, 2 of 2 pods ready\n"},
		"unschedulable": {
			"not rolled out: the rollout failed: ReplicaSet \"mote-", "timed out progressing.", "FailedScheduling no nodes available to schedule pods",
			"Pending Unschedulable no nodes available to schedule pods", "2 runs " + newDigest + ": 0 of 2 pods ready", "1 runs " + oldDigest + ": 2 of 2 pods ready",
		},
		"image-cannot-be-pulled": {"not rolled out: the rollout failed", "mote never ran: ImagePullBackOff Back-off pulling image"},
		"container-ends":         {"not rolled out: the rollout failed", "mote ended with exit code 78 Error, started again 5 times\n"},
		"never-ready":            {"not rolled out: the rollout failed", "mote runs and is not ready\n"},
		"quota":                  {"not rolled out: the rollout failed", "pods cannot be made: pods \"mote-", "exceeded quota: pods, requested: pods=1, used: pods=2, limited: pods=2"},
		"another-digest":         {"not rolled out: the cluster has " + oldDigest + ", and " + newDigest + " was asked for\n"},
	} {
		t.Run(name, func(t *testing.T) {
			answers := recorded(t, name)
			said, err := asking(t, func(w http.ResponseWriter, r *http.Request) {
				text, is := answers[r.URL.Path]
				if !is {
					http.Error(w, "the container has not started", http.StatusBadRequest)
				}
				_, _ = w.Write(text)
			})
			if name == "serves" {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, report.ErrNotRolledOut)
			}
			for _, words := range says {
				require.Contains(t, said, words)
			}
		})
	}
}

func TestVerifyEKS_ReadsHowARealAPIServerRefuses(t *testing.T) {
	says := map[string]string{
		"401": "the API server does not know who asks", "403": "the API server refuses: deployments.apps \"mote\" is forbidden: User \"deployer\" cannot get resource",
		"404": "cluster mote-prod has no Deployment mote-prod/mote",
	}
	for status, text := range recorded(t, "refusals") {
		said, err := asking(t, func(w http.ResponseWriter, _ *http.Request) {
			code, _ := strconv.Atoi(status)
			w.WriteHeader(code)
			_, _ = w.Write(text)
		})
		require.ErrorContains(t, err, says[status])
		require.NotErrorIs(t, err, report.ErrNotRolledOut)
		require.Empty(t, said)
	}
}
