package account

import (
	"fmt"
	"slices"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// boundary is what the roles of a stack can never go beyond, whatever the stack says: fetch the environment's images, write its logs, read
// its secrets, move traffic between its own tasks, find the tasks on its clusters, open sessions, and what an administrator permits the service. A deploying role can create no role without it, so none is mightier than this.
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
	grants = append(grants, e.observes()...)
	if e.observed {
		grants = append(grants, e.usesWorkspace())
	}
	if e.onKubernetes {
		grants = append(grants, e.runsNodes()...)
	}
	if keys := e.existing["kms"]; len(keys) > 0 {
		grants = append(grants, grant{sid: "DecryptSecrets", actions: []string{"kms:Decrypt"}, resources: keys})
	}
	for i, p := range e.permissions {
		grants = append(grants, grant{sid: fmt.Sprintf("Permission%d", i+1), why: p.Because, actions: p.Actions, resources: []string{p.Resource}})
	}
	return grants
}

// observes is what Prometheus takes to find the tasks that it collects from, and the agent of ECS for sessions to it.
func (e environment) observes() []grant {
	var own []string
	for _, cluster := range e.clusters() {
		for _, kind := range []string{"service", "task"} {
			own = append(own, e.ARN("ecs", kind+"/"+last(cluster)+"/*"))
		}
	}
	return []grant{
		// Prometheus tries its keys on the cluster that is called default.
		{sid: "FindClusters", actions: []string{"ecs:DescribeClusters"}, resources: append(e.clusters(), e.ARN("ecs", "cluster/default"))},
		{
			sid: "FindTasks", why: "AWS numbers tasks; the cluster tells whose they are", resources: own,
			actions: []string{"ecs:DescribeServices", "ecs:DescribeTasks"},
		},
		{
			sid: "ListTasks", why: "AWS knows no resource for it but a cluster's, by a condition", resources: []string{"*"},
			actions: []string{"ecs:ListServices", "ecs:ListTasks"}, condition: iampolicy.Condition{"ArnEquals": {"ecs:cluster": e.clusters()}},
		},
		{
			sid: "DescribeAddresses", why: "AWS describes these for a whole account only",
			actions: []string{"ec2:DescribeNetworkInterfaces"}, resources: []string{"*"},
		},
		{
			sid: "OpenSessions", why: "AWS knows no resource for it", resources: []string{"*"},
			actions: []string{
				"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
			},
		},
	}
}
