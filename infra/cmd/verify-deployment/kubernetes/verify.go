// Package kubernetes decides whether the version that was deployed to EKS is the one that serves. It reads what the cluster runs. Pulumi's provider
// says that a rollout did not end, and not why; and Kubernetes leaves the new version beside the old one, which Undo puts back.
package kubernetes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/kubernetes/objects"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/report"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/rollout"
)

// maxFailures is how often in a row the API server may fail to answer before that is the result.
const maxFailures = 3

// Verifier asks every Poll, for Wait at most, while a rollout is in progress. The result and its reasons go to Out.
type Verifier struct {
	API *Client
	// Targets tells the health of the load balancer's targets. Nil leaves it out.
	Targets func(ctx context.Context, group string) ([]string, error)
	Out     io.Writer
	Poll    time.Duration
	Wait    time.Duration
}

// New is a verifier that asks the cluster of a deployment, with the caller's credentials on AWS, and its load balancer.
func New(cfg aws.Config, d Deployment, out io.Writer, poll, wait time.Duration) (Verifier, error) {
	client, err := NewClient(d.Endpoint, d.Authority, Token(cfg, d.Cluster))
	if err != nil {
		return Verifier{}, err
	}
	balancer := elb.NewFromConfig(cfg)
	targets := func(ctx context.Context, group string) ([]string, error) {
		return rollout.Targets(ctx, balancer, group)
	}
	return Verifier{API: client, Targets: targets, Out: out, Poll: poll, Wait: wait}, nil
}

// found is the Deployment and what belongs to it.
type found struct {
	deployment objects.Deployment
	// sets are the revisions, youngest first. pods are all, of each revision.
	sets []objects.ReplicaSet
	pods []objects.Pod
}

// Verify returns nil when the version serves, report.ErrNotRolledOut when it does not, and another error when that could not be found out.
func (v Verifier) Verify(ctx context.Context, d Deployment) error {
	if d.ImageDigest == "" {
		return errors.New("the stack's outputs lack imageDigest: the stack was not deployed to its end")
	}
	if objects.Digest(d.Image) != d.ImageDigest {
		fmt.Fprintf(v.Out, "not rolled out: %s does not run %s\n", d.name(), d.ImageDigest)
		return report.ErrNotRolledOut
	}
	state, why, err := v.waitStable(ctx, d, d.Image)
	if err != nil {
		return err
	}
	if why == "" {
		fmt.Fprintf(v.Out, "rolled out: %s serves %s in %s, %s\n", d.name(), d.ImageDigest, d.Cluster, state.count())
		return nil
	}
	fmt.Fprintf(v.Out, "not rolled out: %s\n", why)
	v.explain(ctx, d, state)
	return report.ErrNotRolledOut
}

// Explain writes the reasons alone.
func (v Verifier) Explain(ctx context.Context, d Deployment) error {
	state, err := v.find(ctx, d)
	if err != nil {
		return err
	}
	v.explain(ctx, d, state)
	return nil
}

// waitStable waits until the rollout of an image, or of the one that the cluster has, has ended one way or the other, and returns why that does not serve, or nothing.
func (v Verifier) waitStable(ctx context.Context, d Deployment, image string) (state found, why string, err error) {
	failures := 0
	for deadline := time.Now().Add(v.Wait); ; {
		now, err := v.find(ctx, d)
		if err == nil {
			state, failures = now, 0
			reason, ended := state.notServing(image)
			if ended {
				return state, reason, nil
			}
			why = reason
		} else if failures++; !passing(err) || failures >= maxFailures {
			return state, "", err
		}
		if time.Now().After(deadline) {
			return state, fmt.Sprintf("still in progress after %s: %s", v.Wait, cmp.Or(why, "the API server does not answer")), nil
		}
		select {
		case <-ctx.Done():
			return state, "", fmt.Errorf("wait for rollout: %w", ctx.Err())
		case <-time.After(v.Poll):
		}
	}
}

// find reads the Deployment, its revisions and their pods.
func (v Verifier) find(ctx context.Context, d Deployment) (found, error) {
	one, err := get[objects.Deployment](ctx, v.API, d.path(), nil)
	if refusedWith(err, http.StatusNotFound) {
		return found{}, fmt.Errorf("cluster %s has no Deployment %s: %w", d.Cluster, d.name(), err)
	}
	if err != nil {
		return found{}, err
	}
	sets, err := get[objects.List[objects.ReplicaSet]](ctx, v.API, "/apis/apps/v1/namespaces/"+d.Namespace+"/replicasets", nil)
	if err != nil {
		return found{}, err
	}
	pods, err := get[objects.List[objects.Pod]](ctx, v.API, "/api/v1/namespaces/"+d.Namespace+"/pods", nil)
	if err != nil {
		return found{}, err
	}
	state := found{deployment: one}
	for _, set := range sets.Items {
		if set.Metadata.OwnedBy(one.Metadata.UID) {
			state.sets = append(state.sets, set)
		}
	}
	slices.SortFunc(state.sets, func(a, b objects.ReplicaSet) int { return b.Metadata.Revision() - a.Metadata.Revision() })
	for _, one := range pods.Items {
		if slices.ContainsFunc(state.sets, func(set objects.ReplicaSet) bool { return one.Metadata.OwnedBy(set.Metadata.UID) }) {
			state.pods = append(state.pods, one)
		}
	}
	return state, nil
}

// notServing finds why an image, or the one that the cluster has, does not serve in one state of the Deployment, or nothing, and whether that is final.
func (f found) notServing(image string) (why string, ended bool) {
	one := f.deployment
	if running := one.Spec.Template.Spec.Image(); image != "" && running != image {
		return fmt.Sprintf("the cluster has %s, and %s was asked for", objects.Digest(running), objects.Digest(image)), true
	}
	if one.Status.ObservedGeneration < one.Metadata.Generation {
		return "the cluster has not seen the version yet", false
	}
	if progress := objects.ConditionOf(one.Status.Conditions, "Progressing"); progress.Status == "False" {
		return "the rollout failed: " + progress.Message + f.hindrance(), true
	}
	if ready := len(f.readyPods(f.current())); ready < one.Spec.Replicas || one.Status.UpdatedReplicas < one.Spec.Replicas {
		return f.count() + f.hindrance(), false
	}
	if one.Status.Replicas > one.Status.UpdatedReplicas {
		return "pods of an older version still run", false
	}
	if one.Status.AvailableReplicas < one.Spec.Replicas {
		return fmt.Sprintf("%d of %d pods have been ready for long enough", one.Status.AvailableReplicas, one.Spec.Replicas), false
	}
	return "", true
}

// hindrance says why pods cannot be made, such as for a quota, or nothing.
func (f found) hindrance() string {
	if failure := objects.ConditionOf(f.deployment.Status.Conditions, "ReplicaFailure"); failure.Status == "True" {
		return "; pods cannot be made: " + failure.Message
	}
	return ""
}

// count says how many pods of the version are ready.
func (f found) count() string {
	return fmt.Sprintf("%d of %d pods ready", len(f.readyPods(f.current())), f.deployment.Spec.Replicas)
}

// current is the revision that the Deployment asks for now, which may not have been made yet.
func (f found) current() objects.ReplicaSet {
	at := slices.IndexFunc(f.sets, func(set objects.ReplicaSet) bool { return set.Metadata.Revision() == f.deployment.Metadata.Revision() })
	if at < 0 {
		return objects.ReplicaSet{}
	}
	return f.sets[at]
}

// of are the pods of a revision.
func (f found) of(set objects.ReplicaSet) []objects.Pod {
	return slices.DeleteFunc(slices.Clone(f.pods), func(one objects.Pod) bool { return !one.Metadata.OwnedBy(set.Metadata.UID) })
}

func (f found) readyPods(set objects.ReplicaSet) []objects.Pod {
	return slices.DeleteFunc(f.of(set), func(one objects.Pod) bool { return !one.Ready() })
}

func (d *Deployment) name() string { return d.Namespace + "/" + d.Name }

func (d *Deployment) path() string {
	return "/apis/apps/v1/namespaces/" + url.PathEscape(d.Namespace) + "/deployments/" + url.PathEscape(d.Name)
}
