package kubernetes

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// object is one of Kubernetes', as its API has it. Values that are not known yet are outputs.
type object = map[string]any

// providerVersion is that of Pulumi's Kubernetes provider, which knows the objects by their kinds.
const providerVersion = "4.24.0"

// provider is Pulumi's for Kubernetes. Its SDK for Go would add a minute and a half to the compilation of each stack's program.
type provider struct{ pulumi.ProviderResourceState }

// made is an object in the cluster.
type made struct{ pulumi.CustomResourceState }

// connect makes the provider, once a role may enter the cluster.
func (k *Kubernetes) connect(ctx *pulumi.Context, name string, args *Args) error {
	authority := k.cluster.CertificateAuthority.Data().Elem()
	config := pulumi.All(k.cluster.Name, k.cluster.Endpoint, authority).ApplyT(func(known []any) (string, error) {
		return kubeconfig(known[0].(string), args.Caller.Region, known[1].(string), known[2].(string))
	}).(pulumi.StringOutput)
	connected := &provider{}
	if err := ctx.RegisterResource("pulumi:providers:kubernetes", name, pulumi.Map{"kubeconfig": config}, connected,
		pulumi.Parent(k), pulumi.Version(providerVersion), pulumi.DependsOn(k.access)); err != nil {
		return fmt.Errorf("connect to cluster: %w", err)
	}
	k.provider = connected
	return nil
}

// add puts an object into the cluster. Its name in Pulumi says the kind as well.
func (k *Kubernetes) add(ctx *pulumi.Context, name, version, kind string, content object, opts ...pulumi.ResourceOption) (*made, error) {
	inputs := object{"apiVersion": version, "kind": kind}
	maps.Copy(inputs, content)
	one := &made{}
	opts = append(opts, pulumi.Parent(k), pulumi.Provider(k.provider), pulumi.Version(providerVersion))
	if err := ctx.RegisterResource(fmt.Sprintf("kubernetes:%s:%s", group(version), kind), name, pulumi.ToMap(inputs), one, opts...); err != nil {
		return nil, fmt.Errorf("make %s: %w", kind, err)
	}
	return one, nil
}

// group is how the provider writes an API's version: the one without a group is core.
func group(version string) string {
	if version == "v1" {
		return "core/v1"
	}
	return version
}

// list makes a list of one kind.
func list[T any](values ...T) []any {
	all := []any{}
	for _, value := range values {
		all = append(all, value)
	}
	return all
}
