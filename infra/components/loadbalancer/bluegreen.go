package loadbalancer

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/names"
)

const (
	// allTraffic and noTraffic are the weights that ECS itself begins with.
	allTraffic = 100
	noTraffic  = 0
	// first is the priority of the one rule that there is.
	first = 1
)

// blueGreen makes what ECS needs to move traffic from one set of tasks to another: a second target group, and a rule that is for every request.
// ECS takes rules and no default actions (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html).
// The listener's default action stays as it is, so that nothing is lost while a rolling stack gets its rule.
func (l *LoadBalancer) blueGreen(ctx *pulumi.Context, name string, args *Args) error {
	if !args.Shifted {
		return nil
	}
	alternate, err := l.addTargetGroup(ctx, names.Alternate(name), args)
	if err != nil {
		return err
	}
	// ECS moves the weights in each deployment. Setting them back would send all requests to tasks that have ended.
	rule, err := lb.NewListenerRule(ctx, name, &lb.ListenerRuleArgs{
		ListenerArn: l.Listener.Arn,
		Priority:    pulumi.Int(first),
		Conditions: lb.ListenerRuleConditionArray{&lb.ListenerRuleConditionArgs{
			PathPattern: &lb.ListenerRuleConditionPathPatternArgs{Values: pulumi.StringArray{pulumi.String("/*")}},
		}},
		Actions: lb.ListenerRuleActionArray{&lb.ListenerRuleActionArgs{
			Type: pulumi.String("forward"),
			Forward: &lb.ListenerRuleActionForwardArgs{TargetGroups: lb.ListenerRuleActionForwardTargetGroupArray{
				&lb.ListenerRuleActionForwardTargetGroupArgs{Arn: l.group.Arn, Weight: pulumi.Int(allTraffic)},
				&lb.ListenerRuleActionForwardTargetGroupArgs{Arn: alternate.Arn, Weight: pulumi.Int(noTraffic)},
			}},
		}},
	}, pulumi.Parent(l), pulumi.IgnoreChanges([]string{"actions"}))
	if err != nil {
		return fmt.Errorf("make production rule: %w", err)
	}
	l.AlternateGroup, l.AlternateMetric, l.ProductionRule = alternate.Arn, alternate.ArnSuffix, rule.Arn
	return nil
}
