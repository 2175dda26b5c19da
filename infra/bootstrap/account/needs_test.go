package account

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/mote-dev/mote/infra/internal/names"
	"github.com/mote-dev/mote/infra/internal/project"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
	"github.com/mote-dev/mote/infra/internal/testimage"
	"github.com/mote-dev/mote/infra/stack"
)

// needs has what AWS is asked for that no scenario does: to shift traffic from one set of tasks to another, and to change a role, by the kind of the resource: how the request is told to be
// the environment's own (by a boundary, by its name, or by neither), the action, and on what. BASE begins the names of the environment. The
// AWS provider of a machine without Pulumi's download host is older than version 6 and shifts no traffic, so no rehearsal records these
// calls. The local AWS has no Prometheus and no Grafana of Amazon's, and its judge is not asked about EKS yet. Nor does a rehearsal name a zone of Route 53, whose records the stand-in for Pulumi's AWS plugin does not translate, or change a role in
// place, which only another version of the program does. All others are judged as they are recorded
// (e2e/judge). The provider's source and AWS's service authorization reference say so, not our policies.
var needs = map[string][]string{
	"acm/certificateValidation:CertificateValidation": {"brings acm:RequestCertificate *", "any acm:DescribeCertificate certificate/1"},
	"route53/record:Record": {
		"zone route53:ChangeResourceRecordSets hostedzone/Z1", "zone route53:ListResourceRecordSets hostedzone/Z1", "any route53:GetChange change/C1",
	},
	"lb/listenerRule:ListenerRule": {
		"name elasticloadbalancing:CreateRule listener/app/BASE-0123456/50dc6c495c0c9188/f2f7dc8efc522ab2",
		"name elasticloadbalancing:ModifyRule listener-rule/app/BASE-0123456/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee",
		"name elasticloadbalancing:DeleteRule listener-rule/app/BASE-0123456/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee",
		"name elasticloadbalancing:DeleteTargetGroup targetgroup/OTHER-0123456/943f017f100becff",
	},
	"ecs/service:Service": {
		"name ecs:DescribeServiceDeployments service-deployment/BASE/BASE-0123456/ab12", "name ecs:ListServiceDeployments service/BASE/BASE-0123456",
		"name ecs:DescribeServiceRevisions service-revision/BASE/BASE-0123456/7", "scheduler iam:PassRole role/BASE-infrastructure-0123456",
	},
	"iam/role:Role": {
		"bounded iam:PutRolePermissionsBoundary role/BASE-task-0123456", "bounded iam:UpdateAssumeRolePolicy role/BASE-task-0123456",
		"bounded iam:UpdateRole role/BASE-task-0123456", "bounded iam:UpdateRoleDescription role/BASE-task-0123456",
	},
	"iam/rolePolicyAttachment:RolePolicyAttachment": {
		"traffic iam:AttachRolePolicy role/BASE-infrastructure-0123456", "name iam:ListAttachedRolePolicies role/BASE-infrastructure-0123456",
		"name iam:DetachRolePolicy role/BASE-infrastructure-0123456",
	},
	"amp/workspace:Workspace": {
		"brings aps:CreateWorkspace *", "brings aps:TagResource workspace/ws-1", "tagged aps:DescribeWorkspace workspace/ws-1",
		"tagged aps:DescribeLoggingConfiguration workspace/ws-1", "tagged aps:UpdateWorkspaceAlias workspace/ws-1", "tagged aps:DeleteWorkspace workspace/ws-1",
	},
	"amp/ruleGroupNamespace:RuleGroupNamespace": {
		"name aps:CreateRuleGroupsNamespace rulegroupsnamespace/ws-1/BASE-observability-0123456",
		"name aps:TagResource rulegroupsnamespace/ws-1/BASE-observability-0123456",
		"name aps:DescribeRuleGroupsNamespace rulegroupsnamespace/ws-1/BASE-observability-0123456",
		"name aps:PutRuleGroupsNamespace rulegroupsnamespace/ws-1/BASE-observability-0123456",
		"name aps:DeleteRuleGroupsNamespace rulegroupsnamespace/ws-1/BASE-observability-0123456",
	},
	"amp/alertManagerDefinition:AlertManagerDefinition": {
		"tagged aps:CreateAlertManagerDefinition workspace/ws-1", "tagged aps:DescribeAlertManagerDefinition workspace/ws-1",
		"tagged aps:PutAlertManagerDefinition workspace/ws-1", "tagged aps:DeleteAlertManagerDefinition workspace/ws-1",
	},
	"grafana/workspace:Workspace": {
		"brings grafana:CreateWorkspace *", "brings grafana:TagResource /workspaces/g-1", "tagged grafana:DescribeWorkspace /workspaces/g-1",
		"tagged grafana:DescribeWorkspaceConfiguration /workspaces/g-1", "tagged grafana:UpdateWorkspace /workspaces/g-1",
		"tagged grafana:UpdateWorkspaceAuthentication /workspaces/g-1", "tagged grafana:DeleteWorkspace /workspaces/g-1",
		"grafana iam:PassRole role/BASE-observability-grafana-0123456", "any sso:CreateManagedApplicationInstance *",
		"any sso:DeleteManagedApplicationInstance *", "any sso:DescribeRegisteredRegions *", "any sso:GetSharedSsoConfiguration *",
		"any organizations:DescribeOrganization *",
		"any iam:CreateServiceLinkedRole role/aws-service-role/grafana.amazonaws.com/AWSServiceRoleForAmazonGrafana",
	},
	"eks/cluster:Cluster": {
		"name eks:CreateCluster cluster/BASE", "name eks:TagResource cluster/BASE", "name eks:DescribeCluster cluster/BASE",
		"name eks:UpdateClusterConfig cluster/BASE", "name eks:UpdateClusterVersion cluster/BASE", "name eks:DescribeUpdate cluster/BASE",
		"name eks:AssociateEncryptionConfig cluster/BASE", "name eks:DeleteCluster cluster/BASE", "cluster iam:PassRole role/BASE-cluster-0123456",
		"any iam:CreateServiceLinkedRole role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS",
		"kubernetes iam:AttachRolePolicy role/BASE-cluster-0123456", "kubernetes iam:AttachRolePolicy role/BASE-node-0123456",
		"logs logs:CreateLogGroup log-group:/aws/eks/BASE/cluster", "logs logs:PutRetentionPolicy log-group:/aws/eks/BASE/cluster:*",
		"logs logs:ListTagsForResource log-group:/aws/eks/BASE/cluster", "logs logs:DeleteLogGroup log-group:/aws/eks/BASE/cluster",
	},
	"eks/accessEntry:AccessEntry": {
		"name eks:CreateAccessEntry cluster/BASE", "name eks:DescribeAccessEntry access-entry/BASE/role/123456789012/r/1",
		"name eks:UpdateAccessEntry access-entry/BASE/role/123456789012/r/1", "name eks:DeleteAccessEntry access-entry/BASE/role/123456789012/r/1",
		"nodes iam:PassRole role/BASE-node-0123456",
	},
	"eks/accessPolicyAssociation:AccessPolicyAssociation": {
		"name eks:AssociateAccessPolicy access-entry/BASE/role/123456789012/r/1",
		"name eks:ListAssociatedAccessPolicies access-entry/BASE/role/123456789012/r/1",
		"name eks:DisassociateAccessPolicy access-entry/BASE/role/123456789012/r/1",
	},
	"eks/addon:Addon": {
		"name eks:CreateAddon cluster/BASE", "name eks:DescribeAddon addon/BASE/metrics-server/1", "name eks:UpdateAddon addon/BASE/metrics-server/1",
		"name eks:DeleteAddon addon/BASE/metrics-server/1",
		"name eks:DescribeAddon addon/BASE/aws-secrets-store-csi-driver-provider/1",
		"name eks:UpdateAddon addon/BASE/aws-secrets-store-csi-driver-provider/1",
		"name eks:DeleteAddon addon/BASE/aws-secrets-store-csi-driver-provider/1",
	},
	"eks/podIdentityAssociation:PodIdentityAssociation": {
		"name eks:CreatePodIdentityAssociation cluster/BASE", "name eks:DescribePodIdentityAssociation podidentityassociation/BASE/a-1",
		"name eks:UpdatePodIdentityAssociation podidentityassociation/BASE/a-1", "pods iam:PassRole role/BASE-pod-0123456",
		"name eks:DeletePodIdentityAssociation podidentityassociation/BASE/a-1",
	},
	"sns/topicPolicy:TopicPolicy": {"name sns:GetTopicAttributes BASE-0123456", "name sns:SetTopicAttributes BASE-0123456"},
}

// rehearsed are the kinds of resources whose calls are recorded and judged: one of the rehearsal's scenarios sees that it makes each.
func rehearsed(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, name := range []string{"rehearsed.txt", "rehearsed-observability.txt"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		all = append(all, strings.Fields(string(text))...)
	}
	return all
}

// request is what an environment's deployment asks AWS for: on which ARN, and with what beside it.
type request struct {
	action, arn string
	beside      map[string]string
}

// asks makes requests of an entry of needs as the environment would.
func asks(entry, environment string) request {
	own, action, resource := "", "", ""
	_, _ = fmt.Sscan(entry, &own, &action, &resource)
	service, _, _ := strings.Cut(action, ":")
	names := strings.NewReplacer("BASE", base(environment), "OTHER", names.Alternate(base(environment)))
	arn := "arn:aws:" + service + ":" + pulumimocks.Region + ":" + pulumimocks.Account + ":" + names.Replace(resource)
	boundary := "arn:aws:iam::" + pulumimocks.Account + ":policy/github-mote-boundary-" + environment
	switch service {
	case "iam":
		arn = strings.Replace(arn, pulumimocks.Region, "", 1)
	case "route53":
		arn = "arn:aws:route53:::" + resource
	}
	if resource == "*" {
		arn = "*"
	}
	return request{action, arn, map[string]map[string]string{
		"brings":  {"aws:RequestTag/project": "mote", "aws:RequestTag/stack": environment},
		"bounded": {"iam:PermissionsBoundary": boundary},
		"traffic": {
			"iam:PermissionsBoundary": boundary, "iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers",
		},
		"scheduler": {"iam:PassedToService": "ecs.amazonaws.com"},
		"grafana":   {"iam:PassedToService": "grafana.amazonaws.com"},
		"cluster":   {"iam:PassedToService": "eks.amazonaws.com"},
		"nodes":     {"iam:PassedToService": "ec2.amazonaws.com"},
		"pods":      {"iam:PassedToService": "pods.eks.amazonaws.com"},
		"kubernetes": {
			"iam:PermissionsBoundary": boundary, "iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
		},
		"tagged": {"aws:ResourceTag/project": "mote", "aws:ResourceTag/stack": environment},
	}[own]}
}

// kinds are those of all resources that the stack makes, with one setting or another.
func kinds(t *testing.T) []string {
	found := map[string]bool{}
	for _, changes := range []map[string]string{
		{
			"domain": "mote.example.com", "hostedZone": "example.com", "alarms": "true", "alarmEmail": "team@example.com",
			"containerInsights": "enabled", "spotPercent": "50", "egress": "nat", "observability": "prometheus", "scalingSchedule": `["cron(0 7 ? * MON-FRI *) 4 12"]`,
		},
		{"domain": "mote.example.com", "selfSignedCertificate": "true", "dashboard": "true", "deploymentStrategy": "canary", "egress": "endpoints"},
		{"observability": "managed"},
		{
			"platform": "eks", "rollbackOnAlarms": "false", "kubernetesAdminArns": `["arn:aws:iam::123456789012:role/github-mote-deploy-prod"]`,
			"permissions": `["dynamodb:GetItem on arn:aws:dynamodb:eu-central-1:123456789012:table/notes"]`,
		},
	} {
		config, err := project.Config("../..", "prod")
		require.NoError(t, err)
		config["mote:image"], config["mote:registryEndpoint"] = testimage.Layout(t, testimage.Image(t, "amd64")), testimage.Registry(t)
		for key, value := range changes {
			config["mote:"+key] = value
		}
		r, err := pulumimocks.Record(pulumimocks.Run{Project: project.Name, Stack: "prod", Config: config}, func(ctx *pulumi.Context) (pulumi.Map, error) {
			return nil, stack.Deploy(ctx)
		})
		require.NoError(t, err)
		for _, one := range r.Resources {
			if kind, is := strings.CutPrefix(one.Type, "aws:"); is {
				found[kind] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func TestBootstrap_EachKindOfResourceIsRehearsedOrListedHere(t *testing.T) {
	known := map[string]bool{}
	for _, kind := range slices.Concat(rehearsed(t), slices.Collect(maps.Keys(needs))) {
		known[kind] = true
	}
	require.Equal(t, kinds(t), slices.Sorted(maps.Keys(known)), "a kind of resource has come or gone: a scenario has to make it, or a test of the roles")
}

func TestBootstrap_DeployRoleMayDoWhatNoScenarioDoes(t *testing.T) {
	r := made(t, map[string]string{"existing": `["dev=arn:aws:route53:::hostedzone/Z1"]`, "managedObservability": `["dev"]`, "kubernetes": `["dev"]`})
	for kind, entries := range needs {
		for _, entry := range entries {
			q := asks(entry, "dev")
			require.True(t, may(t, r, "github-mote-deploy-dev", q.action, q.arn, q.beside), "%s: %s", kind, entry)
		}
	}
}

func TestBootstrap_DeployRoleMayDoNoneOfItToAnotherEnvironment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, other := environmentNames.Draw(t, "one"), environmentNames.Draw(t, "other")
		names, err := json.Marshal([]string{one, other})
		require.NoError(t, err)
		r, err := try(t, map[string]string{"environments": string(names), "managedObservability": string(names), "kubernetes": string(names), "existing": `["` + one + `=arn:aws:route53:::hostedzone/Z1"]`})
		if err != nil {
			t.Skip(err)
		}
		all := granted(t, r, "github-mote-deploy-"+other)
		for kind, entries := range needs {
			for _, entry := range entries {
				q := asks(entry, one)
				if strings.HasPrefix(entry, "any ") != allowed(t, all, q.action, q.arn, q.beside) {
					require.Fail(t, "allowed", "%s: %s", kind, entry)
				}
			}
		}
	})
}

// TestBootstrap_ManagedObservabilityIsForThoseThatAreListed tries each request of Amazon's Prometheus and Grafana as an environment that is not listed.
func TestBootstrap_ManagedObservabilityIsForThoseThatAreListed(t *testing.T) {
	r := made(t, map[string]string{"managedObservability": `["dev"]`})
	boundary := func(name string) string {
		return find(t, r, "Policy", "github-mote-boundary-"+name).Inputs["policy"].(string)
	}
	require.Contains(t, boundary("dev"), "aps:RemoteWrite")
	require.NotContains(t, boundary("prod"), "aps:")
	for kind, entries := range needs {
		for _, entry := range entries {
			q := asks(entry, "prod")
			if strings.HasPrefix(kind, "amp/") || strings.HasPrefix(kind, "grafana/") {
				require.False(t, may(t, r, "github-mote-deploy-prod", q.action, q.arn, q.beside), entry)
			}
		}
	}
	mine := asks("tagged aps:DescribeWorkspace workspace/ws-1", "dev").beside
	const workspace = "arn:aws:aps:eu-central-1:123456789012:workspace/ws-1"
	require.True(t, may(t, r, "github-mote-preview-dev", "aps:DescribeWorkspace", workspace, mine))
	for _, action := range []string{"aps:DeleteWorkspace", "aps:QueryMetrics", "aps:RemoteWrite", "aps:PutAlertManagerDefinition"} {
		require.False(t, may(t, r, "github-mote-preview-dev", action, workspace, mine), "previews read no metrics and change nothing")
	}
}

// TestBootstrap_KubernetesIsForThoseThatAreListed tries each request about a cluster as an environment that is not listed.
func TestBootstrap_KubernetesIsForThoseThatAreListed(t *testing.T) {
	r := made(t, map[string]string{"kubernetes": `["dev"]`})
	for kind, entries := range needs {
		for _, entry := range entries {
			if strings.HasPrefix(kind, "eks/") {
				for environment, listed := range map[string]bool{"dev": true, "prod": false} {
					q := asks(entry, environment)
					require.Equal(t, listed, may(t, r, "github-mote-deploy-"+environment, q.action, q.arn, q.beside), "%s: %s", environment, entry)
				}
			}
		}
	}
	const cluster = "arn:aws:eks:eu-central-1:123456789012:cluster/mote-"
	for _, action := range []string{"eks:DescribeCluster", "eks:ListTagsForResource"} {
		require.True(t, may(t, r, "github-mote-preview-dev", action, cluster+"dev", nil), action)
		require.False(t, may(t, r, "github-mote-preview-dev", action, cluster+"prod", nil), action)
		require.False(t, may(t, r, "github-mote-preview-prod", action, cluster+"prod", nil), action)
	}
	for _, action := range []string{"eks:UpdateClusterConfig", "eks:CreateAccessEntry", "eks:AccessKubernetesApi"} {
		require.False(t, may(t, r, "github-mote-preview-dev", action, cluster+"dev", nil), action)
	}
}

// TestBootstrap_ClusterRolesArePassedToTheirServicesAlone tries each role of a cluster with each service.
func TestBootstrap_ClusterRolesArePassedToTheirServicesAlone(t *testing.T) {
	r := made(t, map[string]string{"kubernetes": `["dev"]`})
	services := map[string]string{"cluster": "eks.amazonaws.com", "node": "ec2.amazonaws.com", "pod": "pods.eks.amazonaws.com"}
	for purpose, right := range services {
		for _, service := range append(slices.Collect(maps.Values(services)), "lambda.amazonaws.com") {
			passed := map[string]string{"iam:PassedToService": service}
			require.Equal(t, service == right, may(t, r, "github-mote-deploy-dev", "iam:PassRole", ofIAM+"role/mote-dev-"+purpose+"-0123456", passed), "%s to %s", purpose, service)
		}
	}
	attached := map[string]string{"iam:PermissionsBoundary": ofIAM + "policy/github-mote-boundary-dev", "iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}
	require.False(t, may(t, r, "github-mote-deploy-dev", "iam:AttachRolePolicy", ofIAM+"role/mote-dev-node-0123456", attached))
}

// TestBootstrap_ClusterRunsNodesOfItsOwnAndNothingElse is about what the roles of a cluster can never go beyond. A controller in the cluster can make no
// load balancer, disk or group, which would be left when the stack is destroyed.
func TestBootstrap_ClusterRunsNodesOfItsOwnAndNothingElse(t *testing.T) {
	r := made(t, map[string]string{"kubernetes": `["dev"]`})
	boundary := statements(t, find(t, r, "Policy", "github-mote-boundary-dev").Inputs["policy"])
	const instance, image = "arn:aws:ec2:eu-central-1:123456789012:instance/*", "arn:aws:ec2:eu-central-1::image/ami-1"
	for cluster, own := range map[string]bool{"mote-dev": true, "mote-prod": false, "": false} {
		keys := map[string]string{"aws:RequestTag/eks:eks-cluster-name": cluster}
		require.Equal(t, own, allowed(t, boundary, "ec2:RunInstances", instance, keys), cluster)
		keys = map[string]string{"aws:ResourceTag/eks:eks-cluster-name": cluster}
		require.Equal(t, own, allowed(t, boundary, "ec2:RunInstances", "arn:aws:ec2:eu-central-1:123456789012:launch-template/lt-1", keys), cluster)
	}
	require.True(t, allowed(t, boundary, "ec2:RunInstances", image, nil))
	require.True(t, allowed(t, boundary, "elasticloadbalancing:RegisterTargets", "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/mote-dev-1/2", nil))
	tagged := map[string]string{"aws:RequestTag/eks:eks-cluster-name": "mote-dev"}
	for _, action := range []string{
		"elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup", "ec2:CreateVolume", "ec2:CreateSecurityGroup",
		"ec2:AuthorizeSecurityGroupIngress", "ec2:CreateVpc", "iam:CreateRole",
	} {
		require.False(t, allowed(t, boundary, action, "*", tagged), action)
	}
	require.NotContains(t, find(t, r, "Policy", "github-mote-boundary-prod").Inputs["policy"], "ec2:RunInstances")
}
