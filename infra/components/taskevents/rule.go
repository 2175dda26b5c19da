package taskevents

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
	"github.com/mote-dev/mote/infra/internal/names"
)

// sendToLogGroup sends the event of each stopped task to the log group, and lets EventBridge write there.
func (t *TaskEvents) sendToLogGroup(ctx *pulumi.Context, name string, args *Args) error {
	pattern, err := stoppedTasks(args)
	if err != nil {
		return err
	}
	rule, err := cloudwatch.NewEventRule(ctx, name+"-task-events", &cloudwatch.EventRuleArgs{
		Description:  pulumi.String("Tasks that stopped, and why"),
		EventPattern: pulumi.String(pattern),
	}, pulumi.Parent(t))
	if err != nil {
		return fmt.Errorf("make rule: %w", err)
	}
	allowed, err := t.allowEvents(ctx, args)
	if err != nil {
		return err
	}
	target, err := cloudwatch.NewEventTarget(ctx, name+"-task-events", &cloudwatch.EventTargetArgs{
		Rule: rule.Name,
		Arn:  t.group.Arn,
	}, pulumi.Parent(t), pulumi.DependsOn([]pulumi.Resource{allowed}))
	if err != nil {
		return fmt.Errorf("send events to log group: %w", err)
	}
	t.Ready = target
	return nil
}

// allowEvents lets EventBridge write to the log groups of all of the project's stacks. AWS allows ten such policies in a region of an account,
// so the stacks share one: each writes the same text under the same name, and leaves it behind when it goes, since the others live by it.
func (t *TaskEvents) allowEvents(ctx *pulumi.Context, args *Args) (*cloudwatch.LogResourcePolicy, error) {
	shared := args.Project + "-task-events"
	document, err := writable(args)
	if err != nil {
		return nil, err
	}
	allowed, err := cloudwatch.NewLogResourcePolicy(ctx, shared, &cloudwatch.LogResourcePolicyArgs{
		PolicyName:     pulumi.String(shared),
		PolicyDocument: pulumi.String(document),
	}, pulumi.Parent(t), pulumi.RetainOnDelete(true))
	if err != nil {
		return nil, fmt.Errorf("let EventBridge write: %w", err)
	}
	return allowed, nil
}

// stoppedTasks matches the events of ECS about a stopped task of the family: the revision is what comes behind the colon.
func stoppedTasks(args *Args) (string, error) {
	family := args.Caller.ARN("ecs", "task-definition/"+args.Family+":")
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

// writable is the log groups' policy, as AWS's document gives it: only what is written can be tied to rules. EventBridge picks the streams'
// names, so all streams of the groups are meant.
func writable(args *Args) (string, error) {
	streams := []string{args.Caller.ARN("logs", "log-group:"+names.TaskEvents(names.Prefix(args.Project)+"*")+":*")}
	return iampolicy.JSON(
		iampolicy.Statement{
			Sid: "CreateStreamsOfTaskEvents", Effect: "Allow", Principal: writers,
			Action: []string{"logs:CreateLogStream"}, Resource: streams,
		},
		iampolicy.Statement{
			Sid: "WriteTaskEvents", Effect: "Allow", Principal: writers,
			Action: []string{"logs:PutLogEvents"}, Resource: streams,
			Condition: iampolicy.Condition{"ArnLike": {"aws:SourceArn": {args.Caller.ARN("events", "rule/"+names.Prefix(args.Project)+"*")}}},
		},
	)
}
