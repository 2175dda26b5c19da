package account

import (
	"fmt"
	"slices"
)

// boundary is what the roles of a stack can never go beyond, whatever the stack says: fetch the environment's images, write its logs, read
// its secrets, move traffic between its own tasks, and what an administrator permits the service. A deploying role can create no role without it, so none is mightier than this.
func (e environment) boundary() []grant {
	grants := []grant{
		{
			sid: "LogInToRegistry", why: "AWS knows no resource for it",
			actions: []string{"ecr:GetAuthorizationToken"}, resources: []string{"*"},
		},
		{
			sid:       "FetchImage",
			actions:   []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
			resources: e.repositories(),
		},
		{
			sid: "WriteLogs", why: "a stream's name ends in the id of a task that is not there yet",
			actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, resources: with(":log-stream:*", e.taskLogs()),
		},
		{
			sid: "ReadSecrets", why: "AWS appends characters of its own to a secret's name, and secrets come and go",
			actions: []string{"secretsmanager:GetSecretValue"}, resources: e.plus("secretsmanager", e.ARN("secretsmanager", "secret:"+e.secrets()+"/*")),
		},
		{
			sid: "ReadParameters", why: "parameters come and go",
			actions: []string{"ssm:GetParameters"}, resources: e.plus("ssm", e.ARN("ssm", "parameter/"+e.secrets()+"/*")),
		},
		{
			sid: "DescribeTraffic", why: "AWS lists and describes these for a whole account only", resources: []string{"*"},
			actions: []string{
				"elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTargetGroups",
				"elasticloadbalancing:DescribeTargetHealth",
			},
		},
		{
			sid: "MoveTraffic", why: "Pulumi and AWS append digits to the names", resources: slices.Concat(e.listeners(), e.targets()),
			actions: []string{
				"elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule",
				"elasticloadbalancing:RegisterTargets",
			},
		},
	}
	if keys := e.existing["kms"]; len(keys) > 0 {
		grants = append(grants, grant{sid: "DecryptSecrets", actions: []string{"kms:Decrypt"}, resources: keys})
	}
	for i, p := range e.permissions {
		grants = append(grants, grant{sid: fmt.Sprintf("Permission%d", i+1), why: p.Because, actions: p.Actions, resources: []string{p.Resource}})
	}
	return grants
}
