package taskevents

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// record sends each stop to the log group, and lets EventBridge write there.
func (s *Stops) record(ctx *pulumi.Context, name string, args *Args) error {
	pattern, err := stopped(args)
	if err != nil {
		return err
	}
	rule, err := cloudwatch.NewEventRule(ctx, name+"-stops", &cloudwatch.EventRuleArgs{
		Description:  pulumi.String("Tasks that stopped, and why"),
		EventPattern: pulumi.String(pattern),
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("make rule: %w", err)
	}
	allowed, err := s.allow(ctx, name, rule)
	if err != nil {
		return err
	}
	_, err = cloudwatch.NewEventTarget(ctx, name+"-stops", &cloudwatch.EventTargetArgs{
		Rule: rule.Name,
		Arn:  s.group.Arn,
	}, pulumi.Parent(s), pulumi.DependsOn([]pulumi.Resource{allowed}))
	if err != nil {
		return fmt.Errorf("send stops to log group: %w", err)
	}
	return nil
}

// allow lets EventBridge write to the log group, for this rule only.
func (s *Stops) allow(ctx *pulumi.Context, name string, rule *cloudwatch.EventRule) (*cloudwatch.LogResourcePolicy, error) {
	document := pulumi.All(s.group.Arn, rule.Arn).ApplyT(func(arns []any) (string, error) {
		return writable(arns[0].(string), arns[1].(string))
	}).(pulumi.StringOutput)
	allowed, err := cloudwatch.NewLogResourcePolicy(ctx, name+"-stops", &cloudwatch.LogResourcePolicyArgs{
		PolicyName:     pulumi.String(name + "-stops"),
		PolicyDocument: document,
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("let EventBridge write: %w", err)
	}
	return allowed, nil
}

// stopped matches the events of ECS that tell of a stopped task of the family: the revision is what comes behind the colon.
func stopped(args *Args) (string, error) {
	family := fmt.Sprintf("arn:aws:ecs:%s:%s:task-definition/%s:", args.Region, args.Account, args.Family)
	text, err := json.Marshal(map[string]any{
		"source":      []string{"aws.ecs"},
		"detail-type": []string{"ECS Task State Change"},
		"detail": map[string]any{
			"lastStatus":        []string{"STOPPED"},
			"taskDefinitionArn": []map[string]string{{"prefix": family}},
		},
	})
	if err != nil {
		return "", fmt.Errorf("write event pattern: %w", err)
	}
	return string(text), nil
}

// writers are those that EventBridge writes as: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
var writers = map[string][]string{"Service": {"events.amazonaws.com", "delivery.logs.amazonaws.com"}}

// writable is the log group's policy, as AWS's document gives it: only what is written can be tied to the rule. EventBridge picks the
// streams' names, so all streams of this one group are meant.
func writable(group, rule string) (string, error) {
	streams := []string{group + ":*"}
	return iampolicy.JSON(
		iampolicy.Statement{
			Sid: "OpenStreamsOfStops", Effect: "Allow", Principal: writers,
			Action: []string{"logs:CreateLogStream"}, Resource: streams,
		},
		iampolicy.Statement{
			Sid: "WriteStops", Effect: "Allow", Principal: writers,
			Action: []string{"logs:PutLogEvents"}, Resource: streams,
			Condition: iampolicy.Condition{"ArnEquals": {"aws:SourceArn": {rule}}},
		},
	)
}
