package account

import (
	"slices"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
	"github.com/mote-dev/mote/infra/internal/names"
)

// changesService allows what making, changing and taking down the service takes: images, tasks and their roles.
func (e environment) changesService() []grant {
	return slices.Concat(e.pushesImages(), e.changesTasks(), e.createsRoles())
}

// pushes allows images in the environment's repositories, and to change the one that is its own.
func (e environment) pushesImages() []grant {
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
			sid: "ChangeRepository", resources: []string{e.ownRepository()},
			actions: []string{
				"ecr:CreateRepository", "ecr:DeleteLifecyclePolicy", "ecr:DeleteRepository", "ecr:PutImageScanningConfiguration",
				"ecr:PutImageTagMutability", "ecr:PutLifecyclePolicy", "ecr:TagResource", "ecr:UntagResource",
			},
		},
	}
}

// services are those of the environment on the clusters that it uses.
func (e environment) services() []string { return e.onClusters("service", "") }

// deployments are those of its services, their revisions, and the services themselves, which the requests may name.
func (e environment) deployments() []string {
	return slices.Concat(e.services(), e.onClusters("service-deployment", "/*"), e.onClusters("service-revision", "/*"))
}

// onClusters names the environment's resources of a kind on each cluster that it uses.
func (e environment) onClusters(kind, end string) []string {
	arns := []string{e.ARN("ecs", e.named(kind+"/"+e.base+"/")+end)}
	for _, cluster := range e.existing["ecs"] {
		arns = append(arns, e.ARN("ecs", e.named(kind+"/"+last(cluster)+"/")+end))
	}
	return arns
}

// runs allows the cluster, the task definitions and the service.
func (e environment) changesTasks() []grant {
	return []grant{
		{
			sid: "ChangeCluster", resources: []string{e.ARN("ecs", "cluster/"+e.base)},
			actions: []string{
				"ecs:CreateCluster", "ecs:DeleteCluster", "ecs:PutClusterCapacityProviders", "ecs:TagResource", "ecs:UntagResource",
				"ecs:UpdateCluster",
			},
		},
		{
			sid: "RegisterTasks", why: "AWS counts the revisions", resources: e.definitions(),
			actions: []string{"ecs:RegisterTaskDefinition", "ecs:TagResource", "ecs:UntagResource"},
		},
		{
			sid: "DeregisterTasks", why: "AWS knows no resource for it; what runs goes on without its definition",
			actions: []string{"ecs:DeregisterTaskDefinition"}, resources: []string{"*"},
		},
		{
			sid: "ChangeService", why: "Pulumi appends digits to the name", resources: e.services(),
			actions: []string{"ecs:CreateService", "ecs:DeleteService", "ecs:TagResource", "ecs:UntagResource", "ecs:UpdateService"},
		},
	}
}

// createsRoles allows roles that are named as the environment's and bounded, and to hand them to ECS alone. The last are AWS's own, which it
// makes in a new account when they are first needed.
func (e environment) createsRoles() []grant {
	roles := []string{e.GlobalARN("iam", e.named("role/"))}
	boundary := []string{e.GlobalARN("iam", "policy/"+e.boundaryName())}
	bounded := iampolicy.Condition{"StringEquals": {"iam:PermissionsBoundary": boundary}}
	return []grant{
		{
			sid: "CreateRolesWithBoundary", why: digits, resources: roles, condition: bounded,
			actions: []string{
				"iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
				"iam:UpdateRoleDescription",
			},
		},
		{
			sid: "AttachTrafficPolicy", why: digits, resources: roles, actions: []string{"iam:AttachRolePolicy"},
			condition: iampolicy.Condition{"StringEquals": {"iam:PermissionsBoundary": boundary, "iam:PolicyARN": {e.ManagedPolicy(iampolicy.MoveTraffic)}}},
		},
		{
			sid: "DeleteRoles", why: digits, resources: roles,
			actions: []string{"iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:TagRole", "iam:UntagRole"},
		},
		{
			sid: "PassTaskRoles", why: digits, resources: roles, actions: []string{"iam:PassRole"},
			condition: iampolicy.Condition{"StringEquals": {"iam:PassedToService": {"ecs-tasks.amazonaws.com"}}},
		},
		{
			sid: "PassInfrastructureRole", why: digits, resources: []string{e.GlobalARN("iam", "role/"+names.Infrastructure(e.base)+"-*")}, actions: []string{"iam:PassRole"},
			condition: iampolicy.Condition{"StringEquals": {"iam:PassedToService": {"ecs.amazonaws.com"}}},
		},
		{
			sid: "CreateServiceLinkedRoles", actions: []string{"iam:CreateServiceLinkedRole"},
			resources: []string{
				e.GlobalARN("iam", "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"),
				e.GlobalARN("iam", "role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService"),
				e.GlobalARN("iam", "role/aws-service-role/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing"),
			},
		},
	}
}
