package cluster

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// listed are five pods behind a Service: one waits for its target, one has been let in, one has no gate, the container of one has not come up, and one ends.
var listed = map[string]string{
	"/apis/discovery.k8s.io/v1/namespaces/mote-dev/endpointslices?labelSelector=kubernetes.io/service-name=mote": `{"items": [{"ports": [{"port": 8080}], "endpoints": [
		{"addresses": ["10.0.0.1"], "targetRef": {"name": "waits"}}, {"addresses": ["10.0.0.2"], "targetRef": {"name": "open"}},
		{"addresses": ["10.0.0.3"], "targetRef": {"name": "gateless"}}, {"addresses": ["10.0.0.4"], "targetRef": {"name": "starts"}},
		{"addresses": ["10.0.0.5"], "targetRef": {"name": "goes"}}]}]}`,
	"/api/v1/namespaces/mote-dev/pods": `{"items": [
		{"metadata": {"name": "waits", "namespace": "mote-dev"}, "spec": {"readinessGates": [{"conditionType": "target-health.eks.amazonaws.com/mote"}]},
			"status": {"conditions": [{"type": "ContainersReady", "status": "True"}, {"type": "Ready", "status": "False"}]}},
		{"metadata": {"name": "open", "namespace": "mote-dev"}, "spec": {"readinessGates": [{"conditionType": "target-health.eks.amazonaws.com/mote"}]},
			"status": {"conditions": [{"type": "ContainersReady", "status": "True"}, {"type": "target-health.eks.amazonaws.com/mote", "status": "True"}]}},
		{"metadata": {"name": "gateless", "namespace": "mote-dev"}, "status": {"conditions": [{"type": "ContainersReady", "status": "True"}]}},
		{"metadata": {"name": "starts", "namespace": "mote-dev"}, "status": {"conditions": [{"type": "ContainersReady", "status": "False"}]}},
		{"metadata": {"name": "goes", "namespace": "mote-dev", "deletionTimestamp": "2026-11-27T10:00:00Z"},
			"status": {"conditions": [{"type": "ContainersReady", "status": "True"}]}}]}`,
}

func TestGates_OpenOnceTheTargetIsHealthy(t *testing.T) {
	var opened []string
	b := &binder{API: served(t, func(w http.ResponseWriter, q *http.Request) {
		if q.Method == http.MethodPatch {
			body, _ := io.ReadAll(q.Body)
			opened = append(opened, q.URL.Path+" "+q.Header.Get("Content-Type")+" "+string(body))
		}
		_, _ = io.WriteString(w, listed[q.URL.RequestURI()])
	})}
	pods, err := b.running(t.Context(), "mote-dev", "mote")
	require.NoError(t, err)
	named := map[string]string{}
	for at, pod := range pods {
		require.EqualValues(t, 8080, at.port)
		named[pod.Metadata.Name] = at.address
	}
	require.Equal(t, map[string]string{"waits": "10.0.0.1", "open": "10.0.0.2", "gateless": "10.0.0.3"}, named, "a pod is a target before it is ready, and none that ends")

	require.NoError(t, b.openGates(t.Context(), "mote", pods, map[target]bool{{"10.0.0.2", 8080}: true, {"10.0.0.3", 8080}: true}))
	require.Empty(t, opened)
	require.NoError(t, b.openGates(t.Context(), "mote", pods, map[target]bool{{"10.0.0.1", 8080}: true}))
	require.Equal(t, []string{"/api/v1/namespaces/mote-dev/pods/waits/status application/strategic-merge-patch+json " +
		`{"status":{"conditions":[{"reason":"Healthy","status":"True","type":"target-health.eks.amazonaws.com/mote"}]}}`}, opened)
}
