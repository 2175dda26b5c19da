package service

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// place makes the cluster, or looks up the one to use. What is only looked up never gets into the stack's state.
func (s *Service) place(ctx *pulumi.Context, name string, args *Args) error {
	if args.ExistingCluster != "" {
		found, err := ecs.LookupCluster(ctx, &ecs.LookupClusterArgs{ClusterName: args.ExistingCluster}, pulumi.Parent(s))
		if err != nil {
			return fmt.Errorf("mote:existingCluster is %q: look it up: %w", args.ExistingCluster, err)
		}
		s.clusterArn = pulumi.String(found.Arn).ToStringOutput()
		s.Cluster = pulumi.String(args.ExistingCluster).ToStringOutput()
		return nil
	}
	cluster, err := ecs.NewCluster(ctx, name, &ecs.ClusterArgs{}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("make cluster: %w", err)
	}
	s.clusterArn, s.Cluster = cluster.Arn, cluster.Name
	return nil
}

// logs makes the log group, or looks up the one to use. The name is fixed, so that the lines are found again after the stack was taken
// down and put up.
func (s *Service) logs(ctx *pulumi.Context, name string, args *Args) error {
	if args.ExistingLogGroup != "" {
		found, err := cloudwatch.LookupLogGroup(ctx, &cloudwatch.LookupLogGroupArgs{Name: args.ExistingLogGroup}, pulumi.Parent(s))
		if err != nil {
			return fmt.Errorf("mote:existingLogGroup is %q: look it up: %w", args.ExistingLogGroup, err)
		}
		s.logGroupArn = pulumi.String(found.Arn).ToStringOutput()
		s.LogGroup = pulumi.String(args.ExistingLogGroup).ToStringOutput()
		return nil
	}
	group, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String("/ecs/" + name),
		RetentionInDays: pulumi.Int(args.LogRetentionDays),
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("make log group: %w", err)
	}
	s.logGroupArn, s.LogGroup = group.Arn, group.Name
	return nil
}
