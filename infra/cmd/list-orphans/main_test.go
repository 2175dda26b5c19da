package main

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/stretchr/testify/require"
)

// resource has these tags.
func resource(arn string, tags ...string) types.ResourceTagMapping {
	one := types.ResourceTagMapping{ResourceARN: &arn}
	for _, key := range tags {
		one.Tags = append(one.Tags, types.Tag{Key: aws.String(key), Value: aws.String("any")})
	}
	return one
}

func TestListOrphans_InactiveResourcesAreNone(t *testing.T) {
	for arn, want := range map[string]bool{
		"arn:aws:ecs:us-east-1:000000000000:task-definition/mote-dev:1":          false,
		"arn:aws:ecs:us-east-1:000000000000:service/mote-dev/mote-dev":           false,
		"arn:aws:ecs:us-east-1:000000000000:task/mote-dev/0a1b":                  true,
		"arn:aws:ecs:us-east-1:000000000000:cluster/mote-dev":                    true,
		"arn:aws:ecr:us-east-1:000000000000:repository/mote-dev":                 true,
		"arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/m": true,
		"arn:aws:ec2:us-east-1:000000000000:network-interface/eni-1":             true,
	} {
		require.Equal(t, want, costs(resource(arn)), arn)
	}
}

// TestListOrphans_ControllersLeaveBalancersAndDisksOfClaims is about what no stack knows. What nodes have goes with them, and what the stack made goes with it.
func TestListOrphans_ControllersLeaveBalancersAndDisksOfClaims(t *testing.T) {
	const of = "arn:aws:ec2:us-east-1:000000000000:"
	const balancer = "arn:aws:elasticloadbalancing:us-east-1:000000000000:"
	left := []string{of + "volume/vol-1", balancer + "loadbalancer/app/k8s-1", balancer + "targetgroup/k8s-1"}
	require.Equal(t, left, arns([]types.ResourceTagMapping{
		resource(balancer+"targetgroup/k8s-1", "eks:eks-cluster-name"), resource(balancer+"loadbalancer/app/k8s-1", "eks:eks-cluster-name"),
		resource(balancer+"targetgroup/mote-dev", "eks:eks-cluster-name", "project"),
		resource(of+"volume/vol-1", claimedTag), resource(of+"volume/vol-2", "eks:eks-cluster-name"), resource(of + "instance/i-1"),
		resource(of+"volume/vol-1", claimedTag),
	}, outlivesCluster))
}

// pages answers in two of them.
type pages struct{ asked []*tagging.GetResourcesInput }

func (p *pages) GetResources(_ context.Context, in *tagging.GetResourcesInput, _ ...func(*tagging.Options)) (*tagging.GetResourcesOutput, error) {
	p.asked = append(p.asked, in)
	out := &tagging.GetResourcesOutput{ResourceTagMappingList: []types.ResourceTagMapping{resource("one")}}
	if aws.ToString(in.PaginationToken) == "" {
		out.PaginationToken = aws.String("more")
	}
	return out, nil
}

func TestListOrphans_ReadsAllPages(t *testing.T) {
	p := &pages{}
	found, err := list(context.Background(), p, tag("project", "mote"), tag("stack", "dev"))
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, []types.TagFilter{tag("project", "mote"), tag("stack", "dev")}, p.asked[1].TagFilters)
}
