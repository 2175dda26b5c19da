package cluster

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/kubernetes/objects"
)

// shownEvents are how many of the newest a workload has.
const shownEvents = 8

// Workload is a Deployment with its revisions, the newest first, its pods and newest events. Times are Unix times in milliseconds, 0 for none.
type Workload struct {
	Namespace string     `json:"namespace"`
	Name      string     `json:"name"`
	Desired   int        `json:"desired"`
	Ready     int        `json:"ready"`
	Revisions []Revision `json:"revisions"`
	Pods      []Pod      `json:"pods"`
	Events    []Line     `json:"events"`
}

// Revision is what the Deployment's controller counts: a version of the pods.
type Revision struct {
	Number  int    `json:"number"`
	Digest  string `json:"digest"`
	Desired int    `json:"desired"`
	Ready   int    `json:"ready"`
	Created int64  `json:"created"`
}

// Pod is one that runs, starts or ends. Reason is why it does not run, or how its container ended before.
type Pod struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Node      string `json:"node"`
	State     string `json:"state"`
	Ready     bool   `json:"ready"`
	Restarts  int    `json:"restarts"`
	Revision  int    `json:"revision"`
	Digest    string `json:"digest"`
	Reason    string `json:"reason,omitempty"`
	Started   int64  `json:"started"`
}

// Line is a line of a pod's log, or an event. Its source is the end of the pod's name, in which the pods of one revision differ.
type Line struct {
	Time   int64  `json:"time"`
	Source string `json:"source"`
	Text   string `json:"text"`
}

// Workloads reads what runs in the cluster.
func (a *API) Workloads(ctx context.Context) ([]Workload, error) {
	var deployments objects.List[objects.Deployment]
	var sets objects.List[objects.ReplicaSet]
	var pods objects.List[objects.Pod]
	for path, into := range map[string]any{"/apis/apps/v1/deployments": &deployments, "/apis/apps/v1/replicasets": &sets, "/api/v1/pods": &pods} {
		if err := a.get(ctx, path, into); err != nil {
			return nil, err
		}
	}
	var all []Workload
	for _, one := range deployments.Items {
		workload := Workload{Namespace: one.Metadata.Namespace, Name: one.Metadata.Name, Desired: one.Spec.Replicas, Ready: one.Status.ReadyReplicas}
		for _, set := range sets.Items {
			if set.Metadata.OwnedBy(one.Metadata.UID) {
				workload.add(set, pods.Items)
			}
		}
		slices.SortFunc(workload.Revisions, func(a, b Revision) int { return b.Number - a.Number })
		slices.SortFunc(workload.Pods, func(a, b Pod) int { return cmp.Or(b.Revision-a.Revision, cmp.Compare(a.Name, b.Name)) })
		var err error
		if workload.Events, err = a.events(ctx, workload.Namespace); err != nil {
			return nil, err
		}
		all = append(all, workload)
	}
	return all, nil
}

// add is a revision, with its pods.
func (w *Workload) add(set objects.ReplicaSet, pods []objects.Pod) {
	w.Revisions = append(w.Revisions, Revision{
		Number: set.Metadata.Revision(), Digest: objects.Digest(set.Image()), Desired: set.Spec.Replicas, Ready: set.Status.ReadyReplicas,
		Created: set.Metadata.CreationTimestamp.UnixMilli(),
	})
	for _, one := range pods {
		if one.Metadata.OwnedBy(set.Metadata.UID) {
			w.Pods = append(w.Pods, shown(one, set.Metadata.Revision()))
		}
	}
}

// shown is a pod of a revision.
func shown(p objects.Pod, revision int) Pod {
	shown := Pod{
		Namespace: p.Metadata.Namespace, Name: p.Metadata.Name, Node: p.Spec.NodeName, State: p.Status.Phase, Revision: revision, Digest: objects.Digest(p.Spec.Image()),
	}
	if p.Status.StartTime != nil {
		shown.Started = p.Status.StartTime.UnixMilli()
	}
	shown.Ready, shown.Reason = p.Ready(), p.Hindrance().Message
	for _, container := range p.Status.ContainerStatuses {
		shown.Restarts = container.RestartCount
		ended := cmp.Or(container.State.Terminated, container.LastState.Terminated)
		switch {
		case ended != nil:
			shown.Reason = strings.TrimSpace(fmt.Sprintf("ended with exit code %d: %s %s", ended.ExitCode, ended.Reason, ended.Message))
		case container.State.Waiting != nil:
			shown.Reason = strings.TrimSpace(container.State.Waiting.Reason + " " + container.State.Waiting.Message)
		}
	}
	if p.Metadata.DeletionTimestamp != nil {
		shown.State, shown.Ready = "Terminating", false
	}
	return shown
}

// events are the newest of a namespace, the newest of them first.
func (a *API) events(ctx context.Context, namespace string) (lines []Line, err error) {
	var events objects.List[objects.Event]
	if err := a.get(ctx, "/api/v1/namespaces/"+namespace+"/events", &events); err != nil {
		return nil, err
	}
	for _, one := range events.Items {
		lines = append(lines, Line{Time: one.Last().UnixMilli(), Source: end(one.InvolvedObject.Name), Text: one.InvolvedObject.Name + ": " + one.Reason + " " + one.Message})
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return cmp.Compare(b.Time, a.Time) })
	return lines[:min(shownEvents, len(lines))], nil
}

// Lines are the newest of the pods' logs. A pod whose container has not run yet has none.
func (a *API) Lines(ctx context.Context, pods []Pod, most int) (lines []Line) {
	for _, one := range pods {
		text, err := a.ask(ctx, http.MethodGet, fmt.Sprintf("/api/v1/namespaces/%s/pods/%s/log?timestamps=true&tailLines=%d", one.Namespace, one.Name, most), nil)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			stamp, said, _ := strings.Cut(strings.TrimSpace(line), " ")
			if at, err := time.Parse(time.RFC3339Nano, stamp); err == nil {
				lines = append(lines, Line{Time: at.UnixMilli(), Source: end(one.Name), Text: said})
			}
		}
	}
	return lines
}

func end(name string) string { return name[strings.LastIndexByte(name, '-')+1:] }
