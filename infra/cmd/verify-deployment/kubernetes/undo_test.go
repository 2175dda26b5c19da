package kubernetes_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/report"
)

// back is the state after the old version was put back: Kubernetes counts on.
var back = rollout("True", revision{3, oldDigest, 2, 2}, revision{2, newDigest, 0, 0})

func TestUndoEKS_PutsTheVersionBackThatServes(t *testing.T) {
	c := &cluster{then: back}
	said, err := undo(t, c, rollout("False", revision{4, newDigest, 2, 0}, revision{3, "sha256:9", 0, 0}, before))
	require.NoError(t, err)
	require.Equal(t, "put back: mote-prod/mote serves "+oldDigest+" again, 2 of 2 pods ready\n", said)
	require.Equal(t, manager, c.owner, "Pulumi goes on owning the fields")
	require.Equal(t, object{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": object{"name": "mote", "namespace": "mote-prod"},
		"spec": object{"minReadySeconds": 25.0, "template": podTemplate(oldDigest, "")},
	}, c.applied, "all that Pulumi applied but the count, with the pods of the version before")
}

// After an update that failed, what Pulumi knows may be what it asked for or what was there before.
func TestUndoEKS_WhatPulumisStateNamesDoesNotCount(t *testing.T) {
	asked := deployed
	asked.Image = repository + oldDigest
	var out bytes.Buffer
	c := &cluster{then: back, states: []state{rollout("False", stuck, before)}}
	require.NoError(t, c.verifier(t, &out).Undo(context.Background(), asked))
	require.Equal(t, "put back: mote-prod/mote serves "+oldDigest+" again, 2 of 2 pods ready\n", out.String())
}

func TestUndoEKS_LeavesTheCountAsItIs(t *testing.T) {
	for operation, want := range map[string]any{"Apply": 5.0, "Update": nil} {
		failed := rollout("False", stuck, before)
		set(t, failed.deployment, 5, "spec", "replicas")
		set(t, failed.deployment, []any{object{
			"manager": manager, "operation": operation, "fieldsV1": object{"f:spec": object{"f:replicas": object{}}},
		}}, "metadata", "managedFields")
		c := &cluster{then: back}
		_, err := undo(t, c, failed)
		require.NoError(t, err)
		require.Equal(t, want, c.applied["spec"].(object)["replicas"], "its only owner would set it to 1 by leaving it out")
	}
}

func TestUndoEKS_WithoutReadyPodsTheYoungestRevisionBeforeIsTaken(t *testing.T) {
	c := &cluster{then: back}
	_, err := undo(t, c, rollout("False", stuck, revision{1, oldDigest, 0, 0}))
	require.NoError(t, err)
	require.Equal(t, podTemplate(oldDigest, ""), c.applied["spec"].(object)["template"])
}

func TestUndoEKS_ChangesNothingWhereNothingIsToBePutBack(t *testing.T) {
	for says, now := range map[string]state{
		"nothing is put back: mote-prod/mote has " + newDigest + ", 2 of 2 pods ready\n": rollout("True", done, revision{1, oldDigest, 0, 0}),
		"nothing is put back: mote-prod/mote has " + oldDigest + ", 2 of 2 pods ready\n": rollout("True", revision{3, oldDigest, 2, 2}, revision{2, newDigest, 0, 0}),
		"nothing is put back: mote-prod/mote had no version before\n":                    rollout("False", stuck),
	} {
		c := &cluster{}
		said, err := undo(t, c, now)
		require.NoError(t, err)
		require.Equal(t, says, said)
		require.Nil(t, c.applied)
	}
}

func TestUndoEKS_AVersionThatDoesNotComeBackIsToldWithItsReason(t *testing.T) {
	c := &cluster{then: rollout("False", revision{3, oldDigest, 2, 0}, revision{2, newDigest, 2, 0})}
	said, err := undo(t, c, rollout("False", stuck, before))
	require.ErrorIs(t, err, report.ErrNotRolledOut)
	require.Contains(t, said, "not put back: the rollout failed: ReplicaSet has timed out progressing.\n")
	require.Contains(t, said, "3 runs "+oldDigest+": 0 of 2 pods ready\n")
}

func TestUndoEKS_ARoleThatMayNotIsAnError(t *testing.T) {
	c := &cluster{refusePatch: true}
	_, err := undo(t, c, rollout("False", stuck, before))
	require.ErrorContains(t, err, "put back the version before: apply "+deployments+": the API server refuses")
	require.NotErrorIs(t, err, report.ErrNotRolledOut)
}
