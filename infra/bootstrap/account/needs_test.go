package account

import (
	"encoding/json"
	"fmt"
	"maps"
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

// needs has, by the kind of a resource of the stack, what AWS's provider asks AWS for to make and to delete one: how the request is told to
// be the environment's own (by tags that it brings, by tags that the thing has, or by neither), the action, and on what. BASE begins the
// names of the environment. The provider's source and AWS's service authorization reference say so, not our policies.
var needs = map[string][]string{
	"ec2/vpc:Vpc": {
		"brings ec2:CreateVpc vpc/vpc-1", "has ec2:ModifyVpcAttribute vpc/vpc-1", "has ec2:DeleteVpc vpc/vpc-1", "has ec2:CreateTags vpc/vpc-1",
	},
	"ec2/subnet:Subnet": {
		"brings ec2:CreateSubnet subnet/subnet-1", "has ec2:CreateSubnet vpc/vpc-1", "has ec2:DeleteSubnet subnet/subnet-1",
	},
	"ec2/internetGateway:InternetGateway": {
		"brings ec2:CreateInternetGateway internet-gateway/igw-1", "has ec2:AttachInternetGateway internet-gateway/igw-1",
		"has ec2:AttachInternetGateway vpc/vpc-1", "has ec2:DetachInternetGateway vpc/vpc-1", "has ec2:DeleteInternetGateway internet-gateway/igw-1",
	},
	"ec2/routeTable:RouteTable": {
		"brings ec2:CreateRouteTable route-table/rtb-1", "has ec2:CreateRouteTable vpc/vpc-1", "has ec2:CreateRoute route-table/rtb-1",
		"has ec2:DeleteRoute route-table/rtb-1", "has ec2:DeleteRouteTable route-table/rtb-1",
	},
	"ec2/routeTableAssociation:RouteTableAssociation": {
		"has ec2:AssociateRouteTable route-table/rtb-1", "has ec2:AssociateRouteTable subnet/subnet-1",
		"has ec2:DisassociateRouteTable route-table/rtb-1", "has ec2:DisassociateRouteTable subnet/subnet-1",
	},
	"ec2/securityGroup:SecurityGroup": {
		"brings ec2:CreateSecurityGroup security-group/sg-1", "any ec2:CreateSecurityGroup vpc/vpc-1",
		"has ec2:RevokeSecurityGroupEgress security-group/sg-1", "has ec2:DeleteSecurityGroup security-group/sg-1",
	},
	"ec2/defaultSecurityGroup:DefaultSecurityGroup": {
		"brings ec2:CreateTags security-group/sg-1", "has ec2:RevokeSecurityGroupIngress security-group/sg-1",
		"has ec2:RevokeSecurityGroupEgress security-group/sg-1",
	},
	"ec2/eip:Eip": {
		"brings ec2:AllocateAddress elastic-ip/eipalloc-1", "has ec2:ReleaseAddress elastic-ip/eipalloc-1", "any ec2:DescribeAddresses *",
	},
	"ec2/natGateway:NatGateway": {
		"brings ec2:CreateNatGateway natgateway/nat-1", "has ec2:CreateNatGateway elastic-ip/eipalloc-1", "has ec2:CreateNatGateway subnet/subnet-1",
		"has ec2:DeleteNatGateway natgateway/nat-1", "any ec2:DescribeNatGateways *",
	},
	"ec2/route:Route": {"has ec2:CreateRoute route-table/rtb-1", "has ec2:DeleteRoute route-table/rtb-1"},
	"ec2/vpcEndpoint:VpcEndpoint": {
		"brings ec2:CreateVpcEndpoint vpc-endpoint/vpce-1", "has ec2:CreateVpcEndpoint vpc/vpc-1", "has ec2:CreateVpcEndpoint subnet/subnet-1",
		"has ec2:CreateVpcEndpoint security-group/sg-1", "has ec2:CreateVpcEndpoint route-table/rtb-1",
		"any route53:AssociateVPCWithHostedZone hostedzone/Z9", "has ec2:ModifyVpcEndpoint vpc-endpoint/vpce-1",
		"has ec2:DeleteVpcEndpoints vpc-endpoint/vpce-1", "any ec2:DescribeVpcEndpoints *", "any ec2:DescribePrefixLists *",
	},
	"ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": {
		"has ec2:AssociateVpcCidrBlock vpc/vpc-1", "has ec2:DisassociateVpcCidrBlock vpc/vpc-1",
	},
	"vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
		"has ec2:AuthorizeSecurityGroupIngress security-group/sg-1", "brings ec2:AuthorizeSecurityGroupIngress security-group-rule/sgr-1",
		"has ec2:RevokeSecurityGroupIngress security-group/sg-1",
	},
	"vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
		"has ec2:AuthorizeSecurityGroupEgress security-group/sg-1", "brings ec2:AuthorizeSecurityGroupEgress security-group-rule/sgr-1",
		"has ec2:RevokeSecurityGroupEgress security-group/sg-1",
	},
	"lb/loadBalancer:LoadBalancer": {
		"name elasticloadbalancing:CreateLoadBalancer loadbalancer/app/BASE-0123456/50dc6c495c0c9188",
		"name elasticloadbalancing:ModifyLoadBalancerAttributes loadbalancer/app/BASE-0123456/50dc6c495c0c9188",
		"name elasticloadbalancing:AddTags loadbalancer/app/BASE-0123456/50dc6c495c0c9188",
		"name elasticloadbalancing:DeleteLoadBalancer loadbalancer/app/BASE-0123456/50dc6c495c0c9188",
	},
	"lb/targetGroup:TargetGroup": {
		"name elasticloadbalancing:CreateTargetGroup targetgroup/BASE-0123456/943f017f100becff",
		"name elasticloadbalancing:ModifyTargetGroupAttributes targetgroup/BASE-0123456/943f017f100becff",
		"name elasticloadbalancing:DeleteTargetGroup targetgroup/BASE-0123456/943f017f100becff",
	},
	"lb/listener:Listener": {
		"name elasticloadbalancing:CreateListener loadbalancer/app/BASE-0123456/50dc6c495c0c9188",
		"name elasticloadbalancing:ModifyListenerAttributes listener/app/BASE-0123456/50dc6c495c0c9188/f2f7dc8efc522ab2",
		"name elasticloadbalancing:DeleteListener listener/app/BASE-0123456/50dc6c495c0c9188/f2f7dc8efc522ab2",
	},
	"lb/listenerRule:ListenerRule": {
		"name elasticloadbalancing:CreateRule listener/app/BASE-0123456/50dc6c495c0c9188/f2f7dc8efc522ab2",
		"name elasticloadbalancing:ModifyRule listener-rule/app/BASE-0123456/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee",
		"name elasticloadbalancing:DeleteRule listener-rule/app/BASE-0123456/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee",
		"name elasticloadbalancing:DeleteTargetGroup targetgroup/OTHER-0123456/943f017f100becff",
	},
	"acm/certificate:Certificate": {
		"brings acm:RequestCertificate *", "brings acm:ImportCertificate certificate/1", "brings acm:AddTagsToCertificate certificate/1",
		"has acm:ImportCertificate certificate/1", "has acm:DeleteCertificate certificate/1", "any acm:DescribeCertificate certificate/1",
	},
	"acm/certificateValidation:CertificateValidation": {"any acm:DescribeCertificate certificate/1"},
	"route53/record:Record": {
		"zone route53:ChangeResourceRecordSets hostedzone/Z1", "zone route53:ListResourceRecordSets hostedzone/Z1", "any route53:GetChange change/C1",
	},
	"ecr/repository:Repository": {
		"name ecr:CreateRepository repository/BASE", "name ecr:DescribeRepositories repository/BASE", "name ecr:PutImage repository/BASE",
		"name ecr:DeleteRepository repository/BASE", "any ecr:GetAuthorizationToken *",
	},
	"ecr/lifecyclePolicy:LifecyclePolicy": {"name ecr:PutLifecyclePolicy repository/BASE", "name ecr:DeleteLifecyclePolicy repository/BASE"},
	"ecs/cluster:Cluster": {
		"name ecs:CreateCluster cluster/BASE", "name ecs:UpdateCluster cluster/BASE", "name ecs:DescribeClusters cluster/BASE",
		"name ecs:DeleteCluster cluster/BASE",
	},
	"ecs/clusterCapacityProviders:ClusterCapacityProviders": {"name ecs:PutClusterCapacityProviders cluster/BASE"},
	"ecs/taskDefinition:TaskDefinition": {
		"name ecs:RegisterTaskDefinition task-definition/BASE:7", "any ecs:DeregisterTaskDefinition *", "any ecs:DescribeTaskDefinition *",
	},
	"ecs/service:Service": {
		"name ecs:CreateService service/BASE/BASE-0123456", "name ecs:UpdateService service/BASE/BASE-0123456",
		"name ecs:DescribeServices service/BASE/BASE-0123456", "name ecs:DeleteService service/BASE/BASE-0123456", "cluster ecs:ListTasks *",
		"name ecs:DescribeServiceDeployments service-deployment/BASE/BASE-0123456/ab12", "name ecs:ListServiceDeployments service/BASE/BASE-0123456",
		"name ecs:DescribeServiceRevisions service-revision/BASE/BASE-0123456/7", "cluster ecs:DescribeTasks *",
		"tasks iam:PassRole role/BASE-execution-0123456", "tasks iam:PassRole role/BASE-task-0123456",
		"scheduler iam:PassRole role/BASE-infrastructure-0123456",
	},
	"iam/role:Role": {
		"bounded iam:CreateRole role/BASE-task-0123456", "bounded iam:PutRolePermissionsBoundary role/BASE-task-0123456",
		"bounded iam:UpdateAssumeRolePolicy role/BASE-task-0123456", "name iam:GetRole role/BASE-task-0123456",
		"name iam:ListInstanceProfilesForRole role/BASE-task-0123456", "bounded iam:UpdateRole role/BASE-task-0123456",
		"bounded iam:UpdateRoleDescription role/BASE-task-0123456", "name iam:DeleteRole role/BASE-task-0123456",
	},
	"iam/rolePolicy:RolePolicy": {
		"bounded iam:PutRolePolicy role/BASE-execution-0123456", "name iam:GetRolePolicy role/BASE-execution-0123456",
		"name iam:DeleteRolePolicy role/BASE-execution-0123456",
	},
	"iam/rolePolicyAttachment:RolePolicyAttachment": {
		"traffic iam:AttachRolePolicy role/BASE-infrastructure-0123456", "name iam:ListAttachedRolePolicies role/BASE-infrastructure-0123456",
		"name iam:DetachRolePolicy role/BASE-infrastructure-0123456",
	},
	"cloudwatch/dashboard:Dashboard": {
		"name cloudwatch:PutDashboard dashboard/BASE", "name cloudwatch:GetDashboard dashboard/BASE", "name cloudwatch:DeleteDashboards dashboard/BASE",
	},
	"cloudwatch/logGroup:LogGroup": {
		"name logs:CreateLogGroup log-group:/ecs/BASE", "name logs:PutRetentionPolicy log-group:/aws/events/BASE-task-events:*",
		"name logs:TagResource log-group:/aws/ecs/containerinsights/BASE/performance", "name logs:DeleteLogGroup log-group:/ecs/BASE:*",
	},
	"cloudwatch/logMetricFilter:LogMetricFilter":     {"name logs:PutMetricFilter log-group:/aws/events/BASE-task-events:*"},
	"cloudwatch/logResourcePolicy:LogResourcePolicy": {"any logs:PutResourcePolicy *", "any logs:DeleteResourcePolicy *"},
	"cloudwatch/eventRule:EventRule": {
		"name events:PutRule rule/BASE-task-events-0123456", "name events:DescribeRule rule/BASE-task-events-0123456", "name events:DeleteRule rule/BASE-task-events-0123456",
	},
	"cloudwatch/eventTarget:EventTarget": {
		"name events:PutTargets rule/BASE-task-events-0123456", "name events:ListTargetsByRule rule/BASE-task-events-0123456",
		"name events:RemoveTargets rule/BASE-task-events-0123456",
	},
	"cloudwatch/metricAlarm:MetricAlarm": {"name cloudwatch:PutMetricAlarm alarm:BASE-target-5xx", "name cloudwatch:DeleteAlarms alarm:BASE-target-5xx"},
	"sns/topic:Topic":                    {"name sns:CreateTopic BASE-0123456", "name sns:DeleteTopic BASE-0123456"},
	"sns/topicSubscription:TopicSubscription": {
		"name sns:Subscribe BASE-0123456", "any sns:GetSubscriptionAttributes *", "any sns:Unsubscribe *",
	},
	"appautoscaling/target:Target": {
		"brings application-autoscaling:RegisterScalableTarget scalable-target/1", "has application-autoscaling:RegisterScalableTarget scalable-target/1",
		"has application-autoscaling:DeregisterScalableTarget scalable-target/1", "any application-autoscaling:DescribeScalableTargets *",
	},
	"appautoscaling/policy:Policy": {
		"has application-autoscaling:PutScalingPolicy scalable-target/1", "has application-autoscaling:DeleteScalingPolicy scalable-target/1",
		"name cloudwatch:PutMetricAlarm alarm:TargetTracking-service/BASE/BASE-0123456-AlarmHigh-1",
	},
	"appautoscaling/scheduledAction:ScheduledAction": {
		"has application-autoscaling:PutScheduledAction scalable-target/1", "has application-autoscaling:DeleteScheduledAction scalable-target/1",
	},
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
	switch {
	case resource == "*":
		arn = "*"
	case service == "iam" || strings.HasPrefix(resource, "dashboard/"):
		arn = strings.Replace(arn, pulumimocks.Region, "", 1)
	case service == "route53":
		arn = "arn:aws:route53:::" + resource
	}
	return request{action, arn, map[string]map[string]string{
		"brings":  {"aws:RequestTag/project": "mote", "aws:RequestTag/stack": environment},
		"has":     {"aws:ResourceTag/project": "mote", "aws:ResourceTag/stack": environment},
		"bounded": {"iam:PermissionsBoundary": boundary},
		"traffic": {
			"iam:PermissionsBoundary": boundary, "iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers",
		},
		"tasks":     {"iam:PassedToService": "ecs-tasks.amazonaws.com"},
		"scheduler": {"iam:PassedToService": "ecs.amazonaws.com"},
		"cluster":   {"ecs:cluster": "arn:aws:ecs:" + pulumimocks.Region + ":" + pulumimocks.Account + ":cluster/" + base(environment)},
	}[own]}
}

// kinds are those of all resources that the stack makes, with one setting or another.
func kinds(t *testing.T) []string {
	found := map[string]bool{}
	for _, changes := range []map[string]string{
		{
			"domain": "mote.example.com", "hostedZone": "example.com", "alarms": "true", "alarmEmail": "team@example.com",
			"containerInsights": "enabled", "spotPercent": "50", "egress": "nat", "scalingSchedule": `["cron(0 7 ? * MON-FRI *) 4 12"]`,
		},
		{"domain": "mote.example.com", "selfSignedCertificate": "true", "dashboard": "true", "deploymentStrategy": "canary", "egress": "endpoints"},
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

func TestBootstrap_DeployRoleMayMakeAllThatTheStackMakes(t *testing.T) {
	require.Equal(t, kinds(t), slices.Sorted(maps.Keys(needs)), "a kind of resource has come or gone: the roles have to follow")
	r := made(t, map[string]string{"existing": `["dev=arn:aws:route53:::hostedzone/Z1"]`})
	for kind, entries := range needs {
		for _, entry := range entries {
			q := asks(entry, "dev")
			require.True(t, may(t, r, "github-mote-deploy-dev", q.action, q.arn, q.beside), "%s: %s", kind, entry)
		}
	}
}

func TestBootstrap_DeployRoleMayChangeNothingOfAnotherEnvironment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, other := environmentNames.Draw(t, "one"), environmentNames.Draw(t, "other")
		names, err := json.Marshal([]string{one, other})
		require.NoError(t, err)
		r, err := try(t, map[string]string{"environments": string(names), "existing": `["` + one + `=arn:aws:route53:::hostedzone/Z1"]`})
		if err != nil {
			t.Skip(err)
		}
		all := granted(t, r, "github-mote-deploy-"+other)
		for kind, entries := range needs {
			for _, entry := range entries {
				q := asks(entry, one)
				if strings.HasPrefix(entry, "any ") != allowed(t, all, q.action, q.arn, q.beside) {
					require.Fail(t, "allowed or not, against what was meant", "%s: %s", kind, entry)
				}
			}
		}
	})
}
