package service

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	onDemand = "FARGATE"
	spot     = "FARGATE_SPOT"
)

// launchType is nothing where a share of the tasks runs on Spot: ECS takes a type or a mixture, never both.
func launchType(args *Args) pulumi.StringPtrInput {
	if args.SpotPercent > 0 {
		return nil
	}
	return pulumi.String(onDemand)
}

// strategies mixes both kinds of capacity. The first task is never on Spot, so one stays when all others are taken back.
func strategies(args *Args) ecs.ServiceCapacityProviderStrategyArrayInput {
	if args.SpotPercent == 0 {
		return nil
	}
	return ecs.ServiceCapacityProviderStrategyArray{
		&ecs.ServiceCapacityProviderStrategyArgs{
			CapacityProvider: pulumi.String(onDemand), Base: pulumi.Int(1), Weight: pulumi.Int(100 - args.SpotPercent),
		},
		&ecs.ServiceCapacityProviderStrategyArgs{CapacityProvider: pulumi.String(spot), Weight: pulumi.Int(args.SpotPercent)},
	}
}

// rebalancing is left to AWS's default unless it was asked for.
func rebalancing(args *Args) pulumi.StringPtrInput {
	if args.Rebalanced {
		return pulumi.String("ENABLED")
	}
	return nil
}

// offer lets the cluster use both kinds. An existing cluster has to offer them already.
func (s *Service) offer(ctx *pulumi.Context, name string, args *Args) error {
	if args.SpotPercent == 0 || args.ExistingCluster != "" {
		return nil
	}
	offered, err := ecs.NewClusterCapacityProviders(ctx, name, &ecs.ClusterCapacityProvidersArgs{
		ClusterName:       s.Cluster,
		CapacityProviders: pulumi.StringArray{pulumi.String(onDemand), pulumi.String(spot)},
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("offer capacity: %w", err)
	}
	s.before = append(s.before, offered)
	return nil
}
