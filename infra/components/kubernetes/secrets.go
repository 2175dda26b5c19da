package kubernetes

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

const (
	// secretsAddon is AWS's: https://docs.aws.amazon.com/secretsmanager/latest/userguide/ascp-eks-installation.html
	secretsAddon = "aws-secrets-store-csi-driver-provider"
	// secretsDriver mounts what a class of secretsGroup names: https://secrets-store-csi-driver.sigs.k8s.io/concepts
	secretsDriver = "secrets-store.csi.k8s.io"
	secretsGroup  = "secrets-store.csi.x-k8s.io"
	// secretsVolume has to be mounted, or the driver is not asked. The service gets variables, and need not look there.
	secretsVolume = "secrets"
	mountedAt     = "/mnt/secrets-store"
)

// syncing has the driver write a Secret of Kubernetes for variables to be taken from, which it does not do unless asked.
const syncing = `{"secrets-store-csi-driver":{"syncSecret":{"enabled":true}}}`

// addSecretsDriver installs what reads secrets, where there are any. It runs on each node.
func (k *Kubernetes) addSecretsDriver(ctx *pulumi.Context, name string, args *Args) error {
	if len(args.Secrets) == 0 {
		return nil
	}
	driver, err := eks.NewAddon(ctx, name+"-secrets", &eks.AddonArgs{
		ClusterName: k.Cluster, AddonName: pulumi.String(secretsAddon), ConfigurationValues: pulumi.String(syncing),
	}, pulumi.Parent(k), pulumi.DependsOn([]pulumi.Resource{k.nodes}))
	if err != nil {
		return fmt.Errorf("make add-on: %w", err)
	}
	k.nodes = driver
	return k.showKinds(ctx, name, args)
}

// viewers is the group of roles that may read the cluster, where there are secrets in it.
func viewers(name string) string { return name + "-viewers" }

// showKinds lets them read what narrowViewPolicy leaves out of what a preview reads.
func (k *Kubernetes) showKinds(ctx *pulumi.Context, name string, args *Args) error {
	if len(args.ViewArns) == 0 {
		return nil
	}
	see := func(group string, kinds ...string) object {
		return object{"apiGroups": list(group), "resources": list(kinds...), "verbs": list("get", "list", "watch")}
	}
	named := object{"name": viewers(name)}
	role, err := k.add(ctx, viewers(name), "rbac.authorization.k8s.io/v1", "ClusterRole", object{"metadata": named, "rules": list(
		see("", "nodes"), see("eks.amazonaws.com", "nodeclasses", "targetgroupbindings"), see("karpenter.sh", "nodepools"),
		see(secretsGroup, "secretproviderclasses"), see("rbac.authorization.k8s.io", "clusterroles", "clusterrolebindings"),
	)})
	if err != nil {
		return err
	}
	_, err = k.add(ctx, viewers(name), "rbac.authorization.k8s.io/v1", "ClusterRoleBinding", object{
		"metadata": named,
		"roleRef":  object{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": viewers(name)},
		"subjects": list(object{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": viewers(name)}),
	}, pulumi.DependsOn([]pulumi.Resource{role}))
	return err
}

// secretsOf names what the pods of a version get their secrets by: another name for each version, so that each reads the values anew. The driver writes
// what a pod has mounted into the Secret of its class, also later; by one name, old pods would write old values over those that new pods read.
// It is nil where there are no secrets.
func secretsOf(args *Args) pulumi.StringInput {
	if len(args.Secrets) == 0 {
		return nil
	}
	return args.Image.ToStringOutput().ApplyT(func(image string) (string, error) {
		one := *args
		one.Image = pulumi.String(image)
		text, err := json.Marshal([]any{template(&one, nil), args.Secrets})
		if err != nil {
			return "", fmt.Errorf("write what a version is: %w", err)
		}
		sum := sha256.Sum256(text)
		return fmt.Sprintf("%s-%x", appName, sum[:5]), nil
	}).(pulumi.StringOutput)
}

// secretFile is one that the driver mounts: https://github.com/aws/secrets-store-csi-driver-provider-aws#secretproviderclass-options
type secretFile struct {
	Name    string     `json:"objectName"`
	Alias   string     `json:"objectAlias"`
	Version string     `json:"objectVersion,omitempty"`
	Stage   string     `json:"objectVersionLabel,omitempty"`
	Keys    []keyOfOne `json:"jmesPath,omitempty"`
}

// keyOfOne is a file with the value of a key in a secret.
type keyOfOne struct {
	Path  string `json:"path"`
	Alias string `json:"objectAlias"`
}

// secretProviderClass says what is read, and under which names a Secret has it. What several variables take is read once: the provider asks for each
// parameter once.
func secretProviderClass(namespace string, secrets pulumi.StringInput, args *Args) (object, error) {
	var files []secretFile
	var data []any
	known := map[string]string{}
	for _, variable := range slices.Sorted(maps.Keys(args.Secrets)) {
		reference := args.Secrets[variable]
		if known[reference] == "" {
			file, err := fileOf(variable, reference)
			if err != nil {
				return nil, err
			}
			known[reference], files = variable, append(files, file)
		}
		data = append(data, object{"objectName": known[reference], "key": variable})
	}
	// JSON is YAML, which the provider reads.
	objects, err := json.Marshal(files)
	if err != nil {
		return nil, fmt.Errorf("write what is read: %w", err)
	}
	return object{
		"metadata": object{"name": secrets, "namespace": namespace, "labels": labels()},
		"spec": object{
			"provider":      "aws",
			"parameters":    object{"region": args.Caller.Region, "usePodIdentity": "true", "objects": string(objects)},
			"secretObjects": list(object{"secretName": secrets, "type": "Opaque", "data": data}),
		},
	}, nil
}

// fileOf is what a variable takes: a whole secret or parameter, or the value of a key, beside which the provider mounts the whole.
func fileOf(variable, reference string) (secretFile, error) {
	secret := iampolicy.ParseSecret(reference)
	file := secretFile{Name: secret.ARN, Alias: variable, Version: secret.Version, Stage: secret.Stage}
	if secret.Key == "" {
		return file, nil
	}
	// In quotes a path is one key, whatever it is called: https://jmespath.org/specification.html#identifiers
	path, err := json.Marshal(secret.Key)
	if err != nil {
		return file, fmt.Errorf("write the key of %s: %w", variable, err)
	}
	file.Alias, file.Keys = variable+".json", []keyOfOne{{Path: string(path), Alias: variable}}
	return file, nil
}

// secretVariables take their values from the Secret.
func secretVariables(secrets pulumi.StringInput, args *Args) []any {
	var all []any
	for _, name := range slices.Sorted(maps.Keys(args.Secrets)) {
		all = append(all, object{"name": name, "valueFrom": object{"secretKeyRef": object{"name": secrets, "key": name}}})
	}
	return all
}

// addSecrets makes what a version's pods get their secrets by. One of an earlier version stays: its pods may be put back. All go with the namespace.
func (k *Kubernetes) addSecrets(
	ctx *pulumi.Context, name string, args *Args, within pulumi.ResourceOption,
) (secrets pulumi.StringInput, made []pulumi.Resource, err error) {
	secrets = secretsOf(args)
	if secrets == nil {
		return nil, nil, nil
	}
	content, err := secretProviderClass(name, secrets, args)
	if err != nil {
		return nil, nil, err
	}
	class, err := k.add(ctx, name, secretsGroup+"/v1", "SecretProviderClass", content, within,
		pulumi.DependsOn([]pulumi.Resource{k.nodes}), pulumi.RetainOnDelete(true))
	return secrets, []pulumi.Resource{class}, err
}
