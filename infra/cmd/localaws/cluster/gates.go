package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/kubernetes/objects"
)

const (
	// gated is the label of a namespace whose pods get gates, gatePrefix comes before the name of the binding that a gate is for.
	gated      = "eks.amazonaws.com/pod-readiness-gate-inject"
	gatePrefix = "target-health.eks.amazonaws.com/"
)

// gatePolicy stands in for Auto Mode's webhook: a new pod gets a readiness gate for each TargetGroupBinding of its namespace. Auto Mode's also asks whether
// the binding's Service finds the pod: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/
func gatePolicy() []any {
	name := "pod-readiness-gates.eks.amazonaws.com"
	// A map and no object with a type: of those in a list, the API server's JSON patch makes a panic.
	gate := `{"conditionType": "` + gatePrefix + `" + params.metadata.name}`
	add := `has(object.spec.readinessGates)
		? [JSONPatch{op: "add", path: "/spec/readinessGates/-", value: ` + gate + `}]
		: [JSONPatch{op: "add", path: "/spec/readinessGates", value: [` + gate + `]}]`
	return []any{
		object{
			"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy", "metadata": object{"name": name},
			"spec": object{
				"paramKind": object{"apiVersion": "eks.amazonaws.com/v1", "kind": "TargetGroupBinding"}, "reinvocationPolicy": "Never",
				"matchConstraints": object{
					"namespaceSelector": object{"matchLabels": object{gated: "enabled"}},
					"resourceRules": []any{object{
						"apiGroups": []string{""}, "apiVersions": []string{"v1"}, "operations": []string{"CREATE"}, "resources": []string{"pods"},
					}},
				},
				"mutations": []any{object{"patchType": "JSONPatch", "jsonPatch": object{"expression": add}}},
			},
		},
		object{
			"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicyBinding", "metadata": object{"name": name},
			"spec": object{"policyName": name, "paramRef": object{"selector": object{}, "parameterNotFoundAction": "Allow"}},
		},
	}
}

// openGates opens those of pods whose targets are healthy. Once open they stay so: a target that fails later gets no requests for that.
func (b *binder) openGates(ctx context.Context, name string, pods map[target]objects.Pod, healthy map[target]bool) error {
	gate := gatePrefix + name
	var failed []error
	for at, pod := range pods {
		if healthy[at] && slices.Contains(pod.Spec.ReadinessGates, objects.Gate{ConditionType: gate}) && !pod.Is(gate) {
			failed = append(failed, b.open(ctx, pod, gate))
		}
	}
	return errors.Join(failed...)
}

func (b *binder) open(ctx context.Context, pod objects.Pod, gate string) error {
	body, err := json.Marshal(object{"status": object{"conditions": []any{object{"type": gate, "status": "True", "reason": "Healthy"}}}})
	if err != nil {
		return fmt.Errorf("write the condition %s: %w", gate, err)
	}
	path := "/api/v1/namespaces/" + pod.Metadata.Namespace + "/pods/" + pod.Metadata.Name + "/status"
	_, err = b.ask(ctx, http.MethodPatch, path, body)
	return err
}
