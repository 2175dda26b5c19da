package stack

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/mote-dev/mote/infra/components/observability"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// TestStack_InvariantsHoldForGeneratedSettings draws settings that are accepted, for each environment, and sees that what the other tests say of a
// few stacks is so of all.
func TestStack_InvariantsHoldForGeneratedSettings(t *testing.T) {
	layout := trial{stack: "dev"}.config(t)
	rapid.Check(t, func(rt *rapid.T) {
		changes := drawSettings(rt)
		changes["image"], changes["registryEndpoint"] = layout["mote:image"], layout["mote:registryEndpoint"]
		r, err := deploy(t, trial{stack: rapid.SampledFrom(environments).Draw(rt, "stack"), changes: changes})
		require.NoError(rt, err)
		for _, check := range []func(*rapid.T, *pulumimocks.Recording, map[string]string){
			onlyTheBalancerReachesTasks, onlyListenersAreOpen, rolesAreNarrow, deploymentsAreSafe, containersAreBare, allIsTaggedAndForgets,
			addressesAreAsChosen,
		} {
			check(rt, r, changes)
		}
	})
}

// choices are alternatives that can be combined at will; each is a set of settings.
var choices = map[string][]map[string]string{
	"size": {
		{}, {"cpu": "512", "memory": "1024", "architecture": "ARM64"}, {"cpu": "16384", "memory": "122880"},
	},
	"network": {
		{}, {"zones": "3"}, {"egress": "nat"}, {"egress": "nat", "natPerZone": "true", "zones": "3"}, {"egress": "endpoints"},
		{"existingVpc": pulumimocks.Vpc, "existingSubnets": `["subnet-0000000a","subnet-0000000b"]`},
		{"stackReference": "team/network/whole", "assignPublicIp": "false"},
	},
	"tls": {
		{}, {"domain": "mote.example.com", "hostedZone": "example.com"}, {"domain": "mote.example.com", "selfSignedCertificate": "true"},
		{"domain": "mote.example.com", "certificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/one", "hstsSeconds": "0"},
	},
	"strategy": {
		{}, {"deploymentStrategy": "blueGreen"}, {"deploymentStrategy": "canary", "canaryPercent": "1"}, {"deploymentStrategy": "linear"},
		{"targetRequestsPerMinute": "100"},
	},
	"watching": {
		{}, {"alarms": "true", "dashboard": "true"}, {"alarms": "false", "dashboard": "true"}, {"alarms": "true", "rollbackOnAlarms": "false"},
	},
	"existing":  {{}, {"existingRepository": "team/mote"}, {"existingCluster": "shared"}, {"existingLogGroup": "/team/mote"}},
	"names":     {{}, {"loadBalancerName": "team-mote"}},
	"capacity":  {{}, {"spotPercent": "40"}, {"zoneRebalancing": "true"}, {"containerInsights": "enhanced"}},
	"protected": {{"deletionProtection": "true"}, {"deletionProtection": "false"}},
	"secrets": {
		{}, {"secrets": `["A=arn:aws:ssm:eu-central-1:123456789012:parameter/a","B=arn:aws:secretsmanager:eu-central-1:123456789012:secret:b"]`},
	},
	"schedule": {{}, {"scalingSchedule": `["cron(0 7 ? * MON-FRI *) 4 12"]`}},
	"clients":  {{}, {"allowedCidrs": `["192.0.2.0/24","198.51.100.0/24"]`}},
	"bounds":   {{}, {"permissionsBoundary": "bounds"}},
	"image":    {{}, {"serviceSettings": "false", "healthCheckCommand": `["NONE"]`, "environment": `["GREETING=hello"]`}, {"command": `["serve"]`, "user": ""}},
	"files":    {{}, {"scratchSpace": "true"}, {"readOnlyRoot": "false"}},
	"permissions": {
		{}, {"permissions": permitted}, {"permissions": `["dynamodb:GetItem on ` + notes + `"]`},
	},
	"observability": {{}, {"observability": "prometheus"}, {"observability": "managed", "alarms": "true"}},
}

// notMetrics leaves out the port of the metrics.
func notMetrics(port int) bool { return port != 9090 }

// drawSettings draws one alternative of each.
func drawSettings(rt *rapid.T) map[string]string {
	changes := map[string]string{"containerPort": strconv.Itoa(rapid.IntRange(1, 65535).Filter(notMetrics).Draw(rt, "port"))}
	for _, name := range []string{
		"size", "network", "tls", "strategy", "watching", "existing", "names", "capacity", "protected", "secrets", "schedule", "clients", "bounds",
		"image", "files", "permissions",
	} {
		maps.Copy(changes, rapid.SampledFrom(choices[name]).Draw(rt, name))
	}
	if observed := rapid.SampledFrom(choices["observability"]).Draw(rt, "observability"); canBeObserved(changes, observed) {
		maps.Copy(changes, observed)
	}
	return changes
}

// canBeObserved says whether there are metrics, a way to the images, and whom to tell.
func canBeObserved(changes, observed map[string]string) bool {
	return changes["serviceSettings"] != "false" && changes["egress"] != "endpoints" &&
		(observed["observability"] != observability.Managed || changes["alarms"] != "false")
}

// of returns the resources of a type.
func of(r *pulumimocks.Recording, kind string) []pulumimocks.Resource {
	var found []pulumimocks.Resource
	for _, one := range r.Resources {
		if one.Type == "aws:"+kind {
			found = append(found, one)
		}
	}
	return found
}

// only returns the one resource of a type, beside that of what watches the service.
func only(rt *rapid.T, r *pulumimocks.Recording, kind string) pulumimocks.Resource {
	found := slices.DeleteFunc(of(r, kind), watches)
	require.Len(rt, found, 1, kind)
	return found[0]
}

// watches says whether a resource is of what watches the service.
func watches(one pulumimocks.Resource) bool { return strings.Contains(one.Name, "-observability") }

// part returns an object in an object.
func part(rt *rapid.T, of map[string]any, key string) map[string]any {
	inner, is := of[key].(map[string]any)
	require.True(rt, is, key)
	return inner
}

func onlyTheBalancerReachesTasks(rt *rapid.T, r *pulumimocks.Recording, changes map[string]string) {
	groups := part(rt, only(rt, r, ecsService).Inputs, "networkConfiguration")["securityGroups"]
	balancers := only(rt, r, "lb/loadBalancer:LoadBalancer").Inputs["securityGroups"]
	entrances, watched := 0, 0
	for _, rule := range of(r, ingress) {
		if !contains(groups, rule.Inputs["securityGroupId"]) {
			continue
		}
		if watches(rule) {
			watched++
			require.Regexp(rt, "-observability-id$", rule.Inputs["referencedSecurityGroupId"])
			require.NotContains(rt, rule.Inputs, "cidrIpv4")
			require.Equal(rt, "9090 9090", number(rule.Inputs["fromPort"])+" "+number(rule.Inputs["toPort"]))
			continue
		}
		entrances++
		require.True(rt, contains(balancers, rule.Inputs["referencedSecurityGroupId"]))
		require.NotContains(rt, rule.Inputs, "cidrIpv4")
		require.Equal(rt, changes["containerPort"], number(rule.Inputs["fromPort"]))
		require.Equal(rt, changes["containerPort"], number(rule.Inputs["toPort"]))
	}
	require.Equal(rt, 1, entrances)
	require.Equal(rt, map[bool]int{true: 1}[changes["observability"] != ""], watched)
}

func onlyListenersAreOpen(rt *rapid.T, r *pulumimocks.Recording, changes map[string]string) {
	ports := map[string]bool{}
	for _, one := range of(r, listeners) {
		ports[number(one.Inputs["port"])] = true
	}
	require.Equal(rt, changes["domain"] != "", ports["443"])
	open := map[string]bool{}
	for _, rule := range of(r, ingress) {
		if block, is := rule.Inputs["cidrIpv4"].(string); is {
			require.Equal(rt, rule.Inputs["fromPort"], rule.Inputs["toPort"])
			open[number(rule.Inputs["toPort"])] = true
			require.True(rt, changes["allowedCidrs"] == "" || strings.Contains(changes["allowedCidrs"], `"`+block+`"`), block)
		}
	}
	require.Equal(rt, ports, open)
}

func rolesAreNarrow(rt *rapid.T, r *pulumimocks.Recording, changes map[string]string) {
	for _, one := range of(r, "iam/rolePolicy:RolePolicy") {
		var document struct {
			Statement []struct {
				Sid              string
				Action, Resource []string
			}
		}
		require.NoError(rt, json.Unmarshal([]byte(one.Inputs["policy"].(string)), &document))
		for _, statement := range document.Statement {
			require.NotContains(rt, strings.Join(statement.Action, " "), "*")
			require.True(rt, !strings.Contains(strings.Join(statement.Resource, " "), "*") || reasons[statement.Sid] != "", statement.Sid)
		}
	}
	for _, one := range of(r, "iam/role:Role") {
		require.Equal(rt, changes["permissionsBoundary"] != "", one.Inputs["permissionsBoundary"] != nil, one.Name)
	}
}

func deploymentsAreSafe(rt *rapid.T, r *pulumimocks.Recording, changes map[string]string) {
	one := only(rt, r, ecsService)
	require.Equal(rt, map[string]any{"enable": true, "rollback": true}, one.Inputs["deploymentCircuitBreaker"])
	require.Equal(rt, true, one.Inputs["waitForSteadyState"])
	require.Contains(rt, one.Options.GetIgnoreChanges(), "desiredCount")
	require.NotEqual(rt, one.Inputs["launchType"] == nil, one.Inputs["capacityProviderStrategies"] == nil)
	require.True(rt, follows(one, "iam/rolePolicy:RolePolicy::"+execution(r)))
	shifts := changes["deploymentStrategy"] != ""
	require.Equal(rt, !shifts, one.Inputs["deploymentConfiguration"].(map[string]any)["strategy"] == "ROLLING")
	require.Len(rt, of(r, targetGroup), map[bool]int{false: 1, true: 2}[shifts])
	for _, rule := range of(r, listenerRule) {
		require.Contains(rt, rule.Options.GetIgnoreChanges(), "actions")
	}
	require.Equal(rt, changes["deletionProtection"] == "true", only(rt, r, "lb/loadBalancer:LoadBalancer").Options.GetProtect())
}

// execution is the name of the execution role.
func execution(r *pulumimocks.Recording) string {
	for _, one := range of(r, "iam/role:Role") {
		if strings.HasSuffix(one.Name, "-execution") && !watches(one) {
			return one.Name
		}
	}
	return ""
}

func containersAreBare(rt *rapid.T, r *pulumimocks.Recording, changes map[string]string) {
	var containers []map[string]any
	require.NoError(rt, json.Unmarshal([]byte(only(rt, r, definition).Inputs["containerDefinitions"].(string)), &containers))
	require.Len(rt, containers, 1)
	require.Equal(rt, changes["readOnlyRoot"] == "", containers[0]["readonlyRootFilesystem"])
	if chosen, is := changes["user"]; !is || chosen != "" {
		require.Equal(rt, "65532:65532", containers[0]["user"])
	}
	require.NotContains(rt, containers[0], "privileged")
	require.Regexp(rt, `@sha256:[0-9a-f]{64}$`, containers[0]["image"])
	require.Equal(rt, []any{"ALL"}, part(rt, part(rt, containers[0], "linuxParameters"), "capabilities")["drop"])
}

func allIsTaggedAndForgets(rt *rapid.T, r *pulumimocks.Recording, _ map[string]string) {
	for _, one := range r.Resources {
		if !strings.HasPrefix(one.Type, "aws:") {
			continue
		}
		require.NotNil(rt, one.Options, "%s was read into the state, and would be deleted from it", one.Name)
		if _, tagged := one.Inputs["tags"]; !tagged {
			require.Contains(rt, untaggable, one.Type)
		}
	}
	for _, group := range of(r, "cloudwatch/logGroup:LogGroup") {
		require.NotNil(rt, group.Inputs["retentionInDays"], group.Name)
	}
}

func addressesAreAsChosen(rt *rapid.T, r *pulumimocks.Recording, changes map[string]string) {
	network := part(rt, only(rt, r, ecsService).Inputs, "networkConfiguration")
	private := changes["egress"] != "" || changes["assignPublicIp"] == "false"
	require.Equal(rt, !private, network["assignPublicIp"])
	balancer := only(rt, r, "lb/loadBalancer:LoadBalancer").Inputs["subnets"]
	require.Equal(rt, !private, contains(balancer, network["subnets"].([]any)[0]), "tasks without addresses have subnets of their own")
	gateways := 0
	if changes["egress"] == "nat" {
		gateways = map[bool]int{false: 1, true: 3}[changes["natPerZone"] == "true"]
	}
	require.Len(rt, of(r, natKind), gateways)
	require.Equal(rt, changes["egress"] == "endpoints", len(of(r, endpointKind)) > 0)
}

// contains says whether a list has an element.
func contains(list, element any) bool {
	all, _ := list.([]any)
	return slices.Contains(all, element)
}

// number writes a whole number as settings do.
func number(value any) string {
	whole, _ := value.(float64)
	return strconv.Itoa(int(whole))
}
