package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	first  = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
	second = "sha256:2222222222222222222222222222222222222222222222222222222222222222"
)

// answers are what an API server says in the middle of a rollout: the old pod serves, and of the new ones one cannot start and one is not placed.
var answers = map[string]string{
	"/apis/apps/v1/deployments": `{"items": [{"metadata": {"uid": "d", "name": "mote", "namespace": "mote-dev"}, "spec": {"replicas": 2}, "status": {"readyReplicas": 1}}]}`,
	"/apis/apps/v1/replicasets": `{"items": [
		{"metadata": {"uid": "one", "ownerReferences": [{"uid": "d"}], "annotations": {"deployment.kubernetes.io/revision": "1"}, "creationTimestamp": "2026-11-27T10:00:00Z"},
			"spec": {"replicas": 1, "template": {"spec": {"containers": [{"image": "registry/mote@` + first + `"}]}}}, "status": {"readyReplicas": 1}},
		{"metadata": {"uid": "two", "ownerReferences": [{"uid": "d"}], "annotations": {"deployment.kubernetes.io/revision": "2"}, "creationTimestamp": "2026-11-27T11:00:00Z"},
			"spec": {"replicas": 2, "template": {"spec": {"containers": [{"image": "registry/mote@` + second + `"}]}}}, "status": {}},
		{"metadata": {"uid": "other", "ownerReferences": [{"uid": "e"}]}}]}`,
	"/api/v1/pods": `{"items": [
		{"metadata": {"name": "mote-a-aaaaa", "namespace": "mote-dev", "ownerReferences": [{"uid": "one"}]},
			"spec": {"nodeName": "node-1", "containers": [{"image": "registry/mote@` + first + `"}]},
			"status": {"phase": "Running", "startTime": "2026-11-27T10:00:01Z", "conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [{"ready": true, "restartCount": 1,
				"state": {"running": {}}, "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]}},
		{"metadata": {"name": "mote-b-bbbbb", "namespace": "mote-dev", "ownerReferences": [{"uid": "two"}]},
			"spec": {"nodeName": "node-2", "containers": [{"image": "registry/mote@` + second + `"}]},
			"status": {"phase": "Running", "containerStatuses": [{"restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
				"lastState": {"terminated": {"exitCode": 78, "reason": "Error"}}}]}},
		{"metadata": {"name": "mote-b-ccccc", "namespace": "mote-dev", "ownerReferences": [{"uid": "two"}]},
			"spec": {"containers": [{"image": "registry/mote@` + second + `"}]},
			"status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "message": "0/2 nodes are available"}]}},
		{"metadata": {"name": "mote-b-ddddd", "namespace": "mote-dev", "ownerReferences": [{"uid": "two"}]},
			"spec": {"nodeName": "node-1", "containers": [{"image": "registry/mote@` + second + `"}]},
			"status": {"phase": "Running", "containerStatuses": [{"ready": true, "state": {"running": {}}}],
				"conditions": [{"type": "Ready", "status": "False", "reason": "ReadinessGatesNotReady", "message": "a gate is closed"}]}},
		{"metadata": {"name": "elsewhere", "namespace": "other"}}]}`,
	"/api/v1/namespaces/mote-dev/events": `{"items": [
		{"involvedObject": {"name": "mote-b-bbbbb"}, "reason": "BackOff", "message": "restarting", "lastTimestamp": "2026-11-27T11:00:30Z"},
		{"involvedObject": {"name": "mote"}, "reason": "ScalingReplicaSet", "message": "scaled up", "metadata": {"creationTimestamp": "2026-11-27T11:00:00Z"}}]}`,
	"/api/v1/namespaces/mote-dev/pods/mote-a-aaaaa/log?timestamps=true&tailLines=2": "2026-11-27T10:00:02.5Z listening on 8080\n2026-11-27T10:00:03Z GET / 200\n",
}

// answering is the API server of a folder with certificates as a rehearsal has them.
func answering(t *testing.T) *API {
	t.Helper()
	return served(t, func(w http.ResponseWriter, q *http.Request) {
		text, known := answers[q.URL.RequestURI()]
		if !known {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = w.Write([]byte(text))
	})
}

// served is an API server that lets in the administrator of a rehearsal.
func served(t *testing.T, answer http.HandlerFunc) *API {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, identify(&Cluster{}, folder, addresses{net.IPv4(127, 0, 0, 0).To4()}))
	authority, err := os.ReadFile(filepath.Join(folder, "ca.crt"))
	require.NoError(t, err)
	trusted := x509.NewCertPool()
	require.True(t, trusted.AppendCertsFromPEM(authority))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.TLS.PeerCertificates[0].Subject.CommonName != "eks:admin" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		answer(w, q)
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: trusted, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	own := encoded("CERTIFICATE", server.Certificate().Raw)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "ca.crt"), own, 0o600))
	require.NoError(t, writeJSON(Kubeconfig(folder), kubeconfig("admin", object{"server": server.URL}, object{})))
	api, err := Connect(folder)
	require.NoError(t, err)
	return api
}

func TestWorkloads_PodsAreToldWithWhereAndWhatAndWhy(t *testing.T) {
	all, err := answering(t).Workloads(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 1)
	one := all[0]
	require.Equal(t, []any{"mote-dev", "mote", 2, 1}, []any{one.Namespace, one.Name, one.Desired, one.Ready})
	require.Equal(t, []Revision{
		{Number: 2, Digest: second, Desired: 2, Created: 1795777200000}, {Number: 1, Digest: first, Desired: 1, Ready: 1, Created: 1795773600000},
	}, one.Revisions)
	require.Equal(t, []Pod{
		{
			Namespace: "mote-dev", Name: "mote-b-bbbbb", Node: "node-2", State: "Running", Restarts: 3, Revision: 2, Digest: second,
			Reason: "ended with exit code 78: Error",
		},
		{Namespace: "mote-dev", Name: "mote-b-ccccc", State: "Pending", Revision: 2, Digest: second, Reason: "0/2 nodes are available"},
		{Namespace: "mote-dev", Name: "mote-b-ddddd", Node: "node-1", State: "Running", Revision: 2, Digest: second, Reason: "a gate is closed"},
		{
			Namespace: "mote-dev", Name: "mote-a-aaaaa", Node: "node-1", State: "Running", Ready: true, Restarts: 1, Revision: 1, Digest: first,
			Reason: "ended with exit code 137: OOMKilled", Started: 1795773601000,
		},
	}, one.Pods)
	require.Equal(t, []Line{
		{Time: 1795777230000, Source: "bbbbb", Text: "mote-b-bbbbb: BackOff restarting"}, {Time: 1795777200000, Source: "mote", Text: "mote: ScalingReplicaSet scaled up"},
	}, one.Events)
}

func TestLines_OfAContainerThatNeverRanAreNone(t *testing.T) {
	api := answering(t)
	all, err := api.Workloads(t.Context())
	require.NoError(t, err)
	require.Equal(t, []Line{
		{Time: 1795773602500, Source: "aaaaa", Text: "listening on 8080"}, {Time: 1795773603000, Source: "aaaaa", Text: "GET / 200"},
	}, api.Lines(t.Context(), all[0].Pods, 2))
}

func TestConnect_SaysWhatIsMissing(t *testing.T) {
	_, err := Connect(t.TempDir())
	require.ErrorContains(t, err, "read where the API server is")
}
