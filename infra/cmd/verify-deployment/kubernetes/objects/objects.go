// Package objects is what mote reads of Kubernetes' objects: https://kubernetes.io/docs/reference/kubernetes-api/
package objects

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Metadata is what every object has.
type Metadata struct {
	Name              string
	Namespace         string
	UID               string
	Generation        int64
	Annotations       map[string]string
	CreationTimestamp time.Time
	DeletionTimestamp *time.Time
	OwnerReferences   []struct{ UID string }
	ManagedFields     []struct {
		Manager   string
		Operation string
		FieldsV1  map[string]map[string]any
	}
}

// OwnedBy says whether an object is one of another's.
func (m Metadata) OwnedBy(uid string) bool {
	return slices.ContainsFunc(m.OwnerReferences, func(owner struct{ UID string }) bool { return owner.UID == uid })
}

// Revision is what the Deployment's controller counts.
func (m Metadata) Revision() int {
	number, _ := strconv.Atoi(m.Annotations["deployment.kubernetes.io/revision"])
	return number
}

// Condition is what a controller says of an object.
type Condition struct{ Type, Status, Reason, Message string }

// ConditionOf finds a condition by its type; the empty one is neither true nor false.
func ConditionOf(all []Condition, kind string) Condition {
	at := slices.IndexFunc(all, func(one Condition) bool { return one.Type == kind })
	if at < 0 {
		return Condition{}
	}
	return all[at]
}

// PodSpec is what a pod is to be.
type PodSpec struct {
	NodeName       string
	Containers     []struct{ Name, Image string }
	ReadinessGates []Gate
}

// Gate is a condition without which a pod is not ready, whatever its containers say.
type Gate struct{ ConditionType string }

// Image is the first container's.
func (s PodSpec) Image() string {
	if len(s.Containers) == 0 {
		return ""
	}
	return s.Containers[0].Image
}

// Deployment has revisions, which are ReplicaSets.
type Deployment struct {
	Metadata Metadata
	Spec     struct {
		Replicas int
		Template struct{ Spec PodSpec }
	}
	Status struct {
		ObservedGeneration int64
		Replicas           int
		ReadyReplicas      int
		UpdatedReplicas    int
		AvailableReplicas  int
		Conditions         []Condition
	}
}

// ReplicaSet is a revision: a version of the pods, and how many.
type ReplicaSet struct {
	Metadata Metadata
	Spec     struct {
		Replicas int
		Template json.RawMessage
	}
	Status struct{ ReadyReplicas int }
}

// Image is that of the pods that it makes.
func (s ReplicaSet) Image() string {
	var template struct{ Spec PodSpec }
	if json.Unmarshal(s.Spec.Template, &template) != nil {
		return ""
	}
	return template.Spec.Image()
}

// Pod is one that runs, starts or ends.
type Pod struct {
	Metadata Metadata
	Spec     PodSpec
	Status   struct {
		Phase             string
		StartTime         *time.Time
		Reason            string
		Message           string
		Conditions        []Condition
		ContainerStatuses []Container
	}
}

// Is says whether it has a condition.
func (p Pod) Is(condition string) bool {
	return ConditionOf(p.Status.Conditions, condition).Status == "True"
}

// Ready says whether it gets requests, and is not about to end.
func (p Pod) Ready() bool { return p.Metadata.DeletionTimestamp == nil && p.Is("Ready") }

// ContainersReady says whether it could get requests: its gates do not count.
func (p Pod) ContainersReady() bool {
	return p.Metadata.DeletionTimestamp == nil && p.Is("ContainersReady")
}

// Hindrance is why it is not ready beside what its containers do: no node takes it, or a readiness gate is closed. The empty one is neither.
func (p Pod) Hindrance() Condition {
	if scheduled := ConditionOf(p.Status.Conditions, "PodScheduled"); scheduled.Status == "False" {
		return scheduled
	}
	if ready := ConditionOf(p.Status.Conditions, "Ready"); ready.Reason == "ReadinessGatesNotReady" {
		return ready
	}
	return Condition{}
}

// Container is how one of a pod does.
type Container struct {
	Name         string
	Ready        bool
	RestartCount int
	State        ContainerState
	LastState    ContainerState
}

// ContainerState is one of these at most, or running.
type ContainerState struct {
	Waiting    *struct{ Reason, Message string }
	Terminated *Exit
}

// Exit is how a container ended.
type Exit struct {
	ExitCode        int
	Reason, Message string
}

// Event is what happened to an object.
type Event struct {
	Metadata       Metadata
	Type           string
	Reason         string
	Message        string
	Count          int
	InvolvedObject struct{ Kind, Name string }
	LastTimestamp  *time.Time
	EventTime      *time.Time
	Series         *struct {
		Count            int
		LastObservedTime time.Time
	}
}

// Last is when it happened last: the field depends on which of the two interfaces for events its author used.
func (e Event) Last() time.Time {
	switch {
	case e.Series != nil:
		return e.Series.LastObservedTime
	case e.LastTimestamp != nil:
		return *e.LastTimestamp
	case e.EventTime != nil:
		return *e.EventTime
	default:
		return e.Metadata.CreationTimestamp
	}
}

// Times is how often it happened.
func (e Event) Times() int {
	if e.Series != nil {
		return e.Series.Count
	}
	return max(e.Count, 1)
}

// List is what the API server answers where several are asked for.
type List[T any] struct{ Items []T }

// Digest is what comes after the @ of an image.
func Digest(image string) string {
	_, after, _ := strings.Cut(image, "@")
	return after
}
