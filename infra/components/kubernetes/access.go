package kubernetes

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// AWS's policies for what an entry may do in a cluster: https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
const (
	adminPolicy = "AmazonEKSClusterAdminPolicy"
	// viewPolicy reads nodes and their pools as well, which the narrower AmazonEKSViewPolicy does not.
	viewPolicy = "AmazonEKSAdminViewPolicy"
	// narrowViewPolicy leaves out Kubernetes' Secrets, which the other one shows, and what showKinds adds.
	narrowViewPolicy = "AmazonEKSViewPolicy"
	nodePolicy       = "AmazonEKSAutoNodePolicy"
)

// addAccess says who gets into the cluster: roles that deploy, roles that look, and the nodes.
func (k *Kubernetes) addAccess(ctx *pulumi.Context, name string, args *Args) (err error) {
	for i, arn := range args.AdminArns {
		if err := k.enter(ctx, fmt.Sprintf("%s-admin-%d", name, i+1), pulumi.String(arn), "STANDARD", adminPolicy, nil, args); err != nil {
			return err
		}
	}
	policy, groups := viewPolicy, []string(nil)
	if len(args.Secrets) > 0 {
		policy, groups = narrowViewPolicy, []string{viewers(name)}
	}
	for i, arn := range args.ViewArns {
		if err := k.enter(ctx, fmt.Sprintf("%s-view-%d", name, i+1), pulumi.String(arn), "STANDARD", policy, groups, args); err != nil {
			return err
		}
	}
	var allowed []pulumi.Resource
	if k.nodeRole, allowed, err = k.role(ctx, name+"-node", nodeService, "A node: joins the cluster and fetches images", iampolicy.NodePolicies, args); err != nil {
		return err
	}
	k.access = append(k.access, allowed...)
	return k.enter(ctx, name+"-node", k.nodeRole.Arn, "EC2", nodePolicy, nil, args)
}

// enter lets a role into the whole cluster, to do what a policy says, and what is allowed to groups in the cluster.
func (k *Kubernetes) enter(ctx *pulumi.Context, name string, arn pulumi.StringInput, kind, policy string, groups []string, args *Args) error {
	entering := &eks.AccessEntryArgs{ClusterName: k.Cluster, PrincipalArn: arn, Type: pulumi.String(kind)}
	if len(groups) > 0 {
		entering.KubernetesGroups = pulumi.ToStringArray(groups)
	}
	entry, err := eks.NewAccessEntry(ctx, name, entering, pulumi.Parent(k))
	if err != nil {
		return fmt.Errorf("make access entry: %w", err)
	}
	allowed, err := eks.NewAccessPolicyAssociation(ctx, name, &eks.AccessPolicyAssociationArgs{
		ClusterName:  k.Cluster,
		PrincipalArn: entry.PrincipalArn,
		PolicyArn:    pulumi.Sprintf("arn:%s:eks::aws:cluster-access-policy/%s", args.Caller.Partition, policy),
		AccessScope:  &eks.AccessPolicyAssociationAccessScopeArgs{Type: pulumi.String("cluster")},
	}, pulumi.Parent(k))
	if err != nil {
		return fmt.Errorf("allow access entry: %w", err)
	}
	k.access = append(k.access, allowed)
	return nil
}

// addIdentity gives the pods what is permitted, and has their secrets read in their name, by Pod Identity. Pods with neither have no role.
func (k *Kubernetes) addIdentity(ctx *pulumi.Context, name string, args *Args) error {
	statements := iampolicy.AllowEach("Permission", args.Permissions)
	if len(args.Secrets) > 0 {
		statements = append(statements, iampolicy.AllowSecrets(args.Secrets, args.SecretsKey)...)
	}
	if len(statements) == 0 {
		return nil
	}
	document, err := iampolicy.JSON(statements...)
	if err != nil {
		return err
	}
	role, _, err := k.role(ctx, name+"-pod", "pods.eks.amazonaws.com", "The service itself: what its stack permits", nil, args)
	if err != nil {
		return err
	}
	allowed, err := iam.NewRolePolicy(ctx, name+"-pod", &iam.RolePolicyArgs{Role: role.Name, Policy: pulumi.String(document)}, pulumi.Parent(k))
	if err != nil {
		return fmt.Errorf("allow pods: %w", err)
	}
	associated, err := eks.NewPodIdentityAssociation(ctx, name, &eks.PodIdentityAssociationArgs{
		ClusterName: k.Cluster, Namespace: pulumi.String(name), ServiceAccount: pulumi.String(appName), RoleArn: role.Arn,
	}, pulumi.Parent(k), pulumi.DependsOn([]pulumi.Resource{allowed}))
	if err != nil {
		return fmt.Errorf("associate role with pods: %w", err)
	}
	// A pod gets its credentials when it starts.
	k.access = append(k.access, associated)
	return nil
}

// kubeconfig says how the cluster is reached. AWS's command signs a token for each use, so that none is kept in the stack's state.
func kubeconfig(name, region, endpoint, authority string) (string, error) {
	text, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Config", "current-context": name,
		"clusters": []any{map[string]any{"name": name, "cluster": map[string]any{"server": endpoint, "certificate-authority-data": authority}}},
		"contexts": []any{map[string]any{"name": name, "context": map[string]any{"cluster": name, "user": name}}},
		"users": []any{map[string]any{"name": name, "user": map[string]any{"exec": map[string]any{
			"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "aws", "interactiveMode": "Never",
			"args": []string{"eks", "get-token", "--cluster-name", name, "--region", region, "--output", "json"},
		}}}},
	})
	if err != nil {
		return "", fmt.Errorf("write kubeconfig: %w", err)
	}
	return string(text), nil
}
