package service

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
	"github.com/mote-dev/mote/infra/internal/names"
)

// Rolling replaces tasks in place, in one target group; all other strategies move traffic from one target group to another.
const Rolling = "rolling"

// Rollout is how ECS puts a new version into the place of the old one. What the strategy does not use means nothing.
type Rollout struct {
	// Strategy is rolling, blueGreen, canary or linear.
	Strategy string
	// BakeMinutes is how long the old tasks stay, ready to serve again, after the new ones got all traffic.
	BakeMinutes int
	// CanaryPercent of the traffic go to the new version for CanaryMinutes, and then all of it.
	CanaryPercent int
	CanaryMinutes int
	// LinearPercent more go there each LinearMinutes.
	LinearPercent int
	LinearMinutes int
}

// ShiftsTraffic says whether traffic is moved between two target groups.
func (r Rollout) ShiftsTraffic() bool { return r.Strategy != Rolling }

// Minutes is how long a deployment waits by intent, beside what it does.
func (r Rollout) Minutes() int {
	switch r.Strategy {
	case "blueGreen":
		return r.BakeMinutes
	case "canary":
		return r.BakeMinutes + r.CanaryMinutes
	case "linear":
		if r.LinearPercent < 1 {
			return 0 // It was refused, and that was said.
		}
		return r.BakeMinutes + (100+r.LinearPercent-1)/r.LinearPercent*r.LinearMinutes
	default:
		return 0
	}
}

// strategyNames are the strategies in the words of ECS.
var strategyNames = map[string]string{Rolling: "ROLLING", "blueGreen": "BLUE_GREEN", "canary": "CANARY", "linear": "LINEAR"}

func checkRollout(args *Args) error {
	if !args.Rollout.ShiftsTraffic() {
		return nil
	}
	if strategyNames[args.Rollout.Strategy] == "" {
		return fmt.Errorf("%q is no strategy that moves traffic", args.Rollout.Strategy)
	}
	if args.AlternateGroup == nil || args.ProductionRule == nil {
		return errors.New("moving traffic takes a second target group and a rule")
	}
	return nil
}

// deploymentConfiguration is always said, for a rolling deployment too: nothing would leave a service that moved traffic before as it is.
func deploymentConfiguration(args *Args) ecs.ServiceDeploymentConfigurationPtrInput {
	rollout := args.Rollout
	configuration := &ecs.ServiceDeploymentConfigurationArgs{Strategy: pulumi.String(strategyNames[rollout.Strategy])}
	if rollout.ShiftsTraffic() {
		configuration.BakeTimeInMinutes = minutes(rollout.BakeMinutes)
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

// infrastructureRole makes the role that ECS moves traffic with. It goes after the service on the way down: ECS takes targets out with it. Whom it
// trusts is as AWS gives it, without a condition on the account, since AWS does not say that ECS sends one here
// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html).
func (s *Service) infrastructureRole(ctx *pulumi.Context, name string, args *Args) error {
	if !args.Rollout.ShiftsTraffic() {
		return nil
	}
	trust, err := iampolicy.JSON(iampolicy.Statement{
		Sid: "AssumedByScheduler", Effect: "Allow", Principal: map[string][]string{"Service": {"ecs.amazonaws.com"}},
		Action: []string{"sts:AssumeRole"},
	})
	if err != nil {
		return err
	}
	role, err := s.role(ctx, names.Infrastructure(name), "Moves traffic between target groups", trust, args)
	if err != nil {
		return err
	}
	allowed, err := iam.NewRolePolicyAttachment(ctx, names.Infrastructure(name), &iam.RolePolicyAttachmentArgs{
		Role:      role.Name,
		PolicyArn: pulumi.String(args.Caller.ManagedPolicy(iampolicy.MoveTraffic)),
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("allow infrastructure role: %w", err)
	}
	s.infrastructure = role
	s.before = append(s.before, allowed)
	return nil
}

// advancedConfiguration tells ECS between what it moves traffic, and by which role.
func (s *Service) advancedConfiguration(args *Args) ecs.ServiceLoadBalancerAdvancedConfigurationPtrInput {
	if !args.Rollout.ShiftsTraffic() {
		return nil
	}
	return &ecs.ServiceLoadBalancerAdvancedConfigurationArgs{
		AlternateTargetGroupArn: args.AlternateGroup,
		ProductionListenerRule:  args.ProductionRule,
		RoleArn:                 s.infrastructure.Arn,
	}
}
