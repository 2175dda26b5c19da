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

// byLaunchType is where the cluster may have no capacity providers: an existing one, which is asked for none.
func byLaunchType(args *Args) bool { return args.ExistingCluster != "" && args.SpotPercent == 0 }

// launchType is nothing where there are capacity providers: ECS takes a type or a strategy, never both, and a service that goes from a
// strategy to a type is replaced.
func launchType(args *Args) pulumi.StringPtrInput {
	if !byLaunchType(args) {
		return nil
	}
	return pulumi.String(onDemand)
}

// strategies mixes both kinds of capacity. The first task is never on Spot, so one stays when all others are taken back.
func strategies(args *Args) ecs.ServiceCapacityProviderStrategyArrayInput {
	if byLaunchType(args) {
		return nil
	}
	if args.SpotPercent == 0 {
		return ecs.ServiceCapacityProviderStrategyArray{
			&ecs.ServiceCapacityProviderStrategyArgs{CapacityProvider: pulumi.String(onDemand), Base: pulumi.Int(1), Weight: pulumi.Int(100)},
		}
	}
	return ecs.ServiceCapacityProviderStrategyArray{
		&ecs.ServiceCapacityProviderStrategyArgs{
			CapacityProvider: pulumi.String(onDemand), Base: pulumi.Int(1), Weight: pulumi.Int(100 - args.SpotPercent),
		},
		&ecs.ServiceCapacityProviderStrategyArgs{CapacityProvider: pulumi.String(spot), Weight: pulumi.Int(args.SpotPercent)},
	}
}

// rebalancing is always said: what AWS does when nothing is said is the opposite of the setting's default.
func rebalancing(args *Args) pulumi.StringPtrInput {
	if args.Rebalanced {
		return pulumi.String("ENABLED")
	}
	return pulumi.String("DISABLED")
}

// capacityProviders gives the cluster both kinds. An existing cluster has to have them already.
func (s *Service) capacityProviders(ctx *pulumi.Context, name string, args *Args) error {
	if args.ExistingCluster != "" {
		return nil
	}
	providers, err := ecs.NewClusterCapacityProviders(ctx, name, &ecs.ClusterCapacityProvidersArgs{
		ClusterName:       s.Cluster,
		CapacityProviders: pulumi.StringArray{pulumi.String(onDemand), pulumi.String(spot)},
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("give capacity providers to cluster: %w", err)
	}
	s.before = append(s.before, providers)
	return nil
}
