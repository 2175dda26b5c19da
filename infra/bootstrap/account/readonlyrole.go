package account

import (
	"slices"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// readOnly allows to describe what the environment is made of, and nothing that is in it: no image, no log line, no secret.
func (e environment) readOnly() []grant {
	return append(e.describeOwn(), grant{
		sid: "DescribeAccount", why: "AWS lists and describes these for a whole account only", resources: []string{"*"},
		actions: []string{
			"application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies",
			"application-autoscaling:DescribeScheduledActions", "cloudwatch:DescribeAlarms", "ec2:DescribeAccountAttributes",
			"ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute", "ec2:DescribeAvailabilityZones", "ec2:DescribeInternetGateways",
			"ec2:DescribeNatGateways", "ec2:DescribeNetworkAcls", "ec2:DescribeNetworkInterfaces", "ec2:DescribePrefixLists",
			"ec2:DescribeRouteTables", "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
			"ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs", "ecs:DescribeTaskDefinition",
			"elasticloadbalancing:DescribeCapacityReservation", "elasticloadbalancing:DescribeListenerAttributes",
			"elasticloadbalancing:DescribeListeners",
			"elasticloadbalancing:DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeLoadBalancers",
			"elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTags",
			"elasticloadbalancing:DescribeTargetGroupAttributes", "elasticloadbalancing:DescribeTargetGroups",
			"elasticloadbalancing:DescribeTargetHealth", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
			"route53:ListHostedZones", "route53:ListHostedZonesByName", "sns:GetSubscriptionAttributes", "tag:GetResources",
		},
	})
}

const digits = "Pulumi appends digits to the names"

// describeOwn allows what AWS lets us tie to single things.
func (e environment) describeOwn() []grant {
	logs := slices.Concat(e.logs(), e.existing["logs"])
	cluster := iampolicy.Condition{"ArnEquals": {"ecs:cluster": e.clusters()}}
	grants := []grant{
		{
			sid: "DescribeRepository", resources: e.repositories(),
			actions: []string{"ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource"},
		},
		{sid: "DescribeCluster", resources: e.clusters(), actions: []string{"ecs:DescribeClusters", "ecs:ListTagsForResource"}},
		{
			sid: "DescribeService", why: digits, resources: append(e.services(), e.definitions()...),
			actions: []string{"ecs:DescribeServices", "ecs:ListServiceDeployments", "ecs:ListTagsForResource"},
		},
		{
			sid: "DescribeTasks", why: "AWS numbers tasks; the cluster tells whose they are", resources: []string{"*"},
			actions: []string{"ecs:DescribeTasks", "ecs:ListTasks"}, condition: cluster,
		},
		// By ARN, since these requests name no cluster that a condition could compare.
		{
			sid: "DescribeDeployments", why: "AWS numbers deployments and revisions", resources: e.deployments(),
			actions: []string{"ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions"},
		},
		{
			sid: "DescribeLogs", why: "AWS names a group in two ways, one of them with all of its streams",
			resources: append(logs, with(":*", logs)...), actions: []string{"logs:DescribeMetricFilters", "logs:ListTagsForResource"},
		},
		{
			sid: "ReadRoles", why: digits, resources: []string{e.GlobalARN("iam", e.named("role/"))},
			actions: []string{
				"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies",
			},
		},
		{
			sid: "ReadBoundary", resources: []string{e.GlobalARN("iam", "policy/"+e.boundaryName())},
			actions: []string{"iam:GetPolicy", "iam:GetPolicyVersion"},
		},
		{
			sid: "DescribeEventRules", why: digits, resources: []string{e.ARN("events", e.named("rule/"))},
			actions: []string{"events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"},
		},
		{
			sid: "DescribeAlarms", why: digits, // and Grafana's password, but not its value: two statements would be longer than AWS allows
			resources: append(e.passwords(), e.ARN("cloudwatch", e.named("alarm:")), e.ARN("sns", e.base+"-*")),
			actions: []string{
				"cloudwatch:ListTagsForResource", "secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy",
				"sns:GetTopicAttributes", "sns:ListTagsForResource",
			},
		},
		{
			sid: "ReadDashboard", resources: []string{e.GlobalARN("cloudwatch", "dashboard/"+e.base)}, actions: []string{"cloudwatch:GetDashboard"},
		},
		{
			sid: "DescribeUnnamed", why: numbered,
			resources: append(e.parts("vpc"), e.ARN("acm", "certificate/*"), e.ARN("application-autoscaling", "scalable-target/*"),
				e.PublicARN("route53", "change/*")),
			actions: []string{
				"acm:DescribeCertificate", "acm:ListTagsForCertificate", "application-autoscaling:ListTagsForResource",
				"ec2:DescribeVpcAttribute", "route53:GetChange",
			},
		},
	}
	return append(grants, e.readRecords()...)
}

// readRecords allows what concerns the zone that the stack puts its name into, if there is one.
func (e environment) readRecords() []grant {
	zones := e.existing["route53"]
	if len(zones) == 0 {
		return nil
	}
	return []grant{{sid: "ReadRecords", resources: zones, actions: []string{
		"route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ListTagsForResource",
	}}}
}
