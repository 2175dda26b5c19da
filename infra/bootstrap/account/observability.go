package account

import "slices"

// changesWatch allows what making, changing and taking down all that watches the service takes: logs, alarms and scaling.
func (e environment) changesWatch() []grant {
	return slices.Concat(e.logsStops(), e.scales(), e.alarms())
}

// logsStops allows the log groups, whose lines tell why a deployment failed, and the rule that writes down why tasks stopped.
func (e environment) logsStops() []grant {
	return []grant{
		{
			sid: "ChangeLogs", why: "AWS names a group in two ways, one of them with all of its streams",
			resources: append(e.logs(), with(":*", e.logs())...),
			actions: []string{
				"logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteMetricFilter", "logs:DeleteRetentionPolicy", "logs:PutMetricFilter",
				"logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource",
			},
		},
		{
			sid: "ReadLogs", why: "AWS names a group with all of its streams", actions: []string{"logs:FilterLogEvents"},
			resources: with(":*", slices.Concat(e.logs(), e.existing["logs"])),
		},
		{
			sid: "LetEventsWriteLogs", why: "AWS knows no resource for it",
			actions: []string{"logs:DeleteResourcePolicy", "logs:PutResourcePolicy"}, resources: []string{"*"},
		},
		{
			sid: "ChangeRules", why: "Pulumi appends digits to the name", resources: []string{e.arn("events", e.named("rule/"))},
			actions: []string{
				"events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:TagResource", "events:UntagResource",
			},
		},
	}
}

// scales allows to scale the service, with the alarms that tracking a metric takes
// (https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_id-based-policy-examples.html).
func (e environment) scales() []grant {
	targets := []string{e.arn("application-autoscaling", "scalable-target/*")}
	alarms := []string{e.arn("cloudwatch", "alarm:TargetTracking-service/"+e.base+"/*")}
	for _, cluster := range e.existing["ecs"] {
		alarms = append(alarms, e.arn("cloudwatch", e.named("alarm:TargetTracking-service/"+last(cluster)+"/")))
	}
	return []grant{
		{
			sid: "MakeScalable", why: numbered, resources: targets, condition: e.tagging(),
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
			sid: "TrackScale", why: "AWS makes up the ends of the names", resources: alarms,
			actions: []string{"cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"},
		},
	}
}

// alarms allows alarms, whom they tell, and the dashboard.
func (e environment) alarms() []grant {
	return []grant{
		{
			sid: "ChangeAlarms", why: "what an alarm is about ends its name", resources: []string{e.arn("cloudwatch", e.named("alarm:"))},
			actions: []string{
				"cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource",
			},
		},
		{
			sid: "ChangeDashboard", resources: []string{e.global("cloudwatch", "dashboard/"+e.base)},
			actions: []string{"cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"},
		},
		{
			sid: "ChangeTopic", why: "Pulumi appends digits to the name", resources: []string{e.arn("sns", e.base+"-*")},
			actions: []string{
				"sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource", "sns:UntagResource",
			},
		},
		{
			sid: "ChangeSubscription", why: "AWS knows no resource for it",
			actions: []string{"sns:SetSubscriptionAttributes", "sns:Unsubscribe"}, resources: []string{"*"},
		},
	}
}
