package account

import (
	"slices"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
	"github.com/mote-dev/mote/infra/internal/names"
)

// Amazon's own Prometheus and Grafana, which an environment may have if an administrator lists it in managedObservability.

// workspaces are those of Prometheus and Grafana; a condition says whose.
func (e environment) workspaces() []string {
	return []string{e.ARN("aps", "workspace/*"), e.ARN("grafana", "/workspaces/*")}
}

func (e environment) ruleGroups() []string {
	return []string{e.ARN("aps", "rulegroupsnamespace/*/"+names.Observability(e.base)+"-*")}
}

// changesManaged allows what creating, changing and deleting them takes, and what Amazon Managed Grafana asks for in the name of who makes one:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmanagedgrafana.html
func (e environment) changesManaged() []grant {
	return []grant{
		{
			sid: "CreateWorkspaces", why: "AWS knows no resource before it is made", resources: []string{"*"}, condition: e.requestTagged(),
			actions: []string{"aps:CreateWorkspace", "aps:TagResource", "grafana:CreateWorkspace", "grafana:TagResource"},
		},
		{
			sid: "ChangeWorkspaces", why: numbered, resources: e.workspaces(), condition: e.tagged(),
			actions: []string{
				"aps:CreateAlertManagerDefinition", "aps:DeleteAlertManagerDefinition", "aps:DeleteWorkspace", "aps:PutAlertManagerDefinition",
				"aps:UntagResource", "aps:UpdateWorkspaceAlias", "grafana:DeleteWorkspace", "grafana:UntagResource", "grafana:UpdateWorkspace",
				"grafana:UpdateWorkspaceAuthentication", "grafana:UpdateWorkspaceConfiguration",
			},
		},
		{
			sid: "ChangeRules", why: "AWS numbers workspaces, and Pulumi appends digits to the name", resources: e.ruleGroups(),
			actions: []string{
				"aps:CreateRuleGroupsNamespace", "aps:DeleteRuleGroupsNamespace", "aps:PutRuleGroupsNamespace", "aps:TagResource", "aps:UntagResource",
			},
		},
		{
			sid: "PassGrafanaRole", why: digits, resources: []string{e.GlobalARN("iam", "role/"+names.Observability(e.base)+"-grafana-*")},
			actions:   []string{"iam:PassRole"},
			condition: iampolicy.Condition{"StringEquals": {"iam:PassedToService": {"grafana.amazonaws.com"}}},
		},
		{
			sid: "CreateGrafanaRole", actions: []string{"iam:CreateServiceLinkedRole"},
			resources: []string{e.GlobalARN("iam", "role/aws-service-role/grafana.amazonaws.com/AWSServiceRoleForAmazonGrafana")},
		},
		{
			sid: "UseIdentityCenter", why: "AWS knows no resource for it", resources: []string{"*"},
			actions: []string{
				"organizations:DescribeOrganization", "sso:CreateManagedApplicationInstance", "sso:DeleteManagedApplicationInstance",
				"sso:DescribeRegisteredRegions", "sso:GetSharedSsoConfiguration",
			},
		},
	}
}

// describesManaged allows to describe them, and nothing that is in them.
func (e environment) describesManaged() []grant {
	return []grant{
		{
			sid: "DescribeWorkspaces", why: numbered, resources: e.workspaces(), condition: e.tagged(),
			actions: []string{
				"aps:DescribeAlertManagerDefinition", "aps:DescribeLoggingConfiguration", "aps:DescribeWorkspace", "grafana:DescribeWorkspace",
				"grafana:DescribeWorkspaceConfiguration",
			},
		},
		// By their own names and numbers, since AWS has no condition by a resource's tags for it.
		{
			sid: "DescribeRules", why: "AWS numbers workspaces, and Pulumi appends digits to the name", resources: slices.Concat(e.ruleGroups(), e.workspaces()),
			actions: []string{"aps:DescribeRuleGroupsNamespace", "aps:ListTagsForResource", "grafana:ListTagsForResource"},
		},
	}
}

// usesWorkspace is what Prometheus sends and Grafana reads.
func (e environment) usesWorkspace() grant {
	return grant{
		sid: "UseWorkspace", why: numbered, resources: []string{e.ARN("aps", "workspace/*")}, condition: e.tagged(),
		actions: []string{"aps:GetLabels", "aps:GetMetricMetadata", "aps:GetSeries", "aps:QueryMetrics", "aps:RemoteWrite"},
	}
}
