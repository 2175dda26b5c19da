package stack

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// rule says what must exist before what, and be gone after it: kinds of resources, each with a text that is in the name of those that are
// meant, or one that is not, behind a !.
type rule struct {
	first, firstName string
	then, thenName   string
	reason           string
}

const (
	balancerKind    = "lb/loadBalancer:LoadBalancer"
	gatewayKind     = "ec2/internetGateway:InternetGateway"
	associationKind = "ec2/routeTableAssociation:RouteTableAssociation"
	egressRule      = "vpc/securityGroupEgressRule:SecurityGroupEgressRule"
)

// order is what AWS wants, with its reasons.
var order = []rule{
	{gatewayKind, "", balancerKind, "", "InvalidSubnet: VPC has no internet gateway; a gateway is not detached while a load balancer has public addresses"},
	{associationKind, "!-tasks-", balancerKind, "", "a load balancer that faces the internet needs subnets with a route there"},
	{gatewayKind, "", ecsService, "", "tasks with public addresses fetch their image through it, and write their last lines while they drain"},
	{associationKind, "", ecsService, "", "without a route a task ends with CannotPullContainerError"},
	{gatewayKind, "", natKind, "", "a NAT gateway in a network without internet gateway fails: Gateway.NotAttached"},
	{gatewayKind, "", "ec2/eip:Eip", "", "an address of a network that is not attached cannot be mapped"},
	{natKind, "", ecsService, "", "private tasks fetch their image through it"},
	{"ec2/route:Route", "", ecsService, "", "without a route a task ends with CannotPullContainerError"},
	{endpointKind, "", ecsService, "", "private tasks fetch image, secrets and log in through endpoints"},
	{"ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation", "", subnetKind, "-tasks-", "InvalidSubnet.Range: the block is not the network's"},
	{egressRule, "", ecsService, "", "a task that reaches nothing ends with CannotPullContainerError; one that the load balancer does not reach is unhealthy"},
	{ingress, "!-clients-", ecsService, "", "health checks fail, and the circuit breaker ends the first deployment"},
	{listeners, "-https", ecsService, "", "InvalidParameterException: the target group does not have an associated load balancer"},
	{listenerRule, "", ecsService, "", "ECS looks the production rule up when it creates the service"},
	{targetGroup, "", ecsService, "", "ECS looks both target groups up, and deregisters targets while the service drains"},
	{"iam/rolePolicy:RolePolicy", "", ecsService, "", "without it a draining service neither starts nor stops tasks (terraform-provider-aws#3414)"},
	{"iam/rolePolicyAttachment:RolePolicyAttachment", "", ecsService, "", "ECS moves traffic with this role, also while the service is deleted"},
	{"cloudwatch/logGroup:LogGroup", "!-insights", ecsService, "", "a task without its log group fails: ResourceInitializationError"},
	{"cloudwatch/logGroup:LogGroup", "-insights", "ecs/cluster:Cluster", "", "Container Insights makes a group that is kept for ever (containers-roadmap#2315)"},
	{"cloudwatch/logResourcePolicy:LogResourcePolicy", "", "cloudwatch/eventTarget:EventTarget", "", "EventBridge drops events that it may not write"},
	{"cloudwatch/eventTarget:EventTarget", "", ecsService, "", "ECS forgets why the first task stopped within the hour"},
	{"ecs/clusterCapacityProviders:ClusterCapacityProviders", "", ecsService, "", "InvalidParameterException: the capacity provider is not associated with the cluster"},
	{"acm/certificateValidation:CertificateValidation", "", listeners, "-https", "UnsupportedCertificate: a certificate that is not issued yet"},
	{alarm, "!-low-healthy-hosts", ecsService, "", "ECS looks up the alarms that roll a deployment back"},
	{ecsService, "", alarm, "-low-healthy-hosts", "every first deployment has too few healthy tasks"},
	{ecsService, "", "appautoscaling/target:Target", "", "ValidationException: ECS service doesn't exist"},
	{"appautoscaling/target:Target", "", "appautoscaling/policy:Policy", "", "ObjectNotFoundException: no scalable target registered"},
	{"appautoscaling/target:Target", "", "appautoscaling/scheduledAction:ScheduledAction", "", "ObjectNotFoundException: no scalable target registered"},
}

// exempt are the alarms that ECS is not told of, and so need not come first.
var exempt = []string{"-unhealthy-hosts", "-elb-5xx", "-unexpected-task-stops"}

// leaveToWholeStage skips a test that takes many seconds when it is asked for the quick ones: infra/test.sh --quick.
func leaveToWholeStage(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it goes through every configuration")
	}
}

// configurations are those that the order is held in: each network with each strategy, with all that can be there.
func configurations() []trial {
	all := []trial{{stack: "dev"}, {stack: "staging"}, {stack: "prod"}}
	for _, network := range choices["network"] {
		for _, strategy := range choices["strategy"] {
			for _, tls := range choices["tls"] {
				changes := map[string]string{
					"dashboard": "true", "alarms": "true", "containerInsights": "enabled", "scalingSchedule": `["cron(0 7 ? * MON-FRI *) 4 12"]`,
				}
				for _, choice := range []map[string]string{network, strategy, tls} {
					maps.Copy(changes, choice)
				}
				all = append(all, trial{stack: "prod", changes: changes})
			}
		}
	}
	return all
}

// key names a resource as the end of its URN does.
func key(kind, name string) string { return "aws:" + kind + "::" + name }

// graph has all that a resource waits for, directly and by others, by its key.
type graph struct {
	direct map[string][]string
	all    map[string]map[string]bool
}

// newGraph reads the dependencies that Pulumi's engine was told.
func newGraph(r *pulumimocks.Recording) *graph {
	g := &graph{direct: map[string][]string{}, all: map[string]map[string]bool{}}
	for _, one := range r.Resources {
		from := one.Type + "::" + one.Name
		for _, urn := range one.Options.GetDependencies() {
			parts := strings.SplitN(urn, "::", 4)
			g.direct[from] = append(g.direct[from], parts[2][strings.LastIndex(parts[2], "$")+1:]+"::"+parts[3])
		}
	}
	return g
}

// before are the keys of all that must exist before a resource.
func (g *graph) before(one string) map[string]bool {
	if known, is := g.all[one]; is {
		return known
	}
	found := map[string]bool{}
	g.all[one] = found
	for _, direct := range g.direct[one] {
		found[direct] = true
		maps.Copy(found, g.before(direct))
	}
	return found
}

// meant says whether a resource is one of a rule's.
func meant(one pulumimocks.Resource, kind, name string) bool {
	if one.Type != "aws:"+kind {
		return false
	}
	for _, end := range exempt {
		if strings.HasSuffix(one.Name, end) {
			return false
		}
	}
	if not, is := strings.CutPrefix(name, "!"); is {
		return !strings.Contains(one.Name, not)
	}
	return strings.Contains(one.Name, name)
}

func TestOrder_WhatMustExistFirstDoes(t *testing.T) {
	leaveToWholeStage(t)
	tried := map[rule]int{}
	for _, one := range configurations() {
		r := deployed(t, one)
		g := newGraph(r)
		for _, row := range order {
			for _, then := range r.Resources {
				if !meant(then, row.then, row.thenName) {
					continue
				}
				before := g.before(then.Type + "::" + then.Name)
				for _, first := range r.Resources {
					if meant(first, row.first, row.firstName) {
						tried[row]++
						require.True(t, before[key(row.first, first.Name)], "%s %s does not wait for %s %s: %s (%v)",
							row.then, then.Name, row.first, first.Name, row.reason, one.changes)
					}
				}
			}
		}
	}
	for _, row := range order {
		require.Positive(t, tried[row], "no configuration has %s and %s", row.first, row.then)
	}
}
