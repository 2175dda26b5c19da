package account

import (
	"slices"

	"github.com/mote-dev/mote/infra/components/service"
	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// changesService allows what making, changing and taking down the service takes: images, tasks and their roles.
func (e environment) changesService() []grant {
	return slices.Concat(e.pushes(), e.runs(), e.makesRoles())
}

// pushes allows images in the environment's repositories, and to change the one that is its own.
func (e environment) pushes() []grant {
	return []grant{
		{
			sid: "LogInToRegistry", why: "AWS knows no resource for it",
			actions: []string{"ecr:GetAuthorizationToken"}, resources: []string{"*"},
		},
		{
			sid: "PushImage", resources: e.repositories(),
			actions: []string{
				"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:GetDownloadUrlForLayer",
				"ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
			},
		},
		{
			sid: "ChangeRepository", resources: []string{e.arn("ecr", "repository/"+e.base)},
			actions: []string{
				"ecr:CreateRepository", "ecr:DeleteLifecyclePolicy", "ecr:DeleteRepository", "ecr:PutImageScanningConfiguration",
				"ecr:PutImageTagMutability", "ecr:PutLifecyclePolicy", "ecr:TagResource", "ecr:UntagResource",
			},
		},
	}
}

// services are those of the environment on the clusters that it uses.
func (e environment) services() []string {
	arns := []string{e.arn("ecs", e.named("service/"+e.base+"/"))}
	for _, cluster := range e.existing["ecs"] {
		arns = append(arns, e.arn("ecs", e.named("service/"+last(cluster)+"/")))
	}
	return arns
}

// runs allows the cluster, the task definitions and the service.
func (e environment) runs() []grant {
	return []grant{
		{
			sid: "ChangeCluster", resources: []string{e.arn("ecs", "cluster/"+e.base)},
			actions: []string{
				"ecs:CreateCluster", "ecs:DeleteCluster", "ecs:PutClusterCapacityProviders", "ecs:TagResource", "ecs:UntagResource",
				"ecs:UpdateCluster", "ecs:UpdateClusterSettings",
			},
		},
		{
			sid: "DefineTasks", why: "AWS counts the revisions", resources: []string{e.arn("ecs", "task-definition/"+e.base+":*")},
			actions: []string{"ecs:RegisterTaskDefinition", "ecs:TagResource", "ecs:UntagResource"},
		},
		{
			sid: "ForgetTasks", why: "AWS knows no resource for it; what runs goes on without its definition",
			actions: []string{"ecs:DeregisterTaskDefinition"}, resources: []string{"*"},
		},
		{
			sid: "ChangeService", why: "Pulumi appends digits to the name", resources: e.services(),
			actions: []string{"ecs:CreateService", "ecs:DeleteService", "ecs:TagResource", "ecs:UntagResource", "ecs:UpdateService"},
		},
	}
}

// makesRoles allows roles that are named as the environment's and bounded, and to hand them to ECS alone. The last are AWS's own, which it
// makes in a new account when they are first needed.
func (e environment) makesRoles() []grant {
	const why = "Pulumi appends digits to the names"
	roles := []string{e.global("iam", e.named("role/"))}
	bounds := []string{e.global("iam", "policy/"+e.boundaryName())}
	bounded := iampolicy.Condition{"StringEquals": {"iam:PermissionsBoundary": bounds}}
	return []grant{
		{
			sid: "MakeBoundedRoles", why: why, resources: roles, condition: bounded,
			actions: []string{
				"iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
			},
		},
		{
			sid: "LetRolesMoveTraffic", why: why, resources: roles, actions: []string{"iam:AttachRolePolicy"},
			condition: iampolicy.Condition{"StringEquals": {"iam:PermissionsBoundary": bounds, "iam:PolicyARN": {service.Managed}}},
		},
		{
			sid: "TakeRolesAway", why: why, resources: roles,
			actions: []string{"iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:TagRole", "iam:UntagRole"},
		},
		{
			sid: "HandRolesToTasks", why: why, resources: roles, actions: []string{"iam:PassRole"},
			condition: iampolicy.Condition{"StringEquals": {"iam:PassedToService": {"ecs-tasks.amazonaws.com"}}},
		},
		{
			sid: "HandRoleToScheduler", why: why, resources: []string{e.global("iam", "role/"+e.base+"-balancer-*")}, actions: []string{"iam:PassRole"},
			condition: iampolicy.Condition{"StringEquals": {"iam:PassedToService": {"ecs.amazonaws.com"}}},
		},
		{
			sid: "LetAWSMakeItsOwnRoles", actions: []string{"iam:CreateServiceLinkedRole"},
			resources: []string{
				e.global("iam", "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"),
				e.global("iam", "role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService"),
				e.global("iam", "role/aws-service-role/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing"),
			},
		},
	}
}
