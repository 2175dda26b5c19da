package observability

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/amp"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/grafana"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// grafanaVersion is the newest of Amazon's that signs requests of the plain Prometheus data source, which is what the dashboard names.
const grafanaVersion = "10.4"

// addWorkspace makes the Prometheus of Amazon, which keeps what it is sent for 150 days.
func (o *Observability) addWorkspace(ctx *pulumi.Context, name string, _ *Args) (err error) {
	o.workspace, err = amp.NewWorkspace(ctx, name, &amp.WorkspaceArgs{Alias: pulumi.String(name)}, pulumi.Parent(o))
	if err != nil {
		return fmt.Errorf("make workspace: %w", err)
	}
	o.Outputs["prometheusUrl"] = o.workspace.PrometheusEndpoint
	return nil
}

// addRules has the workspace evaluate what Prometheus evaluates where it is alone.
func (o *Observability) addRules(ctx *pulumi.Context, name string, args *Args) error {
	rules, err := ManagedRules(args.CPU, args.Memory)
	if err != nil {
		return err
	}
	_, err = amp.NewRuleGroupNamespace(ctx, name, &amp.RuleGroupNamespaceArgs{
		WorkspaceId: o.workspace.ID(), Data: pulumi.String(rules),
	}, pulumi.Parent(o))
	if err != nil {
		return fmt.Errorf("make rules: %w", err)
	}
	return nil
}

// addAlertManager tells the topic of alerts, once the topic lets it.
func (o *Observability) addAlertManager(ctx *pulumi.Context, name string, args *Args) error {
	var before []pulumi.Resource
	if args.OwnTopic {
		allowed, err := sns.NewTopicPolicy(ctx, name, &sns.TopicPolicyArgs{
			Arn: args.Topic,
			Policy: pulumi.All(args.Topic, o.workspace.Arn).ApplyT(func(arns []any) (string, error) {
				return topicPolicy(args, arns[0].(string), arns[1].(string))
			}).(pulumi.StringOutput),
		}, pulumi.Parent(o))
		if err != nil {
			return fmt.Errorf("let alerts reach topic: %w", err)
		}
		before = append(before, allowed)
	}
	_, err := amp.NewAlertManagerDefinition(ctx, name, &amp.AlertManagerDefinitionArgs{
		WorkspaceId: o.workspace.ID(),
		Definition:  args.Topic.ToStringOutput().ApplyT(TopicAlertmanager).(pulumi.StringOutput),
	}, pulumi.Parent(o), pulumi.DependsOn(before))
	if err != nil {
		return fmt.Errorf("make alert manager: %w", err)
	}
	return nil
}

// topicPolicy lets the workspace publish, and CloudWatch's alarms, which the policy that AWS puts on a new topic let before:
// https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver-AMPpermission.html
func topicPolicy(args *Args, topic, workspace string) (string, error) {
	publish := func(sid, service string, actions []string, source string) iampolicy.Statement {
		statement := iampolicy.Allow(sid, actions, []string{topic})
		statement.Principal = map[string][]string{"Service": {service}}
		statement.Condition = iampolicy.Condition{
			"ArnLike": {"aws:SourceArn": {source}}, "StringEquals": {"aws:SourceAccount": {args.Caller.Account}},
		}
		return statement
	}
	return iampolicy.JSON(
		publish("PublishAlarms", "cloudwatch.amazonaws.com", []string{"sns:Publish"}, args.Caller.ARN("cloudwatch", "alarm:*")),
		publish("PublishAlerts", "aps.amazonaws.com", []string{"sns:GetTopicAttributes", "sns:Publish"}, workspace),
	)
}

// TopicAlertmanager is the definition that tells a topic of alerts, one message for all of a name that begin within half a minute. SNS takes subjects of at
// most 100 characters: https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver-config.html
func TopicAlertmanager(topic string) (string, error) {
	parts := strings.Split(topic, ":")
	if len(parts) < 6 {
		return "", fmt.Errorf("topic %q is no ARN", topic)
	}
	configuration, err := encode(alertmanager{
		Route: route{Receiver: "topic", Group: []string{"alertname"}, Wait: "30s", Interval: "5m", Repeat: repeatInterval},
		Receivers: []receiving{{Name: "topic", Topics: []snsTopic{{
			Arn: topic, Signature: signature{parts[3]}, SendResolved: true,
			Subject: `{{ .Status | toUpper }} {{ .CommonLabels.severity }} {{ .CommonLabels.alertname }}`,
		}}}},
	})
	if err != nil {
		return "", err
	}
	return encode(map[string]string{"alertmanager_config": configuration})
}

type snsTopic struct {
	Arn          string    `yaml:"topic_arn"`
	Signature    signature `yaml:"sigv4"`
	SendResolved bool      `yaml:"send_resolved"`
	Subject      string    `yaml:"subject"`
}

// addGrafana makes the Grafana of Amazon, which people enter by IAM Identity Center, with a role that reads the workspace. Its data source and its
// dashboard are put in by scripts/ops/dashboard.sh: AWS has no call for them.
func (o *Observability) addGrafana(ctx *pulumi.Context, name string, args *Args) error {
	role, permission, err := o.role(ctx, name+"-grafana", "grafana.amazonaws.com", "Reads the metrics", pulumi.Array{o.workspace.Arn}, args, readingPolicy)
	if err != nil {
		return err
	}
	workspace, err := grafana.NewWorkspace(ctx, name, &grafana.WorkspaceArgs{
		Description:             pulumi.String("Dashboard of the service's metrics"),
		GrafanaVersion:          pulumi.String(grafanaVersion),
		AccountAccessType:       pulumi.String("CURRENT_ACCOUNT"),
		AuthenticationProviders: pulumi.StringArray{pulumi.String("AWS_SSO")},
		PermissionType:          pulumi.String("CUSTOMER_MANAGED"),
		DataSources:             pulumi.StringArray{pulumi.String("PROMETHEUS")},
		RoleArn:                 role.Arn,
	}, pulumi.Parent(o), pulumi.DependsOn([]pulumi.Resource{permission}))
	if err != nil {
		return fmt.Errorf("make Grafana: %w", err)
	}
	o.Outputs["grafanaUrl"] = pulumi.Sprintf("https://%s", workspace.Endpoint)
	return nil
}

// readingPolicy allows what a data source asks of the workspace, and of no other.
func readingPolicy(_ *Args, workspace []string) (string, error) {
	return iampolicy.JSON(iampolicy.Allow("ReadMetrics", []string{
		"aps:GetLabels", "aps:GetMetricMetadata", "aps:GetSeries", "aps:QueryMetrics",
	}, workspace))
}
