package kubernetes_test

import (
	"bytes"
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/kubernetes"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/report"
)

var (
	before = revision{1, oldDigest, 2, 2}
	done   = revision{2, newDigest, 2, 2}
	// stuck is a version of which no pod is ready.
	stuck = revision{2, newDigest, 2, 0}
)

func TestVerifyEKS_PassesWhenTheVersionServes(t *testing.T) {
	c := &cluster{}
	said, err := verify(t, c, rollout("True", done, revision{1, oldDigest, 0, 0}))
	require.NoError(t, err)
	require.Equal(t, "rolled out: mote-prod/mote serves "+newDigest+" in mote-prod, 2 of 2 pods ready\n", said)
	require.Equal(t, "Bearer secret", c.token)
}

func TestVerifyEKS_WaitsForARolloutInProgress(t *testing.T) {
	unseen := rollout("True", done)
	set(t, unseen.deployment, 2, "status", "observedGeneration")
	early := rollout("True", done)
	set(t, early.deployment, 1, "status", "availableReplicas")
	old := rollout("True", done, before)
	c := &cluster{patient: true}
	_, err := verify(t, c, unseen, rollout("True", revision{2, newDigest, 2, 1}, before), old, early, rollout("True", done))
	require.NoError(t, err)
	require.Equal(t, 5, c.looked)
}

func TestVerifyEKS_FailuresAreToldWithTheirReason(t *testing.T) {
	quota := rollout("True", revision{2, newDigest, 0, 0}, before)
	set(t, quota.deployment, []any{object{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: pods=2"}}, "status", "conditions")
	old := rollout("True", done, revision{1, oldDigest, 1, 1})
	for name, failure := range map[string]struct {
		state state
		says  string
	}{
		"the cluster gave up":          {rollout("False", stuck, before), "not rolled out: the rollout failed: ReplicaSet has timed out progressing.\n"},
		"pods do not become ready":     {rollout("True", stuck, before), "not rolled out: still in progress after 60ms: 0 of 2 pods ready\n"},
		"quota":                        {quota, "0 of 2 pods ready; pods cannot be made: exceeded quota: pods=2\n"},
		"the old version still serves": {old, "still in progress after 60ms: pods of an older version still run\n"},
		"another digest":               {rollout("True", revision{3, oldDigest, 2, 2}), "not rolled out: the cluster has " + oldDigest + ", and " + newDigest + " was asked for\n"},
	} {
		said, err := verify(t, &cluster{}, failure.state)
		require.ErrorIs(t, err, report.ErrNotRolledOut, name)
		require.Contains(t, said, failure.says, name)
	}
}

func TestVerifyEKS_OtherImageInTheStackFails(t *testing.T) {
	d := deployed
	d.Image = repository + oldDigest
	var out bytes.Buffer
	require.ErrorIs(t, kubernetes.Verifier{Out: &out}.Verify(context.Background(), d), report.ErrNotRolledOut)
	require.Equal(t, "not rolled out: mote-prod/mote does not run "+newDigest+"\n", out.String())
}

func TestVerifyEKS_IncompleteStackIsAnError(t *testing.T) {
	err := kubernetes.Verifier{}.Verify(context.Background(), kubernetes.Deployment{Namespace: "one", Name: "two"})
	require.ErrorContains(t, err, "lack imageDigest")
	require.NotErrorIs(t, err, report.ErrNotRolledOut)
}

// failing is a rollout whose first pod is as the status says.
func failing(t *testing.T, status object) state {
	t.Helper()
	now := rollout("False", stuck, before)
	set(t, now.pods[0], status, "status")
	return now
}

func TestVerifyEKS_FailureIsExplained(t *testing.T) {
	ended := object{"terminated": object{"exitCode": 78, "reason": "Error"}}
	for name, failure := range map[string]struct {
		status object
		says   []string
	}{
		"image cannot be pulled": {
			object{"phase": "Pending", "containerStatuses": []any{object{"name": "mote", "state": object{
				"waiting": object{"reason": "ImagePullBackOff", "message": "not found"},
			}}}},
			[]string{"mote-hash2-0: Pending\n", "mote never ran: ImagePullBackOff not found\n"},
		},
		"container ends": {
			object{"phase": "Running", "containerStatuses": []any{object{
				"name": "mote", "restartCount": 4, "state": object{"waiting": object{"reason": "CrashLoopBackOff"}}, "lastState": ended,
			}}},
			[]string{"mote ended with exit code 78 Error, started again 4 times\n", "  MOTE_PORT is tcp://10.0.0.1:80\n", "  exit code 78\n"},
		},
		"never ready": {
			object{"phase": "Running", "containerStatuses": []any{object{"name": "mote", "state": object{"running": object{}}}}},
			[]string{"mote runs and is not ready\n"},
		},
		"not healthy for the load balancer": {
			object{"phase": "Running", "conditions": []any{object{
				"type": "Ready", "status": "False", "reason": "ReadinessGatesNotReady",
				"message": `corresponding condition of pod readiness gate "target-health.eks.amazonaws.com/mote" does not exist.`,
			}}},
			[]string{`mote-hash2-0: Running ReadinessGatesNotReady corresponding condition of pod readiness gate "target-health.eks.amazonaws.com/mote" does not exist.` + "\n"},
		},
		"not scheduled": {
			object{"phase": "Pending", "conditions": []any{object{
				"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available: 1 Insufficient cpu.",
			}}},
			[]string{"mote-hash2-0: Pending Unschedulable 0/1 nodes are available: 1 Insufficient cpu.\n"},
		},
		"evicted": {
			object{"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."},
			[]string{"mote-hash2-0: Failed Evicted The node was low on resource: memory.\n"},
		},
	} {
		said, err := verify(t, &cluster{log: "MOTE_PORT is tcp://10.0.0.1:80\nexit code 78\n"}, failing(t, failure.status))
		require.ErrorIs(t, err, report.ErrNotRolledOut, name)
		require.Contains(t, said, "Progressing is False: Why ReplicaSet has timed out progressing.\n")
		require.Contains(t, said, "2 runs "+newDigest+": 0 of 2 pods ready\n")
		require.Contains(t, said, "1 runs "+oldDigest+": 2 of 2 pods ready\n")
		for _, reason := range failure.says {
			require.Contains(t, said, reason, name)
		}
	}
}

func TestVerifyEKS_LastLinesAreThoseBeforeTheContainerWasStartedAgain(t *testing.T) {
	for restarts, want := range map[int]string{0: "container=mote&tailLines=10", 3: "container=mote&previous=true&tailLines=10"} {
		c := &cluster{}
		_, err := verify(t, c, failing(t, object{"containerStatuses": []any{object{"name": "mote", "restartCount": restarts}}}))
		require.ErrorIs(t, err, report.ErrNotRolledOut)
		require.Contains(t, c.asked, "/api/v1/namespaces/mote-prod/pods/mote-hash2-0/log?"+want)
		require.NotContains(t, c.asked, "/api/v1/namespaces/mote-prod/pods/mote-hash1-0/log?"+want, "what the old version said is no reason")
	}
}

func TestVerifyEKS_EventsOfTheVersionAreToldYoungestFirst(t *testing.T) {
	event := func(kind, name, reason, at string) object {
		return object{"involvedObject": object{"kind": kind, "name": name}, "reason": reason, "message": "as said", "lastTimestamp": at}
	}
	c := &cluster{events: []object{
		event("Pod", "mote-hash2-0", "BackOff", "2026-01-01T00:00:02Z"),
		event("Pod", "mote-hash1-0", "Unhealthy", "2026-01-01T00:00:03Z"),
		event("ReplicaSet", "mote-hash2", "FailedCreate", "2026-01-01T00:00:01Z"),
		{
			"involvedObject": object{"kind": "Pod", "name": "mote-hash2-1"}, "reason": "Failed", "message": "again", "lastTimestamp": nil,
			"series": object{"count": 7, "lastObservedTime": "2026-01-01T00:00:04.000000Z"},
		},
		event("HorizontalPodAutoscaler", "mote", "FailedGetResourceMetric", "2026-01-01T00:00:05Z"),
	}}
	said, err := verify(t, c, rollout("False", stuck, before))
	require.ErrorIs(t, err, report.ErrNotRolledOut)
	require.Contains(t, said, "\nEvents:\n  Pod mote-hash2-1, 7 times: Failed again\n  Pod mote-hash2-0, 1 times: BackOff as said\n"+
		"  ReplicaSet mote-hash2, 1 times: FailedCreate as said\n\n")
}

func TestVerifyEKS_TargetsOfTheLoadBalancerAreTold(t *testing.T) {
	c := &cluster{states: []state{rollout("False", stuck, before)}}
	var out bytes.Buffer
	verifier := c.verifier(t, &out)
	verifier.Targets = func(_ context.Context, group string) ([]string, error) { return []string{"targets of " + group}, nil }
	d := deployed
	d.TargetGroup = "arn:group"
	require.NoError(t, verifier.Explain(context.Background(), d))
	require.Contains(t, out.String(), "targets of arn:group\n")
	require.NotContains(t, out.String(), "rolled out:", "explaining decides nothing")
}

func TestVerifyEKS_ErrorsDoNotHideTheRest(t *testing.T) {
	c := &cluster{refuse: map[string]refusal{"/events": {http.StatusForbidden, "events is forbidden"}, "/log": {http.StatusBadRequest, "waiting to start"}}}
	said, err := verify(t, c, rollout("False", stuck, before))
	require.ErrorIs(t, err, report.ErrNotRolledOut)
	require.Contains(t, said, "request failed: read /api/v1/namespaces/mote-prod/events: the API server refuses: events is forbidden")
	require.Contains(t, said, "could not be read: the API server answers 400: waiting to start")
	require.Contains(t, said, "1 runs "+oldDigest)
}

// TestVerifyEKS_RefusalsAreOneClearError is about who may not ask, and about a cluster without the Deployment: none of them is a failed rollout.
func TestVerifyEKS_RefusalsAreOneClearError(t *testing.T) {
	for status, says := range map[int]string{
		http.StatusUnauthorized: "the API server does not know who asks: the role has no access entry, which mote:kubernetesAdminArns would give it",
		http.StatusForbidden:    "the API server refuses: as said; a role that deploys has to be in mote:kubernetesAdminArns",
		http.StatusNotFound:     "cluster mote-prod has no Deployment mote-prod/mote",
	} {
		c := &cluster{refuse: map[string]refusal{"/mote": {status, "as said"}}}
		said, err := verify(t, c, rollout("True", done))
		require.ErrorContains(t, err, says)
		require.NotErrorIs(t, err, report.ErrNotRolledOut)
		require.Empty(t, said)
		require.Len(t, c.asked, 1, "the answer would be the same again")
	}
}

func TestVerifyEKS_AnAPIServerThatIsReplacedIsAskedAgain(t *testing.T) {
	_, err := verify(t, &cluster{broken: 2, patient: true}, rollout("True", done))
	require.NoError(t, err)
	_, err = verify(t, &cluster{broken: 3, patient: true}, rollout("True", done))
	require.ErrorContains(t, err, "the API server answers 503: shutting down")
}

func TestVerifyEKS_AnAPIServerThatIsNotReachedIsAnError(t *testing.T) {
	client := &kubernetes.Client{
		URL: "https://127.0.0.1:1", HTTP: &http.Client{Timeout: time.Second}, Token: func(context.Context) (string, error) { return "", nil },
	}
	err := kubernetes.Verifier{API: client, Poll: time.Millisecond, Wait: time.Minute}.Verify(context.Background(), deployed)
	require.ErrorContains(t, err, "reach the API server, which lets in what mote:kubernetesApiCidrs lists")
	require.NotErrorIs(t, err, report.ErrNotRolledOut)
}
