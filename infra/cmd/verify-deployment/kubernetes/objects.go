package kubernetes

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Of Kubernetes' objects, what is read: https://kubernetes.io/docs/reference/kubernetes-api/

type metadata struct {
	Name              string
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

// ownedBy says whether an object is one of another's.
func (m metadata) ownedBy(uid string) bool {
	return slices.ContainsFunc(m.OwnerReferences, func(owner struct{ UID string }) bool { return owner.UID == uid })
}

// revision is what the Deployment's controller counts.
func (m metadata) revision() int {
	number, _ := strconv.Atoi(m.Annotations["deployment.kubernetes.io/revision"])
	return number
}

type condition struct{ Type, Status, Reason, Message string }

// conditionOf finds a condition by its type; the empty one is neither true nor false.
func conditionOf(all []condition, kind string) condition {
	at := slices.IndexFunc(all, func(one condition) bool { return one.Type == kind })
	if at < 0 {
		return condition{}
	}
	return all[at]
}

type podSpec struct {
	Containers []struct{ Name, Image string }
}

// image is the first container's.
func (s podSpec) image() string {
	if len(s.Containers) == 0 {
		return ""
	}
	return s.Containers[0].Image
}

type deployment struct {
	Metadata metadata
	Spec     struct {
		Replicas int
		Template struct{ Spec podSpec }
	}
	Status struct {
		ObservedGeneration int64
		Replicas           int
		UpdatedReplicas    int
		AvailableReplicas  int
		Conditions         []condition
	}
}

type replicaSet struct {
	Metadata metadata
	Spec     struct {
		Replicas int
		Template json.RawMessage
	}
	Status struct{ ReadyReplicas int }
}

// image is that of the pods that it makes.
func (s replicaSet) image() string {
	var template struct{ Spec podSpec }
	if json.Unmarshal(s.Spec.Template, &template) != nil {
		return ""
	}
	return template.Spec.image()
}

type pod struct {
	Metadata metadata
	Spec     podSpec
	Status   struct {
		Phase             string
		Reason            string
		Message           string
		Conditions        []condition
		ContainerStatuses []container
	}
}

func (p pod) ready() bool {
	return p.Metadata.DeletionTimestamp == nil && conditionOf(p.Status.Conditions, "Ready").Status == "True"
}

type container struct {
	Name         string
	Ready        bool
	RestartCount int
	State        containerState
	LastState    containerState
}

type containerState struct {
	Waiting    *struct{ Reason, Message string }
	Terminated *struct {
		ExitCode        int
		Reason, Message string
	}
}

type event struct {
	Metadata       metadata
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

// last is when it happened last: the field depends on which of the two interfaces for events its author used.
func (e event) last() time.Time {
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

// times is how often it happened.
func (e event) times() int {
	if e.Series != nil {
		return e.Series.Count
	}
	return max(e.Count, 1)
}

type list[T any] struct{ Items []T }

// digest is what comes after the @ of an image.
func digest(image string) string {
	_, after, _ := strings.Cut(image, "@")
	return after
}
