// Package alarms notifies an SNS topic when clients get errors or wait, or when there are too few healthy tasks.
package alarms

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Settings are what a user may choose.
type Settings struct {
	// Enabled is whether there are alarms at all; without it the rest means nothing.
	Enabled bool
	// Target5xxPerMinute is how many 5xx answers a minute are too many; LatencyMilliseconds is what the slowest percent may take at most.
	Target5xxPerMinute  int
	LatencyMilliseconds int
	// Topic is the ARN of an SNS topic that is told and not changed; empty makes one. Email, if given, subscribes to the one that is made.
	Topic string
	Email string
}

// Args are the settings and what the stack adds to them.
type Args struct {
	Settings

	// LoadBalancer and TargetGroup are the suffixes of their ARNs, as CloudWatch names them.
	LoadBalancer pulumi.StringInput
	TargetGroup  pulumi.StringInput
	// AlternateGroup is the second target group, where traffic is moved between two; nil where there is one.
	AlternateGroup pulumi.StringInput
	// MinTasks is how many healthy tasks there have to be.
	MinTasks int
	// StoppedMetric counts tasks that stopped unexpectedly; its namespace is StoppedNamespace. It is nil where nothing tells of them.
	StoppedMetric    pulumi.StringInput
	StoppedNamespace string
}

// Alarms is the component. Deployment are the names of the alarms that roll a deployment back.
type Alarms struct {
	pulumi.ResourceState

	Topic      pulumi.StringOutput      `pulumi:"topic"`
	Deployment pulumi.StringArrayOutput `pulumi:"deployment"`

	name string
	args *Args
	made map[string]*cloudwatch.MetricAlarm
}

// New makes the alarms that must exist before the service. AddLowHealthyHosts makes the one that must not.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Alarms, error) {
	if err := check(args); err != nil {
		return nil, fmt.Errorf("check alarms: %w", err)
	}
	component := &Alarms{name: name, args: args, made: map[string]*cloudwatch.MetricAlarm{}}
	if err := ctx.RegisterComponentResource("fargate:alarms:Alarms", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register alarms: %w", err)
	}
	if err := component.provision(ctx, name, args); err != nil {
		return nil, fmt.Errorf("provision alarms: %w", err)
	}
	return component, component.outputs(ctx)
}

func check(args *Args) error {
	if args.LoadBalancer == nil || args.TargetGroup == nil {
		return errors.New("load balancer and target group are needed")
	}
	if args.MinTasks < 1 || args.Target5xxPerMinute < 1 || args.LatencyMilliseconds < 1 {
		return errors.New("the fewest tasks, the most errors and the longest latency are needed")
	}
	return nil
}

func (a *Alarms) provision(ctx *pulumi.Context, name string, args *Args) error {
	if err := a.addTopic(ctx, name, args); err != nil {
		return err
	}
	for _, watched := range all(args) {
		if err := a.add(ctx, watched.name, a.alarm(watched)); err != nil {
			return err
		}
	}
	return nil
}

// addTopic makes the topic, or takes the existing one. It is not encrypted: alarms cannot publish with AWS's own key, a key of ours costs
// more than all alarms together, and what is said is a threshold and a time.
func (a *Alarms) addTopic(ctx *pulumi.Context, name string, args *Args) error {
	if args.Topic != "" {
		a.Topic = pulumi.String(args.Topic).ToStringOutput()
		return nil
	}
	topic, err := sns.NewTopic(ctx, name, &sns.TopicArgs{}, pulumi.Parent(a))
	if err != nil {
		return fmt.Errorf("make topic: %w", err)
	}
	a.Topic = topic.Arn
	if args.Email == "" {
		return nil
	}
	_, err = sns.NewTopicSubscription(ctx, name, &sns.TopicSubscriptionArgs{
		Topic:    topic.Arn,
		Protocol: pulumi.String("email"),
		Endpoint: pulumi.String(args.Email),
	}, pulumi.Parent(a))
	if err != nil {
		return fmt.Errorf("subscribe to topic: %w", err)
	}
	return nil
}

func (a *Alarms) outputs(ctx *pulumi.Context) error {
	a.Deployment = pulumi.StringArray{a.made["target-5xx"].Name, a.made["latency"].Name}.ToStringArrayOutput()
	return ctx.RegisterResourceOutputs(a, pulumi.Map{"topic": a.Topic, "deployment": a.Deployment})
}

// Arns are those of all alarms that were made.
func (a *Alarms) Arns() pulumi.StringArrayOutput {
	arns := pulumi.StringArray{}
	for _, name := range slices.Sorted(maps.Keys(a.made)) {
		arns = append(arns, a.made[name].Arn)
	}
	return arns.ToStringArrayOutput()
}
