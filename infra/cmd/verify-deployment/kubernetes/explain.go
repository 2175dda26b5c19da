package kubernetes

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/kubernetes/objects"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/report"
)

// maxPods are those whose last lines are shown: pods mostly fail for the same reason.
const maxPods = 2

// explain writes all that may say why.
func (v Verifier) explain(ctx context.Context, d Deployment, state found) {
	failed := slices.DeleteFunc(state.of(state.current()), objects.Pod.Ready)
	section := func(title string, ask func() ([]string, error)) { report.Section(v.Out, title, ask) }
	section("What Kubernetes says", func() ([]string, error) { return state.conditions(), nil })
	section("Events", func() ([]string, error) { return v.events(ctx, d, state) })
	section("Revisions", func() ([]string, error) { return state.revisions(), nil })
	section("Pods that are not ready", func() ([]string, error) { return podReasons(failed), nil })
	section("Last lines of the pods that are not ready", func() ([]string, error) { return v.lastLines(ctx, d, failed) })
	if v.Targets != nil && d.TargetGroup != "" {
		section("Targets of the load balancer", func() ([]string, error) { return v.Targets(ctx, d.TargetGroup) })
	}
}

// conditions are the Deployment's own words.
func (f found) conditions() []string {
	var lines []string
	for _, one := range f.deployment.Status.Conditions {
		lines = append(lines, fmt.Sprintf("%s is %s: %s %s", one.Type, one.Status, one.Reason, one.Message))
	}
	return lines
}

// events are those of the Deployment, of its current revision and of that one's pods, youngest first. What the old version goes through is no reason.
func (v Verifier) events(ctx context.Context, d Deployment, state found) ([]string, error) {
	all, err := get[objects.List[objects.Event]](ctx, v.API, "/api/v1/namespaces/"+d.Namespace+"/events", nil)
	if err != nil {
		return nil, err
	}
	set := state.current().Metadata.Name
	ours := slices.DeleteFunc(all.Items, func(one objects.Event) bool {
		object := one.InvolvedObject
		switch object.Kind {
		case "Deployment":
			return object.Name != d.Name
		case "ReplicaSet":
			return object.Name != set
		case "Pod":
			return set == "" || !strings.HasPrefix(object.Name, set+"-")
		default:
			return true
		}
	})
	slices.SortStableFunc(ours, func(a, b objects.Event) int { return b.Last().Compare(a.Last()) })
	var lines []string
	for _, one := range ours[:min(report.MaxLines, len(ours))] {
		lines = append(lines, fmt.Sprintf("%s %s, %d times: %s %s", one.InvolvedObject.Kind, one.InvolvedObject.Name, one.Times(), one.Reason, one.Message))
	}
	return lines, nil
}

// revisions say which digests the cluster has, and on how many pods.
func (f found) revisions() []string {
	var lines []string
	for _, set := range f.sets[:min(report.MaxLines, len(f.sets))] {
		lines = append(lines, fmt.Sprintf("%d runs %s: %d of %d pods ready",
			set.Metadata.Revision(), objects.Digest(set.Image()), len(f.readyPods(set)), set.Spec.Replicas))
	}
	return lines
}

// podReasons are why pods are not ready, and how their containers ended.
func podReasons(pods []objects.Pod) []string {
	var lines []string
	for _, one := range pods[:min(report.MaxLines, len(pods))] {
		why := one.Hindrance()
		lines = append(lines, sentence(one.Metadata.Name+":", one.Status.Phase, one.Status.Reason, one.Status.Message, why.Reason, why.Message))
		for _, container := range one.Status.ContainerStatuses {
			lines = append(lines, "  "+containerExit(container))
		}
	}
	return lines
}

// sentence joins what is not empty.
func sentence(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), " ")
}

// containerExit is how a container is or ended. One that restarts has ended before, which says more than that it waits to be started again.
func containerExit(one objects.Container) string {
	ended := one.State.Terminated
	if ended == nil {
		ended = one.LastState.Terminated
	}
	switch {
	case ended != nil:
		how := sentence(fmt.Sprintf("%s ended with exit code %d", one.Name, ended.ExitCode), ended.Reason, ended.Message)
		return fmt.Sprintf("%s, started again %d times", how, one.RestartCount)
	case one.State.Waiting != nil:
		return fmt.Sprintf("%s never ran: %s %s", one.Name, one.State.Waiting.Reason, one.State.Waiting.Message)
	case !one.Ready:
		return one.Name + " runs and is not ready"
	default:
		return one.Name + " is ready"
	}
}

// lastLines are those of containers of the version that was asked for, before they were started again.
func (v Verifier) lastLines(ctx context.Context, d Deployment, failed []objects.Pod) ([]string, error) {
	var lines []string
	for _, one := range failed[:min(maxPods, len(failed))] {
		for _, container := range one.Status.ContainerStatuses {
			said, err := v.lines(ctx, d, one.Metadata.Name, container)
			if err != nil {
				// A container that never ran has none.
				said = append(said, "could not be read: "+err.Error())
			}
			lines = append(lines, said...)
		}
	}
	return lines, nil
}

// lines are the last ones of a container.
func (v Verifier) lines(ctx context.Context, d Deployment, pod string, one objects.Container) ([]string, error) {
	path := "/api/v1/namespaces/" + d.Namespace + "/pods/" + url.PathEscape(pod) + "/log"
	query := url.Values{"container": {one.Name}, "tailLines": {strconv.Itoa(report.MaxLines)}}
	if one.State.Terminated == nil && one.RestartCount > 0 {
		query.Set("previous", "true")
	}
	text, err := v.API.do(ctx, http.MethodGet, path, query, nil)
	if err != nil {
		return nil, err
	}
	if len(text) == 0 {
		return nil, nil
	}
	return strings.Split(strings.TrimRight(string(text), "\n"), "\n"), nil
}
