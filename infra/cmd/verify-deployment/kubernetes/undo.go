package kubernetes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/kubernetes/objects"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/report"
)

// grace is for a rollout that is about to end when something else of the deployment has failed.
const grace = time.Minute

// Undo puts back the version before, if the one that the cluster has does not serve, and waits until it serves. Which version Pulumi asked for does not count:
// after an update that failed, its state may name either. It applies
// what Pulumi applied, with the pods of the version before and in Pulumi's name: Pulumi goes on owning each field, so its next deployment
// neither finds a conflict nor leaves any of it behind. What Pulumi knows is read anew afterwards (`pulumi refresh`).
func (v Verifier) Undo(ctx context.Context, d Deployment) error {
	patient := v
	patient.Wait = min(v.Wait, grace)
	state, why, err := patient.waitStable(ctx, d, "")
	if err != nil {
		return err
	}
	if why == "" {
		fmt.Fprintf(v.Out, "nothing is put back: %s has %s, %s\n", d.name(), objects.Digest(state.deployment.Spec.Template.Spec.Image()), state.count())
		return nil
	}
	before, is := state.before()
	if !is {
		fmt.Fprintf(v.Out, "nothing is put back: %s had no version before\n", d.name())
		return nil
	}
	object, err := state.with(before, d)
	if err != nil {
		return err
	}
	if err := v.API.apply(ctx, d.path(), d.Manager, object); err != nil {
		return fmt.Errorf("put back the version before: %w", err)
	}
	state, why, err = v.waitStable(ctx, d, before.Image())
	if err != nil {
		return err
	}
	if why != "" {
		fmt.Fprintf(v.Out, "not put back: %s\n", why)
		v.explain(ctx, d, state)
		return report.ErrNotRolledOut
	}
	fmt.Fprintf(v.Out, "put back: %s serves %s again, %s\n", d.name(), objects.Digest(before.Image()), state.count())
	return nil
}

// before is the revision to go back to: the youngest of which pods are ready, since a version that was given up may have come in between, or, where
// none is, the youngest.
func (f found) before() (objects.ReplicaSet, bool) {
	others := slices.DeleteFunc(slices.Clone(f.sets), func(set objects.ReplicaSet) bool { return set.Metadata.UID == f.current().Metadata.UID })
	at := slices.IndexFunc(others, func(set objects.ReplicaSet) bool { return len(f.readyPods(set)) > 0 })
	if len(others) == 0 {
		return objects.ReplicaSet{}, false
	}
	return others[max(at, 0)], true
}

// with is what Pulumi applied, with the pods of another revision.
func (f found) with(set objects.ReplicaSet, d Deployment) (map[string]any, error) {
	if d.Manager == "" {
		return nil, errors.New("put back the version before: the stack does not say by which name Pulumi owns the Deployment")
	}
	var template map[string]any
	if err := json.Unmarshal(set.Spec.Template, &template); err != nil {
		return nil, fmt.Errorf("read revision %d: %w", set.Metadata.Revision(), err)
	}
	// The controller adds it to tell the pods of its revisions apart.
	if meta, is := template["metadata"].(map[string]any); is {
		delete(meta, "creationTimestamp")
		if labels, is := meta["labels"].(map[string]any); is {
			delete(labels, "pod-template-hash")
		}
	}
	object := maps.Clone(d.Inputs)
	spec, _ := object["spec"].(map[string]any)
	spec = maps.Clone(spec)
	if spec == nil {
		return nil, errors.New("put back the version before: the stack does not say what Pulumi applied")
	}
	spec["template"] = template
	// The count is the autoscaler's. A field that its only owner does not apply is set to its default.
	delete(spec, "replicas")
	if f.ownsCount(d.Manager) {
		spec["replicas"] = f.deployment.Spec.Replicas
	}
	object["spec"] = spec
	return object, nil
}

// ownsCount says whether Pulumi is still an owner of the number of pods.
func (f found) ownsCount(manager string) bool {
	for _, entry := range f.deployment.Metadata.ManagedFields {
		if _, owns := entry.FieldsV1["f:spec"]["f:replicas"]; owns && entry.Manager == manager && entry.Operation == "Apply" {
			return true
		}
	}
	return false
}
