package kubernetes

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// logTypes are all that the control plane writes: https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html
var logTypes = []string{"api", "audit", "authenticator", "controllerManager", "scheduler"}

// addCluster makes the control plane. Its log group comes first: AWS would make one that is kept forever. This is why the name is fixed.
func (k *Kubernetes) addCluster(ctx *pulumi.Context, name string, args *Args) error {
	logs, err := cloudwatch.NewLogGroup(ctx, name+"-cluster", &cloudwatch.LogGroupArgs{
		Name:            pulumi.String("/aws/eks/" + name + "/cluster"),
		RetentionInDays: pulumi.Int(args.LogRetentionDays),
	}, pulumi.Parent(k))
	if err != nil {
		return fmt.Errorf("make log group of control plane: %w", err)
	}
	role, before, err := k.role(ctx, name+"-cluster", "eks.amazonaws.com", "Runs the cluster: nodes, disks and targets", iampolicy.ClusterPolicies, args)
	if err != nil {
		return err
	}
	on := pulumi.Bool(true)
	k.cluster, err = eks.NewCluster(ctx, name, &eks.ClusterArgs{
		Name:    pulumi.String(name),
		Version: pulumi.String(args.Version),
		RoleArn: role.Arn,
		// Access is by entries alone: the role that makes the cluster has no more of it than is said below.
		AccessConfig: &eks.ClusterAccessConfigArgs{
			AuthenticationMode: pulumi.String("API"), BootstrapClusterCreatorAdminPermissions: pulumi.Bool(false),
		},
		// Auto Mode is these three, and brings its own add-ons. Node pools are ours: those of AWS take the network's default security group.
		BootstrapSelfManagedAddons: pulumi.Bool(false),
		ComputeConfig:              &eks.ClusterComputeConfigArgs{Enabled: on},
		StorageConfig:              &eks.ClusterStorageConfigArgs{BlockStorage: &eks.ClusterStorageConfigBlockStorageArgs{Enabled: on}},
		KubernetesNetworkConfig: &eks.ClusterKubernetesNetworkConfigArgs{
			ElasticLoadBalancing: &eks.ClusterKubernetesNetworkConfigElasticLoadBalancingArgs{Enabled: on},
		},
		EnabledClusterLogTypes: pulumi.ToStringArray(logTypes),
		EncryptionConfig:       encryption(args),
		DeletionProtection:     pulumi.Bool(args.Protected),
		// Extended support costs six times as much; without it AWS upgrades a cluster whose version has ended.
		UpgradePolicy: &eks.ClusterUpgradePolicyArgs{SupportType: pulumi.String("STANDARD")},
		VpcConfig:     endpoints(args),
	}, pulumi.Parent(k), pulumi.DependsOn(append(before, logs)), pulumi.Protect(args.Protected))
	if err != nil {
		return fmt.Errorf("make cluster: %w", err)
	}
	k.Cluster = k.cluster.Name
	return nil
}

// endpoints says from where the API server is reached: from the VPC always, from the internet by the allowed ranges only.
func endpoints(args *Args) *eks.ClusterVpcConfigArgs {
	config := &eks.ClusterVpcConfigArgs{
		SubnetIds:             args.SubnetIDs,
		EndpointPrivateAccess: pulumi.Bool(true),
		EndpointPublicAccess:  pulumi.Bool(len(args.APICidrs) > 0),
	}
	if len(args.APICidrs) > 0 {
		config.PublicAccessCidrs = pulumi.ToStringArray(args.APICidrs)
	}
	return config
}

// encryption is by a key of the customer's where there is one. EKS encrypts everything with a key of its own anyway
// (https://docs.aws.amazon.com/eks/latest/userguide/envelope-encryption.html).
func encryption(args *Args) eks.ClusterEncryptionConfigPtrInput {
	if args.SecretsKey == "" {
		return nil
	}
	return &eks.ClusterEncryptionConfigArgs{
		Provider:  &eks.ClusterEncryptionConfigProviderArgs{KeyArn: pulumi.String(args.SecretsKey)},
		Resources: pulumi.ToStringArray([]string{"secrets"}),
	}
}

// role makes one for a service of AWS, with AWS's own policies. It goes after whatever uses it.
func (k *Kubernetes) role(ctx *pulumi.Context, name, service, description string, policies []string, args *Args) (*iam.Role, []pulumi.Resource, error) {
	trust, err := iampolicy.JSON(trusted(service, args))
	if err != nil {
		return nil, nil, err
	}
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description:         pulumi.String(description),
		AssumeRolePolicy:    pulumi.String(trust),
		PermissionsBoundary: args.Caller.Boundary(args.Boundary),
	}, pulumi.Parent(k))
	if err != nil {
		return nil, nil, fmt.Errorf("make role: %w", err)
	}
	var allowed []pulumi.Resource
	for _, policy := range policies {
		attached, err := iam.NewRolePolicyAttachment(ctx, name+"-"+policy, &iam.RolePolicyAttachmentArgs{
			Role: role.Name, PolicyArn: pulumi.String(args.Caller.ManagedPolicy(policy)),
		}, pulumi.Parent(k))
		if err != nil {
			return nil, nil, fmt.Errorf("allow role: %w", err)
		}
		allowed = append(allowed, attached)
	}
	return role, allowed, nil
}

// nodeService is whom a node's role trusts. Instances send no account, and no tags.
const nodeService = "ec2.amazonaws.com"

// trusted lets a service take on a role. EKS says for which account it asks, and tags the session with the cluster's name.
func trusted(service string, args *Args) iampolicy.Statement {
	statement := iampolicy.Statement{
		Sid: "AssumedByService", Effect: "Allow", Principal: map[string][]string{"Service": {service}}, Action: []string{"sts:AssumeRole"},
	}
	if service != nodeService {
		statement.Action = append(statement.Action, "sts:TagSession")
		statement.Condition = iampolicy.Condition{"StringEquals": {"aws:SourceAccount": {args.Caller.Account}}}
	}
	return statement
}
