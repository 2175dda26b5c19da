package account

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/callerinfo"
	"github.com/mote-dev/mote/infra/internal/iampolicy"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

const (
	ofIAM  = "arn:aws:iam::" + pulumimocks.Account + ":"
	bucket = "arn:aws:s3:::mote-state-123456789012-eu-central-1"
)

// everyGrant calls visit with all that is granted to any role.
func everyGrant(visit func(grant)) {
	a := account{caller: callerinfo.Info{Region: pulumimocks.Region, Account: pulumimocks.Account, Partition: "aws"}, cfg: config{
		existing: map[string]map[string][]string{"dev": {"kms": {"key"}, "route53": {"zone"}, "ecs": {"cluster/shared"}}},
		permissions: map[string][]iampolicy.Permission{"dev": {
			{Actions: []string{"dynamodb:GetItem"}, Resource: "table/notes"},
			{Actions: []string{"s3:GetObject"}, Resource: "notes/*", Because: "objects come and go"},
		}},
	}}
	a.cfg.observed, a.cfg.onKubernetes = []string{"dev"}, []string{"dev"}
	e := a.environment("dev")
	for _, grants := range [][]grant{
		e.boundary(), e.readOnly(), e.changesNetwork(), e.changesLoadBalancer(), e.changesService(), e.changesObservability(), e.writesState("key"), e.changesManaged(), e.describesManaged(), e.readsState("key"), e.changesKubernetes(), e.describesKubernetes(),
	} {
		for _, g := range grants {
			visit(g)
		}
	}
}

func TestBootstrap_EveryWildcardHasAReason(t *testing.T) {
	stars := 0
	everyGrant(func(g grant) {
		require.NotContains(t, strings.Join(g.actions, " "), "*", g.sid)
		if !strings.Contains(strings.Join(g.resources, " "), "*") {
			require.Empty(t, g.why, "%s names its resources whole", g.sid)
			return
		}
		stars++
		require.Greater(t, len(g.why), 15, g.sid)
	})
	require.Greater(t, stars, 20)
}

func TestBootstrap_BoundaryAllowsWhatTheServiceIsPermitted(t *testing.T) {
	const table = "arn:aws:dynamodb:eu-central-1:123456789012:table/"
	r := made(t, map[string]string{"permissions": `["dev=dynamodb:GetItem on ` + table + `notes","prod=dynamodb:GetItem on ` + table + `others"]`})
	boundary := statements(t, find(t, r, "Policy", "github-mote-boundary-dev").Inputs["policy"])
	require.True(t, allowed(t, boundary, "dynamodb:GetItem", table+"notes", nil))
	require.False(t, allowed(t, boundary, "dynamodb:PutItem", table+"notes", nil))
	require.False(t, allowed(t, boundary, "dynamodb:GetItem", table+"others", nil), "that is prod's")
	require.False(t, may(t, r, "github-mote-deploy-dev", "dynamodb:GetItem", table+"notes", nil), "the deploying role may not do it")
}

func TestBootstrap_SidsAreUniqueAndStatementsAreNotEmpty(t *testing.T) {
	everyPolicy(made(t, nil), func(name, document string) {
		sids := map[string]bool{}
		for _, s := range statements(t, document) {
			require.Regexp(t, `^[A-Za-z0-9]+$`, s.Sid)
			require.False(t, sids[s.Sid], "%s of %s", s.Sid, name)
			require.True(t, len(s.Action) > 0 && len(s.Resource) > 0, s.Sid)
			sids[s.Sid] = true
		}
	})
}

func TestBootstrap_PoliciesAreNoLongerThanAWSAllows(t *testing.T) {
	r := made(t, map[string]string{
		"environments": `["twenty-characters-ab"]`, "managedObservability": `["twenty-characters-ab"]`, "kubernetes": `["twenty-characters-ab"]`,
		"existing": `["twenty-characters-ab=arn:aws:ecs:eu-central-1:123456789012:cluster/` + strings.Repeat("c", 60) + `"]`,
	})
	everyPolicy(r, func(name, document string) { require.LessOrEqual(t, len(document), 6144, name) })
	// Ten can be attached to a role: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
	require.LessOrEqual(t, len(policies(t, r, "github-mote-deploy-twenty-characters-ab")), 10+1, "and one of its own")
	for _, role := range r.Of(t, "iam/role:Role", 2) {
		require.LessOrEqual(t, len(fmt.Sprint(role.Inputs["assumeRolePolicy"])), 2048)
		require.LessOrEqual(t, len(role.Inputs["name"].(string)), 64)
	}
}

func TestBootstrap_DeployRoleTagsNoSecurityGroupOfAnother(t *testing.T) {
	r := made(t, nil)
	for stack, free := range map[string]bool{"": true, "prod": false} {
		request := map[string]string{"aws:RequestTag/project": "mote", "aws:RequestTag/stack": "dev"}
		if stack != "" {
			request["aws:ResourceTag/stack"] = stack
		}
		group := "arn:aws:ec2:eu-central-1:123456789012:security-group/sg-1"
		require.Equal(t, free, may(t, r, "github-mote-deploy-dev", "ec2:CreateTags", group, request), stack)
	}
}

func TestBootstrap_DeployRoleCreatesNoRoleWithoutItsBoundary(t *testing.T) {
	r := made(t, nil)
	for _, boundary := range []map[string]string{
		nil,
		{"iam:PermissionsBoundary": ofIAM + "policy/github-mote-boundary-prod"},
		{"iam:PermissionsBoundary": ofIAM + "policy/github-mote-network-dev"},
	} {
		for _, action := range []string{"CreateRole", "PutRolePolicy", "PutRolePermissionsBoundary", "UpdateAssumeRolePolicy"} {
			require.False(t, may(t, r, "github-mote-deploy-dev", "iam:"+action, ofIAM+"role/mote-dev-task-0123456", boundary), action)
		}
	}
	everyPolicy(r, func(name, document string) {
		require.NotContains(t, document, "iam:DeleteRolePermissionsBoundary", name)
	})
}

func TestBootstrap_DeployRoleReachesNoRoleOrPolicyOfBootstrap(t *testing.T) {
	r := made(t, nil)
	bounded := map[string]string{"iam:PermissionsBoundary": ofIAM + "policy/github-mote-boundary-dev", "iam:PassedToService": "ecs-tasks.amazonaws.com"}
	for _, one := range r.Resources {
		name, named := one.Inputs["name"].(string)
		kind := strings.ToLower(one.Type[strings.LastIndexByte(one.Type, ':')+1:])
		if !named || (kind != "role" && kind != "policy") {
			continue
		}
		for _, action := range []string{
			"UpdateAssumeRolePolicy", "PutRolePolicy", "AttachRolePolicy", "DeleteRole", "PassRole", "CreatePolicyVersion", "DeletePolicy",
		} {
			require.False(t, may(t, r, "github-mote-deploy-dev", "iam:"+action, ofIAM+kind+"/"+name, bounded), "%s %s", action, name)
		}
	}
}

func TestBootstrap_RolesArePassedToECSAlone(t *testing.T) {
	r := made(t, nil)
	for service, allowed := range map[string]bool{"ecs-tasks.amazonaws.com": true, "ecs.amazonaws.com": false, "lambda.amazonaws.com": false} {
		passed := map[string]string{"iam:PassedToService": service}
		require.Equal(t, allowed, may(t, r, "github-mote-deploy-dev", "iam:PassRole", ofIAM+"role/mote-dev-task-0123456", passed), service)
	}
}

func TestBootstrap_DeployRoleAttachesTheTrafficPolicyAlone(t *testing.T) {
	r := made(t, nil)
	request := map[string]string{"iam:PermissionsBoundary": ofIAM + "policy/github-mote-boundary-dev"}
	for _, policy := range []string{"AdministratorAccess", "AmazonECSInfrastructureRolePolicyForManagedInstances"} {
		request["iam:PolicyARN"] = "arn:aws:iam::aws:policy/" + policy
		require.False(t, may(t, r, "github-mote-deploy-dev", "iam:AttachRolePolicy", ofIAM+"role/mote-dev-task-0123456", request), policy)
	}
}

func TestBootstrap_BoundaryIsWhatTasksNeedAndNoMore(t *testing.T) {
	r := made(t, map[string]string{"existing": `["dev=arn:aws:kms:eu-central-1:123456789012:key/abc",
		"dev=arn:aws:secretsmanager:eu-central-1:123456789012:secret:other-AbCdEf"]`})
	boundary := statements(t, find(t, r, "Policy", "github-mote-boundary-dev").Inputs["policy"])
	found := map[string][]string{}
	for _, s := range boundary {
		if s.Sid == "ListTasks" {
			cluster := []string{"arn:aws:ecs:eu-central-1:123456789012:cluster/mote-dev"}
			require.Equal(t, iampolicy.Condition{"ArnEquals": {"ecs:cluster": cluster}}, s.Condition)
		} else {
			require.Empty(t, s.Condition)
		}
		found[strings.Join(s.Action, " ")] = s.Resource
	}
	arn := func(service, resource string) string {
		return "arn:aws:" + service + ":eu-central-1:123456789012:" + resource
	}
	require.Equal(t, map[string][]string{
		"ecr:GetAuthorizationToken": {"*"},
		"ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer": {arn("ecr", "repository/mote-dev")},
		"logs:CreateLogStream logs:PutLogEvents":                                       {arn("logs", "log-group:/ecs/mote-dev:log-stream:*")},
		"secretsmanager:GetSecretValue": {
			arn("secretsmanager", "secret:mote/dev/*"), arn("secretsmanager", "secret:other-AbCdEf"),
		},
		"ssm:GetParameters": {arn("ssm", "parameter/mote/dev/*")},
		"kms:Decrypt":       {arn("kms", "key/abc")},
		"elasticloadbalancing:DescribeListeners elasticloadbalancing:DescribeRules elasticloadbalancing:DescribeTargetGroups " +
			"elasticloadbalancing:DescribeTargetHealth": {"*"},
		"elasticloadbalancing:DeregisterTargets elasticloadbalancing:ModifyListener elasticloadbalancing:ModifyRule " +
			"elasticloadbalancing:RegisterTargets": {
			arn("elasticloadbalancing", "listener/app/mote-dev-*"),
			arn("elasticloadbalancing", "listener-rule/app/mote-dev-*"), arn("elasticloadbalancing", "targetgroup/mote-dev-*"),
			arn("elasticloadbalancing", "targetgroup/mote-dev-alternate-*"),
		},
		"ecs:DescribeClusters":                   {arn("ecs", "cluster/mote-dev"), arn("ecs", "cluster/default")},
		"ecs:DescribeServices ecs:DescribeTasks": {arn("ecs", "service/mote-dev/*"), arn("ecs", "task/mote-dev/*")},
		"ecs:ListServices ecs:ListTasks":         {"*"},
		"ec2:DescribeNetworkInterfaces":          {"*"},
		"ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel ssmmessages:OpenControlChannel ssmmessages:OpenDataChannel": {"*"},
	}, found)
	require.NotContains(t, fmt.Sprint(statements(t, find(t, r, "Policy", "github-mote-boundary-prod").Inputs["policy"])), "other-AbCdEf")
}

// reading are the verbs of actions that change nothing. Encrypting gives back a text and keeps none.
var reading = regexp.MustCompile(`^[a-z0-9-]+:(Get|List|Describe|Decrypt|Encrypt)`)

func TestBootstrap_PreviewRoleOnlyReads(t *testing.T) {
	r := made(t, nil)
	actions := 0
	for _, document := range policies(t, r, "github-mote-preview-dev") {
		for _, s := range statements(t, document) {
			for _, action := range s.Action {
				actions++
				require.Regexp(t, reading, action)
			}
		}
	}
	require.Greater(t, actions, 50)
	for _, action := range []string{"s3:PutObject", "s3:DeleteObject"} {
		require.False(t, may(t, r, "github-mote-preview-dev", action, bucket+"/dev/.pulumi/locks/x", nil), action)
		require.True(t, may(t, r, "github-mote-deploy-dev", action, bucket+"/dev/.pulumi/locks/x", nil), action)
	}
}

func TestBootstrap_PreviewRoleReadsNoContents(t *testing.T) {
	r := made(t, nil)
	for _, request := range []struct{ action, arn string }{
		{"logs:FilterLogEvents", "arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/mote-dev:*"},
		{"logs:GetLogEvents", "arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/mote-dev:*"},
		{"ecr:BatchGetImage", "arn:aws:ecr:eu-central-1:123456789012:repository/mote-dev"},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:mote/dev/a"},
		{"ssm:GetParameters", "arn:aws:ssm:eu-central-1:123456789012:parameter/mote/dev/a"},
	} {
		require.False(t, may(t, r, "github-mote-preview-dev", request.action, request.arn, nil), request.action)
	}
}

func TestBootstrap_DeployRoleChangesThePasswordOfGrafanaAndNoOtherSecret(t *testing.T) {
	r := made(t, nil)
	const secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:mote/"
	for _, action := range []string{"CreateSecret", "DeleteSecret", "GetSecretValue", "PutSecretValue"} {
		require.True(t, may(t, r, "github-mote-deploy-dev", "secretsmanager:"+action, secret+"dev/grafana-0123456-AbCdEf", nil), action)
		require.False(t, may(t, r, "github-mote-deploy-dev", "secretsmanager:"+action, secret+"dev/token-AbCdEf", nil), action)
		require.False(t, may(t, r, "github-mote-deploy-dev", "secretsmanager:"+action, secret+"prod/grafana-0123456-AbCdEf", nil), action)
		require.False(t, may(t, r, "github-mote-preview-dev", "secretsmanager:"+action, secret+"dev/grafana-0123456-AbCdEf", nil), action)
	}
}

func TestBootstrap_RolesReadTheStateOfTheirOwnEnvironmentOnly(t *testing.T) {
	r := made(t, nil)
	key := r.Outputs["key"].(string)
	for _, role := range []string{"github-mote-deploy-dev", "github-mote-preview-dev"} {
		for environment, own := range map[string]bool{"dev": true, "staging": false, "prod": false} {
			require.Equal(t, own, may(t, r, role, "s3:GetObject", bucket+"/"+environment+"/.pulumi/stacks/mote/x.json", nil))
			for _, action := range []string{"kms:Decrypt", "kms:Encrypt"} {
				context := map[string]string{"kms:EncryptionContext:environment": environment}
				require.Equal(t, own, may(t, r, role, action, key, context), "%s %s %s", role, action, environment)
			}
		}
		require.True(t, may(t, r, role, "s3:ListBucket", bucket, nil))
		require.False(t, may(t, r, role, "kms:Decrypt", key, nil), "a secret's environment has to be named")
		byS3 := map[string]string{"kms:ViaService": "s3.eu-central-1.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": bucket}
		require.True(t, may(t, r, role, "kms:Decrypt", key, byS3), "files are encrypted, too")
	}
}

func TestBootstrap_ExistingResourcesAreOpenToTheEnvironmentThatUsesThem(t *testing.T) {
	const region = "eu-central-1:123456789012:"
	shared := map[string][]string{
		"arn:aws:ecr:" + region + "repository/team/mote": {"ecr:PutImage", "ecr:BatchGetImage", "ecr:DescribeRepositories"},
		"arn:aws:ecs:" + region + "cluster/shared":       {"ecs:DescribeClusters"},
		"arn:aws:route53:::hostedzone/Z1":                {"route53:ChangeResourceRecordSets", "route53:GetHostedZone"},
		"arn:aws:logs:" + region + "log-group:/team":     {"logs:ListTagsForResource"},
	}
	var list []string
	for arn := range shared {
		list = append(list, `"dev=`+arn+`"`)
	}
	r := made(t, map[string]string{"existing": "[" + strings.Join(list, ",") + "]"})
	for arn, actions := range shared {
		for _, action := range actions {
			require.True(t, may(t, r, "github-mote-deploy-dev", action, arn, nil), "%s %s", action, arn)
			require.False(t, may(t, r, "github-mote-deploy-prod", action, arn, nil), "%s %s", action, arn)
		}
	}
	service := "arn:aws:ecs:" + region + "service/shared/"
	require.True(t, may(t, r, "github-mote-deploy-dev", "ecs:CreateService", service+"mote-dev-0123456", nil))
	require.False(t, may(t, r, "github-mote-deploy-dev", "ecs:CreateService", service+"others", nil))
	require.False(t, may(t, r, "github-mote-deploy-dev", "ecr:DeleteRepository", "arn:aws:ecr:"+region+"repository/team/mote", nil))
	require.False(t, may(t, r, "github-mote-deploy-dev", "ecs:DeleteCluster", "arn:aws:ecs:"+region+"cluster/shared", nil))
}

// TestBootstrap_NamesOfTheStacksOwnAreItsRolesToo changes what a stack named by a setting, at each deployment after the first.
func TestBootstrap_NamesOfTheStacksOwnAreItsRolesToo(t *testing.T) {
	const of = "eu-central-1:123456789012:"
	r := made(t, map[string]string{"ownNames": `["dev=repository/team/mote","dev=log-group//team/mote","dev=loadbalancer/team-mote"]`})
	const balancer = "app/team-mote/50dc6c495c0c9188"
	for _, own := range []struct{ action, arn string }{
		{"ecr:PutLifecyclePolicy", "arn:aws:ecr:" + of + "repository/team/mote"},
		{"ecr:PutImage", "arn:aws:ecr:" + of + "repository/team/mote"},
		{"ecr:DescribeImages", "arn:aws:ecr:" + of + "repository/team/mote"},
		{"logs:CreateLogGroup", "arn:aws:logs:" + of + "log-group:/team/mote"},
		{"logs:PutRetentionPolicy", "arn:aws:logs:" + of + "log-group:/team/mote:*"},
		{"logs:FilterLogEvents", "arn:aws:logs:" + of + "log-group:/team/mote:*"},
		{"elasticloadbalancing:CreateLoadBalancer", "arn:aws:elasticloadbalancing:" + of + "loadbalancer/" + balancer},
		{"elasticloadbalancing:ModifyListener", "arn:aws:elasticloadbalancing:" + of + "listener/" + balancer + "/f2f7dc8efc522ab2"},
		{"elasticloadbalancing:ModifyRule", "arn:aws:elasticloadbalancing:" + of + "listener-rule/" + balancer + "/f2f7dc8efc522ab2/9683b2d02a6cabee"},
	} {
		require.True(t, may(t, r, "github-mote-deploy-dev", own.action, own.arn, nil), own)
		require.False(t, may(t, r, "github-mote-deploy-prod", own.action, own.arn, nil), own)
	}
	boundary := statements(t, find(t, r, "Policy", "github-mote-boundary-dev").Inputs["policy"])
	for action, resource := range map[string]string{
		"ecr:BatchGetImage": "arn:aws:ecr:" + of + "repository/team/mote", "logs:PutLogEvents": "arn:aws:logs:" + of + "log-group:/team/mote:log-stream:x",
		"elasticloadbalancing:ModifyRule": "arn:aws:elasticloadbalancing:" + of + "listener-rule/" + balancer + "/f2f7dc8efc522ab2/9683b2d02a6cabee",
	} {
		require.True(t, allowed(t, boundary, action, resource, nil), action)
	}
}
