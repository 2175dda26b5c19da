package account

import "slices"

// changesObservability allows what creating, changing and deleting logs, alarms, autoscaling and Grafana's password take.
func (e environment) changesObservability() []grant {
	return slices.Concat(e.changesTaskEvents(), e.autoscales(), e.alarms(), e.changesPassword())
}

// changesPassword allows the secret of Grafana alone. The provider reads a secret's value after it has set it.
func (e environment) changesPassword() []grant {
	return []grant{{
		sid: "ChangePassword", why: "Pulumi and AWS append characters to the name", resources: e.passwords(),
		actions: []string{
			"secretsmanager:CreateSecret", "secretsmanager:DeleteSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
			"secretsmanager:TagResource", "secretsmanager:UntagResource",
		},
	}}
}

// changesTaskEvents allows the log groups, whose lines tell why a deployment failed, and the rule that keeps why tasks stopped.
func (e environment) changesTaskEvents() []grant {
	return []grant{
		{
			sid: "ChangeLogs", why: "AWS names a group in two ways, one of them with all of its streams",
			resources: append(e.logs(), with(":*", e.logs())...),
			actions: []string{
				"logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteMetricFilter", "logs:PutMetricFilter",
				"logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource",
			},
		},
		{
			sid: "ReadLogs", why: "AWS names a group with all of its streams", actions: []string{"logs:FilterLogEvents"},
			resources: with(":*", slices.Concat(e.logs(), e.existing["logs"])),
		},
		{
			sid: "PutLogResourcePolicy", why: "AWS knows no resource for it",
			actions: []string{"logs:PutResourcePolicy"}, resources: []string{"*"},
		},
		{
			sid: "ChangeEventRules", why: "Pulumi appends digits to the name", resources: []string{e.ARN("events", e.named("rule/"))},
			actions: []string{
				"events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:TagResource", "events:UntagResource",
			},
		},
	}
}

// scales allows to scale the service, with the alarms that tracking a metric takes
// (https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_id-based-policy-examples.html).
func (e environment) autoscales() []grant {
	targets := []string{e.ARN("application-autoscaling", "scalable-target/*")}
	alarms := []string{e.ARN("cloudwatch", "alarm:TargetTracking-service/"+e.base+"/*")}
	for _, cluster := range e.existing["ecs"] {
		alarms = append(alarms, e.ARN("cloudwatch", e.named("alarm:TargetTracking-service/"+last(cluster)+"/")))
	}
	return []grant{
		{
			sid: "RegisterScalableTarget", why: numbered, resources: targets, condition: e.requestTagged(),
			actions: []string{"application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource"},
		},
		{
			sid: "Scale", why: numbered, resources: targets, condition: e.tagged(),
			actions: []string{
				"application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeleteScheduledAction",
				"application-autoscaling:DeregisterScalableTarget", "application-autoscaling:PutScalingPolicy",
				"application-autoscaling:PutScheduledAction", "application-autoscaling:RegisterScalableTarget",
				"application-autoscaling:TagResource", "application-autoscaling:UntagResource",
			},
		},
		{
			sid: "ChangeTargetTrackingAlarms", why: "AWS makes up the ends of the names", resources: alarms,
			actions: []string{"cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"},
		},
	}
}

// alarms allows alarms, whom they tell, and the dashboard.
func (e environment) alarms() []grant {
	return []grant{
		{
			sid: "ChangeAlarms", why: "what an alarm is about ends its name", resources: []string{e.ARN("cloudwatch", e.named("alarm:"))},
			actions: []string{
				"cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource",
			},
		},
		{
			sid: "ChangeDashboard", resources: []string{e.GlobalARN("cloudwatch", "dashboard/"+e.base)},
			actions: []string{"cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"},
		},
		{
			sid: "ChangeTopic", why: "Pulumi appends digits to the name", resources: []string{e.ARN("sns", e.base+"-*")},
			actions: []string{
				"sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource", "sns:UntagResource",
			},
		},
		{
			sid: "ChangeSubscription", why: "AWS knows no resource for it",
			actions: []string{"sns:Unsubscribe"}, resources: []string{"*"},
		},
	}
}
