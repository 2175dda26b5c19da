package stack

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/config"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// onKubernetes is the least that a stack's settings have to be changed by, to be of EKS.
var onKubernetes = map[string]string{
	"platform": config.EKS, "rollbackOnAlarms": "false", "kubernetesAdminArns": `["arn:aws:iam::123456789012:role/mote-prod-deploy"]`,
}

// deployment is deployed, on one platform.
type deployment = func(t testing.TB, r trial) *pulumimocks.Recording

// onEachPlatform runs a check of what both platforms have, with a deployment on each. What only pods have is in infra/components/kubernetes.
func onEachPlatform(t *testing.T, check func(t *testing.T, deployed deployment)) {
	t.Helper()
	for platform, changes := range map[string]map[string]string{config.Fargate: nil, config.EKS: onKubernetes} {
		t.Run(platform, func(t *testing.T) {
			check(t, func(t testing.TB, r trial) *pulumimocks.Recording {
				all := maps.Clone(changes)
				if all == nil {
					all = map[string]string{}
				}
				maps.Copy(all, r.changes)
				r.changes = all
				return deployed(t, r)
			})
		})
	}
}

// inEachOf runs a check over dev, staging and prod, of a platform.
func inEachOf(t *testing.T, deployed deployment, check func(t *testing.T, r *pulumimocks.Recording)) {
	t.Helper()
	for _, environment := range environments {
		t.Run(environment, func(t *testing.T) { check(t, deployed(t, trial{stack: environment})) })
	}
}

// TestNetwork_ExistingSubnetsLetTheLoadBalancerIn is about the blocks of subnets that the stack does not make.
func TestNetwork_ExistingSubnetsLetTheLoadBalancerIn(t *testing.T) {
	changes := maps.Clone(onKubernetes)
	maps.Copy(changes, map[string]string{
		"existingVpc": pulumimocks.Vpc, "existingSubnets": `["subnet-0000000a","subnet-0000000b"]`, "existingTaskSubnets": `["subnet-1000000a","subnet-1000000c"]`,
	})
	r := deployed(t, trial{changes: changes})
	spec := r.One(t, "NetworkPolicy").Inputs["spec"].(map[string]any)
	require.Equal(t, []any{
		map[string]any{"ipBlock": map[string]any{"cidr": "172.16.97.0/24"}}, map[string]any{"ipBlock": map[string]any{"cidr": "172.16.98.0/24"}},
	}, spec["ingress"].([]any)[0].(map[string]any)["from"])
	nodes := r.One(t, "NodeClass").Inputs["spec"].(map[string]any)["subnetSelectorTerms"]
	require.Equal(t, []any{map[string]any{"id": "subnet-1000000a"}, map[string]any{"id": "subnet-1000000c"}}, nodes)
}

func TestStackReference_ClusterOfECSIsNotTaken(t *testing.T) {
	changes := maps.Clone(onKubernetes)
	changes["stackReference"] = "team/network/whole"
	r := deployed(t, trial{changes: changes})
	require.Equal(t, "mote-dev", r.One(t, "eks/cluster:Cluster").Inputs["name"])
	require.Zero(t, r.Called("ecs/getCluster:getCluster"))
}
