package account

import (
	"slices"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// EKS, on which an environment's stack may be if an administrator lists it in kubernetes.

// numberedByEKS says why what belongs to a cluster cannot be named.
const numberedByEKS = "EKS numbers what belongs to a cluster"

// kubernetesCluster is the one that the stack makes.
func (e environment) kubernetesCluster() string { return e.ARN("eks", "cluster/"+e.base) }

// clusterParts are what belongs to it. Its name, which is whole, says whose they are.
func (e environment) clusterParts() []string {
	var arns []string
	for _, kind := range []string{"access-entry", "addon", "podidentityassociation"} {
		arns = append(arns, e.ARN("eks", kind+"/"+e.base+"/*"))
	}
	return arns
}

// clusterLogs is the control plane's log group.
func (e environment) clusterLogs() string {
	return e.ARN("logs", "log-group:/aws/eks/"+e.base+"/cluster")
}

// clusterRole is what one of the stack's roles for a purpose is called.
func (e environment) clusterRole(purpose string) string {
	return e.GlobalARN("iam", "role/"+e.base+"-"+purpose+"-*")
}

// changesKubernetes allows what making, changing and taking down a cluster takes, from outside of it. What may be done in it is said by its access
// entries, which the stack's settings list.
func (e environment) changesKubernetes() []grant {
	grants := []grant{
		{
			sid: "ChangeKubernetes", resources: []string{e.kubernetesCluster()},
			actions: []string{
				"eks:AssociateEncryptionConfig", "eks:CreateAccessEntry", "eks:CreateAddon", "eks:CreateCluster", "eks:CreatePodIdentityAssociation",
				"eks:DeleteCluster", "eks:TagResource", "eks:UntagResource", "eks:UpdateClusterConfig", "eks:UpdateClusterVersion",
			},
		},
		{
			sid: "ChangeKubernetesParts", why: numberedByEKS, resources: e.clusterParts(),
			actions: []string{
				"eks:AssociateAccessPolicy", "eks:DeleteAccessEntry", "eks:DeleteAddon", "eks:DeletePodIdentityAssociation",
				"eks:DisassociateAccessPolicy", "eks:TagResource", "eks:UntagResource", "eks:UpdateAccessEntry", "eks:UpdateAddon",
				"eks:UpdatePodIdentityAssociation",
			},
		},
		{
			sid: "ChangeKubernetesLogs", why: "AWS names a group in two ways, one of them with all of its streams",
			resources: []string{e.clusterLogs(), e.clusterLogs() + ":*"},
			actions: []string{
				"logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource",
			},
		},
		{
			sid: "AttachKubernetesPolicies", why: digits, resources: []string{e.clusterRole("cluster"), e.clusterRole("node")},
			actions: []string{"iam:AttachRolePolicy"},
			condition: iampolicy.Condition{"StringEquals": {
				"iam:PermissionsBoundary": {e.GlobalARN("iam", "policy/"+e.boundaryName())},
				"iam:PolicyARN":           e.managed(slices.Concat(iampolicy.ClusterPolicies, iampolicy.NodePolicies)),
			}},
		},
		{
			sid: "CreateRoleOfEKS", actions: []string{"iam:CreateServiceLinkedRole"},
			resources: []string{e.GlobalARN("iam", "role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS")},
		},
	}
	for _, passed := range []struct{ sid, purpose, service string }{
		{"PassClusterRole", "cluster", "eks.amazonaws.com"}, {"PassNodeRole", "node", "ec2.amazonaws.com"},
		{"PassPodRole", "pod", "pods.eks.amazonaws.com"},
	} {
		grants = append(grants, grant{
			sid: passed.sid, why: digits, resources: []string{e.clusterRole(passed.purpose)}, actions: []string{"iam:PassRole"},
			condition: iampolicy.Condition{"StringEquals": {"iam:PassedToService": {passed.service}}},
		})
	}
	if keys := e.existing["kms"]; len(keys) > 0 {
		grants = append(grants, grant{
			sid: "EncryptKubernetes", actions: []string{"kms:CreateGrant", "kms:DescribeKey"}, resources: keys,
		})
	}
	return grants
}

// managed are the ARNs of AWS's own policies.
func (e environment) managed(names []string) []string {
	var arns []string
	for _, name := range names {
		arns = append(arns, e.ManagedPolicy(name))
	}
	return arns
}

// describesKubernetes allows to describe the cluster and what belongs to it, and nothing that is in it.
func (e environment) describesKubernetes() []grant {
	return []grant{
		{
			sid: "DescribeKubernetes", why: numberedByEKS, resources: append(e.clusterParts(), e.kubernetesCluster()),
			actions: []string{
				"eks:DescribeAccessEntry", "eks:DescribeAddon", "eks:DescribeCluster", "eks:DescribePodIdentityAssociation", "eks:DescribeUpdate",
				"eks:ListAssociatedAccessPolicies", "eks:ListTagsForResource",
			},
		},
		{
			sid: "DescribeKubernetesLogs", why: "AWS names a group in two ways, one of them with all of its streams",
			resources: []string{e.clusterLogs(), e.clusterLogs() + ":*"}, actions: []string{"logs:ListTagsForResource"},
		},
	}
}

// runsNodes is what the roles of cluster and nodes need of what AWS's policies for them allow: to run nodes that carry the cluster's name, and to fetch
// images. There is nothing in it to make a load balancer, a disk or a group with: what the stack does not make, no controller makes.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKSComputePolicy.html
func (e environment) runsNodes() []grant {
	own := func(of string) iampolicy.Condition {
		return iampolicy.Condition{"StringEquals": {of + "/" + iampolicy.ClusterTag: {e.base}}}
	}
	fleet := []string{"ec2:CreateFleet", "ec2:RunInstances"}
	return []grant{
		{
			sid: "RunNodesInTheirPlace", why: "images are AWS's own, and AWS numbers places", actions: fleet,
			resources: append(e.parts("capacity-reservation", "placement-group", "security-group", "subnet"),
				"arn:"+e.Partition+":ec2:"+e.Region+"::image/*"),
		},
		{
			sid: "RunNodesOfTheCluster", why: numbered, resources: []string{"*"}, condition: own("aws:RequestTag"),
			actions: append(slices.Clone(fleet), "ec2:CreateLaunchTemplate", "ec2:CreateNetworkInterface"),
		},
		{sid: "RunNodesByTemplate", why: numbered, actions: fleet, resources: e.parts("launch-template"), condition: own("aws:ResourceTag")},
		{
			sid: "NetworkNodes", why: numbered, actions: []string{"ec2:CreateNetworkInterface"}, resources: e.parts("security-group", "subnet"),
		},
		{
			sid: "TagNodes", why: numbered, resources: []string{"*"}, actions: []string{"ec2:CreateTags"},
			condition: iampolicy.Condition{"StringEquals": {"ec2:CreateAction": {"CreateFleet", "CreateLaunchTemplate", "CreateNetworkInterface", "RunInstances"}}},
		},
		{
			sid: "PassNodeRole", why: digits, resources: []string{e.clusterRole("node")}, actions: []string{"iam:PassRole"},
			condition: iampolicy.Condition{"StringEquals": {"iam:PassedToService": {"ec2.amazonaws.com"}}},
		},
		{
			sid: "GiveNodesTheirRole", why: "EKS makes up the ends of the names", actions: []string{"iam:AddRoleToInstanceProfile"},
			resources: []string{e.GlobalARN("iam", "instance-profile/eks*")},
		},
		{
			sid: "DescribePlaces", why: "AWS describes these for a whole account only", resources: []string{"*"},
			actions: []string{
				"ec2:DescribeAccountAttributes", "ec2:DescribeAvailabilityZones", "ec2:DescribeCapacityReservations", "ec2:DescribeDhcpOptions",
				"ec2:DescribeInstanceTopology", "ec2:DescribeInstances", "ec2:DescribeInternetGateways", "ec2:DescribeRouteTables",
				"ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVolumes", "ec2:DescribeVpcs",
			},
		},
		{
			sid: "FetchAddOns", why: "each region has them in an account of AWS's own",
			actions:   []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
			resources: []string{"arn:" + e.Partition + ":ecr:" + e.Region + ":*:repository/eks/*"},
		},
		{sid: "GivePodsTheirRole", actions: []string{"eks-auth:AssumeRoleForPodIdentity"}, resources: []string{e.kubernetesCluster()}},
	}
}
