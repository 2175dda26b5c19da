// Command kubernetes-schemas writes the schemas that the stack's Kubernetes objects are validated by, from what the projects publish. How it is called is
// in components/kubernetes/schemas/README.md: go run ./cmd/kubernetes-schemas SWAGGER NODEPOOL-CRD SECRETPROVIDERCLASS-CRD FOLDER
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/mote-dev/mote/infra/internal/commandline"
)

// kinds are those that the stack makes, by the names of their definitions and with the name that kubeconform gives the file.
var kinds = map[string]string{
	"io.k8s.api.core.v1.Namespace":                      "namespace-v1",
	"io.k8s.api.core.v1.ConfigMap":                      "configmap-v1",
	"io.k8s.api.core.v1.Service":                        "service-v1",
	"io.k8s.api.core.v1.ServiceAccount":                 "serviceaccount-v1",
	"io.k8s.api.apps.v1.Deployment":                     "deployment-apps-v1",
	"io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler": "horizontalpodautoscaler-autoscaling-v2",
	"io.k8s.api.networking.v1.NetworkPolicy":            "networkpolicy-networking-v1",
	"io.k8s.api.policy.v1.PodDisruptionBudget":          "poddisruptionbudget-policy-v1",
	"io.k8s.api.rbac.v1.ClusterRole":                    "clusterrole-rbac-v1",
	"io.k8s.api.rbac.v1.ClusterRoleBinding":             "clusterrolebinding-rbac-v1",
}

// Of these two, the published schema says less than the API server takes.
const (
	intOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
	quantity    = "io.k8s.apimachinery.pkg.api.resource.Quantity"
)

const reference = "#/definitions/"

type schema = map[string]any

func main() {
	commandline.Introduce("kubernetes-schemas SWAGGER NODEPOOL-CRD SECRETPROVIDERCLASS-CRD FOLDER")
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "kubernetes-schemas: SWAGGER NODEPOOL-CRD SECRETPROVIDERCLASS-CRD FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, "kubernetes-schemas:", err)
		os.Exit(1)
	}
}

func run(swagger, nodePool, secretProviderClass, folder string) error {
	var published struct{ Definitions map[string]schema }
	text, err := os.ReadFile(swagger) //nolint:gosec // The path is the caller's own.
	if err != nil {
		return fmt.Errorf("read Kubernetes' schemas: %w", err)
	}
	if err := json.Unmarshal(text, &published); err != nil {
		return fmt.Errorf("read %s: %w", swagger, err)
	}
	published.Definitions[intOrString] = schema{"type": []string{"string", "integer"}}
	published.Definitions[quantity] = schema{"type": []string{"string", "number"}}
	for name, file := range kinds {
		if published.Definitions[name] == nil {
			return fmt.Errorf("%s has no %s", swagger, name)
		}
		used := schema{}
		if err := collect(published.Definitions, name, used); err != nil {
			return err
		}
		whole := used[name].(schema)
		delete(used, name)
		if err := write(folder, file, required(whole, used)); err != nil {
			return err
		}
	}
	if err := custom(nodePool, folder, "nodepool-karpenter-v1"); err != nil {
		return err
	}
	return custom(secretProviderClass, folder, "secretproviderclass-secrets-store-v1")
}

// collect takes a definition and all that it refers to.
func collect(all map[string]schema, name string, used schema) error {
	if used[name] != nil {
		return nil
	}
	one := strict(all[name]).(schema)
	used[name] = one
	text, err := json.Marshal(one)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	for _, part := range strings.Split(string(text), `"`+reference)[1:] {
		if err := collect(all, part[:strings.IndexByte(part, '"')], used); err != nil {
			return err
		}
	}
	return nil
}

// required has kubeconform refuse an object that does not say what it is.
func required(whole, used schema) schema {
	whole["required"] = []string{"apiVersion", "kind", "metadata"}
	if len(used) > 0 {
		whole["definitions"] = used
	}
	return whole
}

// custom writes the schema of a kind that is not Kubernetes' own.
func custom(definition, folder, file string) error {
	var published struct {
		Spec struct {
			Versions []struct {
				Name   string
				Schema struct {
					Whole schema `yaml:"openAPIV3Schema"`
				}
			}
		}
	}
	text, err := os.ReadFile(definition) //nolint:gosec // The path is the caller's own.
	if err != nil {
		return fmt.Errorf("read definition of a custom kind: %w", err)
	}
	if err := yaml.Unmarshal(text, &published); err != nil {
		return fmt.Errorf("read %s: %w", definition, err)
	}
	for _, version := range published.Spec.Versions {
		if version.Name == "v1" {
			whole := strict(version.Schema.Whole).(schema)
			// Kubernetes checks an object's metadata itself.
			whole["properties"].(schema)["metadata"] = schema{"type": "object"}
			return write(folder, file, required(whole, nil))
		}
	}
	return fmt.Errorf("%s has no version v1", definition)
}

// strict copies a schema without what only people read, and refuses fields that it does not name.
func strict(value any) any {
	switch value := value.(type) {
	case schema:
		copied := schema{}
		for key, inner := range value {
			if text, is := inner.(string); key == "description" && is && text != "" || strings.HasPrefix(key, "x-kubernetes-") {
				continue
			}
			copied[key] = strict(inner)
		}
		_, open := copied["additionalProperties"]
		if _, is := copied["properties"].(schema); is && !open {
			copied["additionalProperties"] = false
		}
		if value["x-kubernetes-int-or-string"] == true {
			delete(copied, "type")
		}
		return copied
	case []any:
		var copied []any
		for _, inner := range value {
			copied = append(copied, strict(inner))
		}
		return copied
	default:
		return value
	}
}

func write(folder, file string, one schema) error {
	text, err := json.Marshal(one)
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	if err := os.WriteFile(filepath.Join(folder, file+".json"), append(text, '\n'), 0o600); err != nil { //nolint:gosec // The folder is the caller's own.
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
