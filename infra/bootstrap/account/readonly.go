package account

import (
	"slices"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// looks allows to see what the environment is made of, and nothing that is in it: no image, no log line, no secret.
func (e environment) looks() []grant {
	return append(e.looksAtOwn(), grant{
		sid: "LookAround", why: "AWS lists and describes these for a whole account only", resources: []string{"*"},
		actions: []string{
			"acm:ListCertificates", "application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies",
			"application-autoscaling:DescribeScheduledActions", "cloudwatch:DescribeAlarms", "ec2:DescribeAccountAttributes",
			"ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute", "ec2:DescribeAvailabilityZones", "ec2:DescribeInternetGateways",
			"ec2:DescribeNatGateways", "ec2:DescribeNetworkAcls", "ec2:DescribeNetworkInterfaces", "ec2:DescribePrefixLists",
			"ec2:DescribeRouteTables", "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
			"ec2:DescribeTags", "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs", "ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions",
			"elasticloadbalancing:DescribeCapacityReservation", "elasticloadbalancing:DescribeListenerAttributes",
			"elasticloadbalancing:DescribeListenerCertificates", "elasticloadbalancing:DescribeListeners",
			"elasticloadbalancing:DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeLoadBalancers",
			"elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTags",
			"elasticloadbalancing:DescribeTargetGroupAttributes", "elasticloadbalancing:DescribeTargetGroups",
			"elasticloadbalancing:DescribeTargetHealth", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
			"route53:ListHostedZones", "route53:ListHostedZonesByName", "sns:GetSubscriptionAttributes", "tag:GetResources",
		},
	})
}

// looksAtOwn allows what AWS lets us tie to single things.
func (e environment) looksAtOwn() []grant {
	const digits = "Pulumi appends digits to the names"
	logs := slices.Concat(e.logs(), e.existing["logs"])
	cluster := iampolicy.Condition{"ArnEquals": {"ecs:cluster": e.clusters()}}
	grants := []grant{
		{
			sid: "LookAtRepository", resources: e.repositories(),
			actions: []string{"ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource"},
		},
		{sid: "LookAtCluster", resources: e.clusters(), actions: []string{"ecs:DescribeClusters", "ecs:ListTagsForResource"}},
		{
			sid: "LookAtService", why: digits, resources: append(e.services(), e.arn("ecs", "task-definition/"+e.base+":*")),
			actions: []string{"ecs:DescribeServices", "ecs:ListServiceDeployments", "ecs:ListTagsForResource"},
		},
		{
			sid: "LookAtTasks", why: "AWS numbers tasks and deployments; the cluster tells whose they are", resources: []string{"*"},
			actions: []string{"ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions", "ecs:DescribeTasks", "ecs:ListTasks"}, condition: cluster,
		},
		{
			sid: "LookAtLogs", why: "AWS names a group in two ways, one of them with all of its streams",
			resources: append(logs, with(":*", logs)...), actions: []string{"logs:DescribeMetricFilters", "logs:ListTagsForResource"},
		},
		{
			sid: "LookAtRoles", why: digits, resources: []string{e.global("iam", e.named("role/"))},
			actions: []string{
				"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies",
				"iam:ListRoleTags",
			},
		},
		{
			sid: "LookAtRules", why: digits, resources: []string{e.arn("events", e.named("rule/"))},
			actions: []string{"events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"},
		},
		{
			sid: "LookAtAlarms", why: digits,
			resources: []string{e.arn("cloudwatch", e.named("alarm:")), e.arn("sns", e.base+"-*")},
			actions: []string{
				"cloudwatch:ListTagsForResource", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource",
			},
		},
		{
			sid: "LookAtDashboard", resources: []string{e.global("cloudwatch", "dashboard/"+e.base)}, actions: []string{"cloudwatch:GetDashboard"},
		},
		{
			sid: "LookAtNumbered", why: numbered,
			resources: append(e.parts("vpc"), e.arn("acm", "certificate/*"), e.arn("application-autoscaling", "scalable-target/*"),
				"arn:aws:route53:::change/*"),
			actions: []string{
				"acm:DescribeCertificate", "acm:GetCertificate", "acm:ListTagsForCertificate", "application-autoscaling:ListTagsForResource",
				"ec2:DescribeVpcAttribute", "route53:GetChange",
			},
		},
	}
	if zones := e.existing["route53"]; len(zones) > 0 {
		grants = append(grants, grant{sid: "LookAtRecords", resources: zones, actions: []string{
			"route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ListTagsForResource",
		}})
	}
	return grants
}
