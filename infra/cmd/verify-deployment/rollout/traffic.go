package rollout

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/report"
)

// trafficNotShifted finds why a version whose tasks run does not have the traffic, where traffic is shifted between two target groups. By then no tasks
// of another version run, so the healthy ones behind the production rule are those of the version that was asked for.
func (v Verifier) trafficNotShifted(ctx context.Context, d Deployment, service types.Service) (string, error) {
	if d.ProductionRule == "" {
		return "", nil
	}
	weights, err := v.rule(ctx, d)
	if err != nil {
		return "", err
	}
	var serving []string
	for group, weight := range weights {
		if weight > 0 {
			serving = append(serving, group)
		}
	}
	if len(serving) != 1 {
		return fmt.Sprintf("traffic goes to %d target groups, and must go to one", len(serving)), nil
	}
	found, err := health(ctx, v.ELB, serving[0])
	if err != nil {
		return "", err
	}
	healthy := int32(0)
	for _, target := range found {
		if target.TargetHealth.State == elbtypes.TargetHealthStateEnumHealthy {
			healthy++
		}
	}
	if healthy < service.DesiredCount {
		return fmt.Sprintf("traffic goes to %s, where %d of %d tasks are healthy", short(serving[0]), healthy, service.DesiredCount), nil
	}
	return "", nil
}

// rule is how the production rule shares the traffic out: weights by target group.
func (v Verifier) rule(ctx context.Context, d Deployment) (map[string]int32, error) {
	found, err := v.ELB.DescribeRules(ctx, &elb.DescribeRulesInput{RuleArns: []string{d.ProductionRule}})
	if err != nil {
		return nil, fmt.Errorf("describe production rule: %w", err)
	}
	weights := map[string]int32{}
	for _, rule := range found.Rules {
		for _, action := range rule.Actions {
			if action.ForwardConfig == nil {
				weights[text(action.TargetGroupArn)] = 1
				continue
			}
			for _, group := range action.ForwardConfig.TargetGroups {
				if group.Weight != nil {
					weights[text(group.TargetGroupArn)] = *group.Weight
				}
			}
		}
	}
	return weights, nil
}

// weights tells how the traffic is shared out.
func (v Verifier) weights(ctx context.Context, d Deployment) ([]string, error) {
	weights, err := v.rule(ctx, d)
	var lines []string
	for _, group := range slices.Sorted(maps.Keys(weights)) {
		lines = append(lines, fmt.Sprintf("%d to %s", weights[group], group))
	}
	return lines, err
}

// deployments are those that ECS remembers, youngest first, with the reason of each state.
func (v Verifier) deployments(ctx context.Context, d Deployment) ([]string, error) {
	var all []types.ServiceDeploymentBrief
	asked := &ecs.ListServiceDeploymentsInput{Cluster: &d.Cluster, Service: &d.Service}
	for {
		listed, err := v.ECS.ListServiceDeployments(ctx, asked)
		if err != nil {
			return nil, fmt.Errorf("list deployments: %w", err)
		}
		all = append(all, listed.ServiceDeployments...)
		if asked.NextToken = listed.NextToken; asked.NextToken == nil {
			break
		}
	}
	slices.SortStableFunc(all, func(a, b types.ServiceDeploymentBrief) int { return youngestFirst(a.CreatedAt, b.CreatedAt) })
	var lines []string
	for _, deployment := range all[:min(report.MaxLines, len(all))] {
		lines = append(lines, fmt.Sprintf("%s %s: %s", short(text(deployment.ServiceDeploymentArn)), deployment.Status, text(deployment.StatusReason)))
	}
	return lines, nil
}

// groups are the target groups that the service has, of which the second may be empty.
func groups(service types.Service) []string {
	var arns []string
	for _, balancer := range service.LoadBalancers {
		arns = append(arns, text(balancer.TargetGroupArn))
		if balancer.AdvancedConfiguration != nil {
			arns = append(arns, text(balancer.AdvancedConfiguration.AlternateTargetGroupArn))
		}
	}
	return arns
}

func health(ctx context.Context, balancer ELB, group string) ([]elbtypes.TargetHealthDescription, error) {
	found, err := balancer.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: &group})
	if err != nil {
		return nil, fmt.Errorf("describe target health: %w", err)
	}
	return found.TargetHealthDescriptions, nil
}
