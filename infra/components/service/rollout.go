package service

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// Rollout says how traffic moves to a new version, and between what. Strategy is blueGreen, canary or linear.
type Rollout struct {
	Strategy string
	// BakeMinutes is how long the old tasks stay after the new ones got all traffic.
	BakeMinutes   int
	CanaryPercent int
	CanaryMinutes int
	LinearPercent int
	LinearMinutes int
	// AlternateGroup is the ARN of the second target group, ProductionRule that of the rule whose weights ECS moves.
	AlternateGroup pulumi.StringInput
	ProductionRule pulumi.StringInput
}

// strategyNames are the strategies in the words of ECS.
var strategyNames = map[string]string{"blueGreen": "BLUE_GREEN", "canary": "CANARY", "linear": "LINEAR"}

// Managed is AWS's own policy for the role, which follows what ECS needs. It reaches every load balancer of the account, and nothing else.
const Managed = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"

func checkRollout(rollout *Rollout) error {
	if rollout == nil {
		return nil
	}
	if strategyNames[rollout.Strategy] == "" {
		return fmt.Errorf("%q is no strategy that moves traffic", rollout.Strategy)
	}
	if rollout.AlternateGroup == nil || rollout.ProductionRule == nil {
		return errors.New("moving traffic takes a second target group and a rule")
	}
	return nil
}

// strategy is nothing for a rolling deployment, which is what ECS does when nothing is said.
func strategy(args *Args) ecs.ServiceDeploymentConfigurationPtrInput {
	rollout := args.Rollout
	if rollout == nil {
		return nil
	}
	configuration := &ecs.ServiceDeploymentConfigurationArgs{
		Strategy:          pulumi.String(strategyNames[rollout.Strategy]),
		BakeTimeInMinutes: minutes(rollout.BakeMinutes),
	}
	switch rollout.Strategy {
	case "canary":
		configuration.CanaryConfiguration = &ecs.ServiceDeploymentConfigurationCanaryConfigurationArgs{
			CanaryPercent:           pulumi.Float64(rollout.CanaryPercent),
			CanaryBakeTimeInMinutes: minutes(rollout.CanaryMinutes),
		}
	case "linear":
		configuration.LinearConfiguration = &ecs.ServiceDeploymentConfigurationLinearConfigurationArgs{
			StepPercent:           pulumi.Float64(rollout.LinearPercent),
			StepBakeTimeInMinutes: minutes(rollout.LinearMinutes),
		}
	}
	return configuration
}

// minutes are texts in the provider, although AWS takes numbers.
func minutes(count int) pulumi.StringPtrInput { return pulumi.String(strconv.Itoa(count)) }

// balancing makes the role that ECS moves traffic with. It goes after the service on the way down: ECS takes targets out with it. Whom it
// trusts is as AWS gives it, without a condition on the account, since AWS does not say that ECS sends one here
// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html).
func (s *Service) balancing(ctx *pulumi.Context, name string, args *Args) error {
	if args.Rollout == nil {
		return nil
	}
	trust, err := iampolicy.JSON(iampolicy.Statement{
		Sid: "AssumedByScheduler", Effect: "Allow", Principal: map[string][]string{"Service": {"ecs.amazonaws.com"}},
		Action: []string{"sts:AssumeRole"},
	})
	if err != nil {
		return err
	}
	role, err := s.role(ctx, name+"-balancer", "Moves traffic between target groups", trust, args)
	if err != nil {
		return err
	}
	allowed, err := iam.NewRolePolicyAttachment(ctx, name+"-balancer", &iam.RolePolicyAttachmentArgs{
		Role:      role.Name,
		PolicyArn: pulumi.String(Managed),
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("allow balancer role: %w", err)
	}
	s.balancer = role
	s.before = append(s.before, allowed)
	return nil
}

// shifted tells ECS between what it moves traffic, and as whom.
func (s *Service) shifted(args *Args) ecs.ServiceLoadBalancerAdvancedConfigurationPtrInput {
	if args.Rollout == nil {
		return nil
	}
	return &ecs.ServiceLoadBalancerAdvancedConfigurationArgs{
		AlternateTargetGroupArn: args.Rollout.AlternateGroup,
		ProductionListenerRule:  args.Rollout.ProductionRule,
		RoleArn:                 s.balancer.Arn,
	}
}
