package iampolicy

// AWS's own policies for the two roles of a cluster of EKS in Auto Mode: what EKS does in the account for it, and what a node may do.
// https://docs.aws.amazon.com/eks/latest/userguide/auto-learn-iam.html
var (
	ClusterPolicies = []string{
		"AmazonEKSClusterPolicy", "AmazonEKSComputePolicy", "AmazonEKSBlockStoragePolicy", "AmazonEKSLoadBalancingPolicy", "AmazonEKSNetworkingPolicy",
	}
	NodePolicies = []string{"AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"}
)

// ClusterTag is the tag by which EKS knows what is a cluster's, and its value is the cluster's name.
const ClusterTag = "eks:eks-cluster-name"
