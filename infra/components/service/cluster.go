package service

import (
	"cmp"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/importopts"
)

// cluster makes it, or looks up the one to use. What is only looked up never gets into the stack's state.
func (s *Service) cluster(ctx *pulumi.Context, name string, args *Args) error {
	if args.ExistingCluster != "" {
		found, err := ecs.LookupCluster(ctx, &ecs.LookupClusterArgs{ClusterName: args.ExistingCluster}, pulumi.Parent(s))
		if err != nil {
			return fmt.Errorf("mote:existingCluster is %q: look it up: %w", args.ExistingCluster, err)
		}
		s.ClusterArn = pulumi.String(found.Arn).ToStringOutput()
		s.Cluster = pulumi.String(args.ExistingCluster).ToStringOutput()
		return nil
	}
	watched, err := s.insights(ctx, name, args)
	if err != nil {
		return err
	}
	cluster, err := ecs.NewCluster(ctx, name, &ecs.ClusterArgs{
		Name: pulumi.String(name),
		Settings: ecs.ClusterSettingArray{&ecs.ClusterSettingArgs{
			Name: pulumi.String("containerInsights"), Value: pulumi.String(args.Insights),
		}},
	}, pulumi.Parent(s), pulumi.DependsOn(watched))
	if err != nil {
		return fmt.Errorf("make cluster: %w", err)
	}
	s.ClusterArn, s.Cluster = cluster.Arn, cluster.Name
	return nil
}

// insights makes the log group of Container Insights, which must exist before the cluster: AWS would make one that is kept forever and
// outlives the stack (https://github.com/aws/containers-roadmap/issues/2315). This is why the cluster's name is fixed.
func (s *Service) insights(ctx *pulumi.Context, name string, args *Args) ([]pulumi.Resource, error) {
	if args.Insights == "disabled" {
		return nil, nil
	}
	group, err := cloudwatch.NewLogGroup(ctx, name+"-insights", &cloudwatch.LogGroupArgs{
		Name:            pulumi.String("/aws/ecs/containerinsights/" + name + "/performance"),
		RetentionInDays: pulumi.Int(args.LogRetentionDays),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("make log group of Container Insights: %w", err)
	}
	return []pulumi.Resource{group}, nil
}

// logs makes the log group, or looks up the one to use. The name is fixed, so that the lines are found again after the stack was taken
// down and put up.
func (s *Service) logs(ctx *pulumi.Context, name string, args *Args) error {
	if args.ExistingLogGroup != "" {
		found, err := cloudwatch.LookupLogGroup(ctx, &cloudwatch.LookupLogGroupArgs{Name: args.ExistingLogGroup}, pulumi.Parent(s))
		if err != nil {
			return fmt.Errorf("mote:existingLogGroup is %q: look it up: %w", args.ExistingLogGroup, err)
		}
		s.LogGroupArn = pulumi.String(found.Arn).ToStringOutput()
		s.LogGroup = pulumi.String(args.ExistingLogGroup).ToStringOutput()
		return nil
	}
	group, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(cmp.Or(args.LogGroupName, "/ecs/"+name)),
		RetentionInDays: pulumi.Int(args.LogRetentionDays),
	}, append(importopts.Options(args.ImportLogGroup), pulumi.Parent(s))...)
	if err != nil {
		return fmt.Errorf("make log group: %w", err)
	}
	s.LogGroupArn, s.LogGroup = group.Arn, group.Name
	return nil
}
