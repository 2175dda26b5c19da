package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mote-dev/mote/infra/cmd/localaws/process"
	"github.com/mote-dev/mote/infra/components/kubernetes/schemas"
)

type object = map[string]any

// kinds are those of EKS Auto Mode and of its add-on for secrets, which a plain Kubernetes has not. Here they are stand-ins: the API server takes them and, save for the bindings
// (targets.go), nothing acts on them.
var kinds = []struct{ file, group, kind, plural, scope string }{
	{"nodeclass-eks-v1", "eks.amazonaws.com", "NodeClass", "nodeclasses", "Cluster"},
	{"nodepool-karpenter-v1", "karpenter.sh", "NodePool", "nodepools", "Cluster"},
	{"secretproviderclass-secrets-store-v1", "secrets-store.csi.x-k8s.io", "SecretProviderClass", "secretproviderclasses", "Namespaced"},
	{"targetgroupbinding-eks-v1", "eks.amazonaws.com", "TargetGroupBinding", "targetgroupbindings", "Namespaced"},
}

// policies are EKS's for access entries, as far as a stack uses them. EKS decides by them beside Kubernetes' own rules; here they are groups
// that such rules are for: https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
var policies = map[string][]any{
	"AmazonEKSClusterAdminPolicy": {
		object{"apiGroups": []string{"*"}, "resources": []string{"*"}, "verbs": []string{"*"}}, object{"nonResourceURLs": []string{"*"}, "verbs": []string{"*"}},
	},
	"AmazonEKSAdminViewPolicy": {object{"apiGroups": []string{"*"}, "resources": []string{"*"}, "verbs": []string{"get", "list", "watch"}}},
}

// Prepare puts into the cluster what EKS has in it from the beginning.
func (c Cluster) Prepare(ctx context.Context, folder string) error {
	var items []any
	for _, one := range kinds {
		text, err := schemas.Files.ReadFile(one.file + ".json")
		if err != nil {
			return fmt.Errorf("read the schema of %s: %w", one.kind, err)
		}
		var whole object
		if err := json.Unmarshal(text, &whole); err != nil {
			return fmt.Errorf("read the schema of %s: %w", one.kind, err)
		}
		definitions, _ := whole["definitions"].(object)
		spec := structural(whole["properties"].(object)["spec"].(object), definitions)
		items = append(items, definition(one.group, one.kind, one.plural, one.scope, spec))
	}
	for policy, rules := range policies {
		name := "eks:" + policy
		items = append(items,
			object{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": object{"name": name}, "rules": rules},
			object{
				"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": object{"name": name},
				"roleRef":  object{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
				"subjects": []any{object{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": name}},
			})
	}
	items = append(items, gatePolicy()...)
	text, err := json.Marshal(object{"apiVersion": "v1", "kind": "List", "items": items})
	if err != nil {
		return fmt.Errorf("write the kinds of EKS: %w", err)
	}
	cmd := c.Kubectl(ctx, folder, "apply", "--server-side", "-f", "-")
	cmd.Stdin = bytes.NewReader(text)
	return process.Run(cmd)
}

func definition(group, kind, plural, scope string, spec object) object {
	return object{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": object{"name": plural + "." + group},
		"spec": object{
			"group": group, "scope": scope, "names": object{"kind": kind, "plural": plural, "singular": strings.ToLower(kind)},
			"versions": []any{object{
				"name": "v1", "served": true, "storage": true,
				"schema": object{"openAPIV3Schema": object{"type": "object", "required": []string{"spec"}, "properties": object{"spec": spec}}},
			}},
		},
	}
}

// structural writes a schema as Kubernetes wants those of custom kinds: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
// Fields that it does not name are refused there without being forbidden.
func structural(schema, definitions object) object {
	if name, is := schema["$ref"].(string); is {
		schema = definitions[name[strings.LastIndexByte(name, '/')+1:]].(object)
	}
	written := object{}
	for key, value := range schema {
		switch key {
		case "properties":
			inner := object{}
			for name, one := range value.(object) {
				inner[name] = structural(one.(object), definitions)
			}
			written[key] = inner
		case "items", "additionalProperties":
			if one, is := value.(object); is {
				written[key] = structural(one, definitions)
			}
		default:
			written[key] = value
		}
	}
	_, several := written["type"].([]any)
	_, either := written["anyOf"]
	switch _, typed := written["type"].(string); {
	case several, either && !typed:
		delete(written, "type")
		written["x-kubernetes-int-or-string"] = true
	case !typed:
		written["type"] = "string"
	}
	return written
}
