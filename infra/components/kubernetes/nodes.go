package kubernetes

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// unitsPerCore are the CPU units of one vCPU.
	unitsPerCore = 1024
	// spareCores are for what runs beside the pods, and for nodes that are not filled.
	spareCores = 8
)

// addNodes says of what kind nodes are and how many there may be, and has the metrics measured that pods are scaled by.
func (k *Kubernetes) addNodes(ctx *pulumi.Context, name string, args *Args) error {
	// Without this, policies between pods are accepted and not enforced: https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html
	enforced, err := k.add(ctx, name+"-network-policies", "v1", "ConfigMap", object{
		"metadata": object{"name": "amazon-vpc-cni", "namespace": "kube-system"},
		"data":     object{"enable-network-policy-controller": "true"},
	})
	if err != nil {
		return err
	}
	class, err := k.add(ctx, name+"-nodes", "eks.amazonaws.com/v1", "NodeClass", k.nodeClass(name, args),
		pulumi.DependsOn(append([]pulumi.Resource{enforced}, args.After...)))
	if err != nil {
		return err
	}
	pool, err := k.add(ctx, name+"-nodes", "karpenter.sh/v1", "NodePool", nodePool(name, args), pulumi.DependsOn([]pulumi.Resource{class}))
	if err != nil {
		return err
	}
	measured, err := eks.NewAddon(ctx, name+"-metrics-server", &eks.AddonArgs{
		ClusterName: k.Cluster, AddonName: pulumi.String("metrics-server"),
	}, pulumi.Parent(k), pulumi.DependsOn([]pulumi.Resource{pool}))
	if err != nil {
		return fmt.Errorf("make add-on: %w", err)
	}
	k.nodes = measured
	return nil
}

// nodeClass is where nodes are and who reaches them: the tasks' subnets and security group, with the cluster's own group for what nodes and control
// plane say to each other. https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html
func (k *Kubernetes) nodeClass(name string, args *Args) object {
	subnets := args.SubnetIDs.ToStringArrayOutput().ApplyT(func(ids []string) []map[string]string {
		var terms []map[string]string
		for _, id := range ids {
			terms = append(terms, map[string]string{"id": id})
		}
		return terms
	})
	return object{
		"metadata": object{"name": name},
		"spec": object{
			"role":                       k.nodeRole.Name,
			"subnetSelectorTerms":        subnets,
			"securityGroupSelectorTerms": list(object{"id": args.SecurityGroup}, object{"id": k.cluster.VpcConfig.ClusterSecurityGroupId().Elem()}),
			"networkPolicy":              "DefaultAllow",
			"advancedNetworking":         object{"associatePublicIPAddress": args.PublicAddress},
		},
	}
}

// nodePool lets Auto Mode choose the cheapest instances that hold the pods, and as many as two versions of all pods need.
// https://docs.aws.amazon.com/eks/latest/userguide/create-node-pool.html
func nodePool(name string, args *Args) object {
	in := func(key string, values ...string) object {
		return object{"key": key, "operator": "In", "values": list(values...)}
	}
	cores := (2*args.Max*args.CPU+unitsPerCore-1)/unitsPerCore + spareCores
	return object{
		"metadata": object{"name": name},
		"spec": object{
			"limits": object{"cpu": strconv.Itoa(cores)},
			"disruption": object{
				"consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": "5m",
				// One node at a time, however few there are.
				"budgets": list(object{"nodes": "1"}),
			},
			"template": object{"spec": object{
				"nodeClassRef": object{"group": "eks.amazonaws.com", "kind": "NodeClass", "name": name},
				"requirements": list(
					in("karpenter.sh/capacity-type", "on-demand"),
					in("kubernetes.io/arch", architecture(args)),
					in("eks.amazonaws.com/instance-category", "c", "m", "r", "t"),
				),
				// A node is replaced after two weeks, with all that AWS has mended since.
				"expireAfter": "336h",
			}},
		},
	}
}

// architecture is Kubernetes' word for the processor.
func architecture(args *Args) string {
	if args.Architecture == "ARM64" {
		return "arm64"
	}
	return "amd64"
}
