package kubernetes_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/dryrun"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// These tests hold for pods on EKS what the tests of the same names in infra/stack hold for tasks on Fargate; docs/platforms.md says which. What both
// platforms share, such as the load balancer, the tests there run for both.

const deployer = "arn:aws:iam::123456789012:role/mote-prod-deploy"

type object = map[string]any

// on runs a stack on EKS, with changes to its settings.
func on(t testing.TB, stack string, changes object) *pulumimocks.Recording {
	t.Helper()
	settings := map[string]string{"platform": "eks", "rollbackOnAlarms": "false", "kubernetesAdminArns": `["` + deployer + `"]`}
	for key, value := range changes {
		settings[key] = value.(string)
	}
	r, err := dryrun.Record("../..", stack, settings)
	require.NoError(t, err)
	return r
}

// inEachEnvironment runs a check over dev, staging and prod.
func inEachEnvironment(t *testing.T, check func(t *testing.T, r *pulumimocks.Recording)) {
	t.Helper()
	for _, environment := range []string{"dev", "staging", "prod"} {
		t.Run(environment, func(t *testing.T) { check(t, on(t, environment, nil)) })
	}
}

// at goes down into an object by keys, or by places in a list.
func at(t testing.TB, from any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			inner, is := from.(object)
			require.True(t, is, "%v in %v", step, from)
			from = inner[step]
		case int:
			inner, is := from.([]any)
			require.True(t, is && len(inner) > step, "%v in %v", step, from)
			from = inner[step]
		}
	}
	return from
}

// the finds the one object of a kind.
func the(t testing.TB, r *pulumimocks.Recording, kind string) object {
	t.Helper()
	return r.One(t, kind).Inputs
}

func pod(t testing.TB, r *pulumimocks.Recording) object {
	t.Helper()
	return at(t, the(t, r, "Deployment"), "spec", "template", "spec").(object)
}

func container(t testing.TB, r *pulumimocks.Recording) object {
	t.Helper()
	require.Len(t, pod(t, r)["containers"], 1)
	return at(t, pod(t, r), "containers", 0).(object)
}

func TestTask_IsTheSmallestByDefault(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		size := object{"cpu": "250m", "memory": "512Mi"}
		require.Equal(t, object{"requests": size, "limits": size}, container(t, r)["resources"])
	})
}

func TestTask_SizeFollowsSettings(t *testing.T) {
	size := at(t, container(t, on(t, "dev", object{"cpu": "1024", "memory": "3072"})), "resources", "limits")
	require.Equal(t, object{"cpu": "1000m", "memory": "3072Mi"}, size)
}

func TestTask_RunsOnItsArchitecture(t *testing.T) {
	for architecture, name := range map[string]string{"X86_64": "amd64", "ARM64": "arm64"} {
		r := on(t, "dev", object{"architecture": architecture})
		require.Equal(t, object{"kubernetes.io/arch": name}, pod(t, r)["nodeSelector"])
		require.Equal(t, []any{name}, requirement(t, r, "kubernetes.io/arch"), "a node of the other kind would stay empty")
	}
}

// requirement is what the node pool wants of nodes.
func requirement(t testing.TB, r *pulumimocks.Recording, key string) any {
	t.Helper()
	for _, one := range at(t, the(t, r, "NodePool"), "spec", "template", "spec", "requirements").([]any) {
		if at(t, one, "key") == key {
			require.Equal(t, "In", at(t, one, "operator"))
			return at(t, one, "values")
		}
	}
	t.Fatalf("nodes need no %s", key)
	return nil
}

func TestTask_ContainerHasNoPrivileges(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		require.Equal(t, object{
			"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": object{"drop": []any{"ALL"}},
		}, container(t, r)["securityContext"])
		require.Equal(t, object{
			"runAsNonRoot": true, "runAsUser": 65532.0, "runAsGroup": 65532.0, "seccompProfile": object{"type": "RuntimeDefault"},
		}, pod(t, r)["securityContext"])
		for _, key := range []string{"hostNetwork", "hostPID", "hostIPC", "volumes"} {
			require.NotContains(t, pod(t, r), key)
		}
		require.Equal(t, "restricted", at(t, the(t, r, "Namespace"), "metadata", "labels", "pod-security.kubernetes.io/enforce"))
	})
}

func TestTask_ScratchSpaceIsWritableAndTheRootIsNot(t *testing.T) {
	r := on(t, "dev", object{"scratchSpace": "true"})
	require.Equal(t, []any{object{"name": "scratch", "mountPath": "/tmp"}}, container(t, r)["volumeMounts"])
	require.Equal(t, []any{object{"name": "scratch", "emptyDir": object{}}}, pod(t, r)["volumes"])
	require.InDelta(t, 65532, at(t, pod(t, r), "securityContext", "fsGroup"), 0)
	require.Equal(t, true, at(t, container(t, r), "securityContext", "readOnlyRootFilesystem"))
}

// TestTask_GetsNoVariablesOfServices keeps Kubernetes from setting MOTE_PORT=tcp://..., with which the service would not start.
func TestTask_GetsNoVariablesOfServices(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		require.Equal(t, "mote", at(t, the(t, r, "Service"), "metadata", "name"))
		require.Equal(t, false, pod(t, r)["enableServiceLinks"])
	})
}

func TestTask_ContainerHasAHealthCheck(t *testing.T) {
	for given, want := range map[string]any{
		`["CMD","/mote","healthcheck"]`: []any{"/mote", "healthcheck"}, `["CMD-SHELL","true"]`: []any{"/bin/sh", "-c", "true"}, `["NONE"]`: nil,
	} {
		one := container(t, on(t, "dev", object{"healthCheckCommand": given}))
		if want == nil {
			require.NotContains(t, one, "livenessProbe")
			continue
		}
		require.Equal(t, want, at(t, one, "livenessProbe", "exec", "command"))
		require.Less(t, at(t, one, "livenessProbe", "timeoutSeconds"), at(t, one, "livenessProbe", "periodSeconds"))
	}
	own := container(t, on(t, "dev", nil))
	other := container(t, on(t, "dev", object{"serviceSettings": "false", "healthCheckCommand": `["NONE"]`, "healthCheckPath": "/up"}))
	for _, kind := range []string{"startupProbe", "readinessProbe"} {
		require.Equal(t, object{"path": "/ready", "port": "http"}, at(t, own, kind, "httpGet"))
		require.Equal(t, object{"path": "/up", "port": "http"}, at(t, other, kind, "httpGet"))
	}
}

func TestService_SlowStartersHaveAGracePeriodBySetting(t *testing.T) {
	for setting, failures := range map[string]float64{"0": 30, "10": 30, "300": 300} {
		probe := at(t, container(t, on(t, "dev", object{"healthCheckGracePeriodSeconds": setting})), "startupProbe")
		require.InDelta(t, failures, at(t, probe, "failureThreshold"), 0)
		require.InDelta(t, 1, at(t, probe, "periodSeconds"), 0)
	}
}

func TestTask_EnvironmentFollowsSettings(t *testing.T) {
	r := on(t, "staging", object{"containerPort": "9000", "message": "hello", "logLevel": "warn", "stopTimeoutSeconds": "20", "environment": `["A=b"]`})
	environment := object{}
	for _, one := range container(t, r)["env"].([]any) {
		environment[at(t, one, "name").(string)] = at(t, one, "value")
	}
	require.Equal(t, object{
		"MOTE_LOG_LEVEL": "warn", "MOTE_MESSAGE": "hello", "MOTE_PORT": "9000", "MOTE_METRICS_PORT": "9090", "MOTE_ENVIRONMENT": "mote-staging",
		"MOTE_TRUSTED_HOPS": "1", "MOTE_KEEPALIVE_TIMEOUT_SECONDS": "75", "MOTE_DRAIN_DELAY_SECONDS": "5", "MOTE_SHUTDOWN_TIMEOUT_SECONDS": "13",
		"MOTE_MAX_TARGET_BYTES": "8192", "A": "b",
	}, environment)
	require.InDelta(t, 30, pod(t, r)["terminationGracePeriodSeconds"], 0, "ten seconds to leave the load balancer, and then the service's own twenty")
	require.InDelta(t, 10, at(t, container(t, r), "lifecycle", "preStop", "sleep", "seconds"), 0)
	require.NotContains(t, container(t, on(t, "dev", object{"deregistrationDelaySeconds": "0"})), "lifecycle")
}

func TestTask_CommandFollowsSettings(t *testing.T) {
	require.Equal(t, []any{"serve", "-v"}, container(t, on(t, "dev", object{"command": `["serve","-v"]`}))["args"])
	require.NotContains(t, container(t, on(t, "dev", nil)), "args")
}

func TestTask_PortIsTheSameEverywhere(t *testing.T) {
	r := on(t, "dev", object{"containerPort": "80"})
	require.Equal(t, object{"name": "http", "containerPort": 80.0, "protocol": "TCP"}, at(t, container(t, r), "ports", 0))
	require.Equal(t, "http", at(t, the(t, r, "Service"), "spec", "ports", 0, "targetPort"))
	require.InDelta(t, 80, at(t, the(t, r, "NetworkPolicy"), "spec", "ingress", 0, "ports", 0, "port"), 0)
	require.Equal(t, []any{object{"name": "net.ipv4.ip_unprivileged_port_start", "value": "80"}}, at(t, pod(t, r), "securityContext", "sysctls"))
}

func TestService_FirstDeploymentStartsMinTasks(t *testing.T) {
	require.InDelta(t, 2, at(t, the(t, on(t, "prod", nil), "Deployment"), "spec", "replicas"), 0)
	require.InDelta(t, 1, at(t, the(t, on(t, "dev", nil), "Deployment"), "spec", "replicas"), 0)
}

func TestService_DeploymentKeepsTheCount(t *testing.T) {
	require.Contains(t, on(t, "prod", nil).One(t, "Deployment").Options.GetIgnoreChanges(), "spec.replicas")
}

func TestService_DeploymentHasATimeout(t *testing.T) {
	one := on(t, "prod", object{"deployTimeoutMinutes": "7"}).One(t, "Deployment")
	require.Equal(t, "7m", one.Options.GetCustomTimeouts().GetUpdate())
	require.Equal(t, "7m", one.Options.GetCustomTimeouts().GetCreate())
	for _, trial := range []struct {
		minutes, grace string
		seconds        float64
	}{{"5", "0", 205}, {"30", "0", 205}, {"30", "60", 265}, {"5", "600", 300}} {
		r := on(t, "prod", object{"deployTimeoutMinutes": trial.minutes, "healthCheckGracePeriodSeconds": trial.grace})
		spec := at(t, r.One(t, "Deployment").Inputs, "spec").(object)
		require.InDelta(t, trial.seconds, spec["progressDeadlineSeconds"], 0, "a version that does not start is found out before the deployment ends")
		require.Greater(t, spec["progressDeadlineSeconds"], spec["minReadySeconds"], "Kubernetes wants it so")
	}
}

// TestService_NewTasksComeUpBesideTheOldOnes also holds that the load balancer has found a new pod healthy before an old one goes.
func TestService_NewTasksComeUpBesideTheOldOnes(t *testing.T) {
	r := on(t, "prod", object{"healthCheckIntervalSeconds": "10"})
	spec := at(t, the(t, r, "Deployment"), "spec").(object)
	require.Equal(t, object{"type": "RollingUpdate", "rollingUpdate": object{"maxUnavailable": 0.0, "maxSurge": "100%"}}, spec["strategy"])
	health := at(t, r.One(t, "lb/targetGroup:TargetGroup").Inputs, "healthCheck")
	require.Greater(t, spec["minReadySeconds"], at(t, health, "interval").(float64)*at(t, health, "healthyThreshold").(float64))
	require.Equal(t, "enabled", at(t, the(t, r, "Namespace"), "metadata", "labels", "eks.amazonaws.com/pod-readiness-gate-inject"))
	require.InDelta(t, 1, at(t, the(t, r, "PodDisruptionBudget"), "spec", "maxUnavailable"), 0)
	require.Equal(t, spec["selector"], at(t, the(t, r, "PodDisruptionBudget"), "spec", "selector"))
}

func TestService_SpreadsOverZones(t *testing.T) {
	for stack, zones := range map[string]float64{"prod": 2, "dev": 1} {
		spread := at(t, pod(t, on(t, stack, nil)), "topologySpreadConstraints", 0)
		require.Equal(t, "topology.kubernetes.io/zone", at(t, spread, "topologyKey"))
		require.Equal(t, "DoNotSchedule", at(t, spread, "whenUnsatisfiable"))
		require.InDelta(t, zones, at(t, spread, "minDomains"), 0, "one pod needs one zone")
	}
}

func TestAutoscaling_TracksCPU(t *testing.T) {
	r := on(t, "prod", nil)
	spec := at(t, the(t, r, "HorizontalPodAutoscaler"), "spec").(object)
	require.InDelta(t, 2, spec["minReplicas"], 0)
	require.InDelta(t, 6, spec["maxReplicas"], 0)
	require.Equal(t, []any{metric("cpu", 60)}, spec["metrics"])
	require.Equal(t, object{"apiVersion": "apps/v1", "kind": "Deployment", "name": "mote"}, spec["scaleTargetRef"])
	require.Equal(t, "metrics-server", r.One(t, "eks/addon:Addon").Inputs["addonName"], "it measures what is tracked")
	require.InDelta(t, 300, at(t, spec, "behavior", "scaleDown", "stabilizationWindowSeconds"), 0)
}

func TestAutoscaling_TracksTheChosenMetrics(t *testing.T) {
	r := on(t, "prod", object{"targetCpuPercent": "50", "targetMemoryPercent": "70"})
	require.Equal(t, []any{metric("cpu", 50), metric("memory", 70)}, at(t, the(t, r, "HorizontalPodAutoscaler"), "spec", "metrics"))
}

func metric(name string, percent float64) object {
	return object{"type": "Resource", "resource": object{"name": name, "target": object{"type": "Utilization", "averageUtilization": percent}}}
}

// TestAutoscaling_NodesHaveALimit holds that the cost has an end, and that two versions of all pods fit below it.
func TestAutoscaling_NodesHaveALimit(t *testing.T) {
	for most, cores := range map[string]string{"6": "11", "100": "58"} {
		require.Equal(t, cores, at(t, the(t, on(t, "prod", object{"maxTasks": most}), "NodePool"), "spec", "limits", "cpu"))
	}
	require.Equal(t, []any{"on-demand"}, requirement(t, on(t, "prod", nil), "karpenter.sh/capacity-type"))
}

func TestImage_IsReferencedByDigest(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		require.Regexp(t, `@sha256:[0-9a-f]{64}$`, container(t, r)["image"])
	})
}

func TestNetwork_TasksAreReachedOnlyFromTheLoadBalancer(t *testing.T) {
	r := on(t, "prod", nil)
	var blocks []any
	for _, subnet := range r.Of(t, "ec2/subnet:Subnet", 2) {
		blocks = append(blocks, object{"ipBlock": object{"cidr": subnet.Inputs["cidrBlock"]}})
	}
	policy := at(t, the(t, r, "NetworkPolicy"), "spec")
	require.Equal(t, []any{"Ingress", "Egress"}, at(t, policy, "policyTypes"))
	require.Equal(t, at(t, the(t, r, "Deployment"), "spec", "selector"), at(t, policy, "podSelector"))
	require.Len(t, at(t, policy, "ingress"), 2)
	require.ElementsMatch(t, blocks, at(t, policy, "ingress", 0, "from"))
	require.Equal(t, []any{object{"protocol": "TCP", "port": 8080.0}}, at(t, policy, "ingress", 0, "ports"))
	require.Equal(t, object{"app.kubernetes.io/name": "prometheus"}, at(t, policy, "ingress", 1, "from", 0, "podSelector", "matchLabels"))
	require.Equal(t, []any{object{"protocol": "TCP", "port": 9090.0}}, at(t, policy, "ingress", 1, "ports"))
	require.Equal(t, "true", at(t, the(t, r, "ConfigMap"), "data", "enable-network-policy-controller"), "or it would be accepted and mean nothing")
	require.Len(t, at(t, the(t, on(t, "prod", object{"metricsPort": "0"}), "NetworkPolicy"), "spec", "ingress"), 1)
}

func TestNetwork_TasksReachOnlyHTTPS(t *testing.T) {
	ports := func(changes object) []any {
		var all []any
		for _, rule := range at(t, the(t, on(t, "prod", changes), "NetworkPolicy"), "spec", "egress").([]any) {
			for _, one := range at(t, rule, "ports").([]any) {
				if at(t, one, "port") == 80.0 {
					require.Equal(t, []any{object{"ipBlock": object{"cidr": "169.254.170.23/32"}}}, at(t, rule, "to"))
				}
				all = append(all, at(t, one, "port"))
			}
		}
		return all
	}
	require.ElementsMatch(t, []any{53.0, 53.0, 443.0}, ports(nil))
	require.ElementsMatch(t, []any{53.0, 53.0, 443.0, 80.0}, ports(object{"permissions": permitted}), "credentials come by plain HTTP from the node")
}

func TestNetwork_NodesAreWhereTasksWouldBe(t *testing.T) {
	r := on(t, "prod", object{"egress": "nat"})
	spec := at(t, the(t, r, "NodeClass"), "spec").(object)
	require.Len(t, spec["subnetSelectorTerms"], 2)
	for _, term := range spec["subnetSelectorTerms"].([]any) {
		require.Contains(t, at(t, term, "id"), "mote-prod-tasks-")
	}
	require.Equal(t, object{"associatePublicIPAddress": false}, spec["advancedNetworking"])
	require.Equal(t, "mote-prod-tasks-id", at(t, spec, "securityGroupSelectorTerms", 0, "id"))
	require.Equal(t, "DefaultAllow", spec["networkPolicy"])
	public := at(t, the(t, on(t, "prod", nil), "NodeClass"), "spec")
	require.Equal(t, object{"associatePublicIPAddress": true}, at(t, public, "advancedNetworking"))
}

func TestLoadBalancer_ClusterRegistersItsPods(t *testing.T) {
	r := on(t, "prod", nil)
	group := r.One(t, "lb/targetGroup:TargetGroup")
	require.Equal(t, "mote-prod", at(t, group.Inputs, "tags", "eks:eks-cluster-name"), "AWS's policy allows the cluster no other group")
	require.Equal(t, "ip", group.Inputs["targetType"])
	spec := at(t, the(t, r, "TargetGroupBinding"), "spec").(object)
	require.Equal(t, object{"name": "mote", "port": 80.0}, spec["serviceRef"])
	require.Equal(t, "ip", spec["targetType"])
	require.Contains(t, spec["targetGroupARN"], "aws:lb/targetGroup:TargetGroup/mote-prod")
}

const (
	notes     = "arn:aws:dynamodb:eu-central-1:123456789012:table/notes"
	permitted = `["dynamodb:GetItem dynamodb:PutItem on ` + notes + `"]`
)

func TestRoles_TaskMayDoNothing(t *testing.T) {
	r := on(t, "prod", nil)
	r.Of(t, "eks/podIdentityAssociation:PodIdentityAssociation", 0)
	r.Of(t, "iam/rolePolicy:RolePolicy", 0)
	require.Equal(t, false, pod(t, r)["automountServiceAccountToken"])
	require.Equal(t, false, the(t, r, "ServiceAccount")["automountServiceAccountToken"])
}

func TestRoles_AllowExactlyWhatIsListed(t *testing.T) {
	r := on(t, "prod", object{"permissions": permitted})
	policy := r.One(t, "iam/rolePolicy:RolePolicy")
	var document struct {
		Statement []struct{ Action, Resource []string }
	}
	require.NoError(t, json.Unmarshal([]byte(policy.Inputs["policy"].(string)), &document))
	require.Len(t, document.Statement, 1)
	require.Equal(t, []string{"dynamodb:GetItem", "dynamodb:PutItem"}, document.Statement[0].Action)
	require.Equal(t, []string{notes}, document.Statement[0].Resource)
	association := r.One(t, "eks/podIdentityAssociation:PodIdentityAssociation").Inputs
	require.Equal(t, "mote-prod", association["namespace"])
	require.Equal(t, pod(t, r)["serviceAccountName"], association["serviceAccount"])
	require.Contains(t, association["roleArn"], "mote-prod-pod")
}

func TestRoles_AreAssumedByEKSOfThisAccountOnly(t *testing.T) {
	services := map[string]bool{}
	for _, one := range on(t, "prod", object{"permissions": permitted}).Of(t, "iam/role:Role", 3) {
		text := one.Inputs["assumeRolePolicy"].(string)
		for _, service := range []string{"eks.amazonaws.com", "ec2.amazonaws.com", "pods.eks.amazonaws.com"} {
			if strings.Contains(text, `["`+service+`"]`) {
				services[service] = true
				require.Equal(t, service != "ec2.amazonaws.com", strings.Contains(text, `"aws:SourceAccount":["123456789012"]`), "instances name no account")
			}
		}
	}
	require.Len(t, services, 3)
}

func TestRoles_CarryTheBoundary(t *testing.T) {
	for _, one := range on(t, "prod", object{"permissions": permitted, "permissionsBoundary": "bounds"}).Of(t, "iam/role:Role", 3) {
		require.Equal(t, "arn:aws:iam::123456789012:policy/bounds", one.Inputs["permissionsBoundary"])
	}
}

func TestRoles_NodesFetchImagesAndJoin(t *testing.T) {
	policies := []any{}
	for _, one := range on(t, "prod", nil).Of(t, "iam/rolePolicyAttachment:RolePolicyAttachment", 7) {
		if strings.HasPrefix(one.Name, "mote-prod-node-") {
			policies = append(policies, one.Inputs["policyArn"])
		}
	}
	require.ElementsMatch(t, []any{
		"arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy", "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
	}, policies)
}

func TestLogs_HaveARetention(t *testing.T) {
	for stack, days := range map[string]float64{"dev": 7, "staging": 14, "prod": 90} {
		group := on(t, stack, nil).One(t, "cloudwatch/logGroup:LogGroup").Inputs
		require.InDelta(t, days, group["retentionInDays"], 0)
		require.Equal(t, "/aws/eks/mote-"+stack+"/cluster", group["name"], "AWS would make this one, and keep it forever")
	}
}

func TestStack_OnlyProductionIsProtected(t *testing.T) {
	for stack, protected := range map[string]bool{"dev": false, "staging": false, "prod": true} {
		cluster := on(t, stack, nil).One(t, "eks/cluster:Cluster")
		require.Equal(t, protected, cluster.Options.GetProtect(), stack)
		require.Equal(t, protected, cluster.Inputs["deletionProtection"], stack)
	}
}

func TestTags_AreOnEveryResource(t *testing.T) {
	r := on(t, "prod", object{"permissions": permitted})
	tagged := 0
	for _, one := range r.Resources {
		if tags, is := one.Inputs["tags"].(object); is {
			tagged++
			require.Equal(t, "mote", tags["project"], one.Name)
			require.Equal(t, "prod", tags["stack"], one.Name)
		}
	}
	require.Greater(t, tagged, 20)
	for _, kind := range []string{"eks/cluster:Cluster", "eks/addon:Addon", "eks/podIdentityAssociation:PodIdentityAssociation"} {
		require.Contains(t, r.One(t, kind).Inputs, "tags", kind)
	}
}

// TestMetrics_AreFoundByTheClustersPrometheus needs no operator in the cluster.
func TestMetrics_AreFoundByTheClustersPrometheus(t *testing.T) {
	found := func(changes object) any {
		return at(t, the(t, on(t, "prod", changes), "Deployment"), "spec", "template", "metadata", "annotations")
	}
	require.Equal(t, object{"prometheus.io/scrape": "true", "prometheus.io/path": "/metrics", "prometheus.io/port": "9090"}, found(nil))
	require.Nil(t, found(object{"metricsPort": "0"}))
	require.Nil(t, found(object{"serviceSettings": "false", "healthCheckCommand": `["NONE"]`}))
}

func TestCluster_IsInAutoModeAndUpgradedWithoutExtendedSupport(t *testing.T) {
	cluster := on(t, "prod", nil).One(t, "eks/cluster:Cluster").Inputs
	require.Equal(t, "1.36", cluster["version"])
	require.Equal(t, object{"enabled": true}, cluster["computeConfig"])
	require.Equal(t, object{"blockStorage": object{"enabled": true}}, cluster["storageConfig"])
	require.Equal(t, object{"elasticLoadBalancing": object{"enabled": true}}, cluster["kubernetesNetworkConfig"])
	require.Equal(t, object{"supportType": "STANDARD"}, cluster["upgradePolicy"])
	require.Equal(t, false, cluster["bootstrapSelfManagedAddons"])
	require.ElementsMatch(t, []any{"api", "audit", "authenticator", "controllerManager", "scheduler"}, cluster["enabledClusterLogTypes"])
}

func TestCluster_IsReachedFromTheAllowedRangesOnly(t *testing.T) {
	private := at(t, on(t, "prod", nil).One(t, "eks/cluster:Cluster").Inputs, "vpcConfig").(object)
	require.Equal(t, false, private["endpointPublicAccess"])
	require.Equal(t, true, private["endpointPrivateAccess"])
	require.NotContains(t, private, "publicAccessCidrs")
	allowed := at(t, on(t, "prod", object{"kubernetesApiCidrs": `["192.0.2.0/24"]`}).One(t, "eks/cluster:Cluster").Inputs, "vpcConfig").(object)
	require.Equal(t, true, allowed["endpointPublicAccess"])
	require.Equal(t, []any{"192.0.2.0/24"}, allowed["publicAccessCidrs"])
}

func TestCluster_EntriesAreThoseThatAreNamed(t *testing.T) {
	const viewer = "arn:aws:iam::123456789012:role/mote-prod-preview"
	r := on(t, "prod", object{"kubernetesViewArns": `["` + viewer + `"]`})
	cluster := r.One(t, "eks/cluster:Cluster").Inputs
	require.Equal(t, object{"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": false}, cluster["accessConfig"])
	entries, allowed := map[any]any{}, map[any]any{}
	for _, one := range r.Of(t, "eks/accessEntry:AccessEntry", 3) {
		entries[one.Inputs["principalArn"]] = one.Inputs["type"]
	}
	for _, one := range r.Of(t, "eks/accessPolicyAssociation:AccessPolicyAssociation", 3) {
		require.Equal(t, object{"type": "cluster"}, one.Inputs["accessScope"])
		allowed[one.Inputs["principalArn"]] = one.Inputs["policyArn"]
	}
	const policies = "arn:aws:eks::aws:cluster-access-policy/"
	require.Equal(t, "STANDARD", entries[deployer])
	require.Equal(t, "STANDARD", entries[viewer])
	require.Equal(t, policies+"AmazonEKSClusterAdminPolicy", allowed[deployer])
	require.Equal(t, policies+"AmazonEKSAdminViewPolicy", allowed[viewer])
	delete(allowed, deployer)
	delete(allowed, viewer)
	require.Equal(t, []any{policies + "AmazonEKSAutoNodePolicy"}, values(allowed))
}

func values(of map[any]any) (all []any) {
	for _, value := range of {
		all = append(all, value)
	}
	return all
}

func TestSecrets_AreEncryptedWithTheChosenKey(t *testing.T) {
	const key = "arn:aws:kms:eu-central-1:123456789012:key/one"
	encrypted := on(t, "prod", object{"secretsKmsKeyArn": key}).One(t, "eks/cluster:Cluster").Inputs["encryptionConfig"]
	require.Equal(t, object{"provider": object{"keyArn": key}, "resources": []any{"secrets"}}, encrypted)
	require.NotContains(t, on(t, "prod", nil).One(t, "eks/cluster:Cluster").Inputs, "encryptionConfig")
}

// TestProvider_KeepsNoToken holds that the stack's state has no credentials of the cluster.
func TestProvider_KeepsNoToken(t *testing.T) {
	r := on(t, "prod", nil)
	var config object
	require.NoError(t, json.Unmarshal([]byte(r.Named(t, "providers:kubernetes", "mote-prod").Inputs["kubeconfig"].(string)), &config))
	user := at(t, config, "users", 0, "user").(object)
	require.Len(t, user, 1)
	require.Equal(t, "aws", at(t, user, "exec", "command"))
	require.Contains(t, at(t, user, "exec", "args"), "get-token")
	require.Equal(t, "https://mote-prod.eks.example.com", at(t, config, "clusters", 0, "cluster", "server"))
}

// follows says whether a resource is made after another, and so goes before it.
func follows(one pulumimocks.Resource, end string) bool {
	for _, urn := range one.Options.GetDependencies() {
		if strings.HasSuffix(urn, end) {
			return true
		}
	}
	return false
}

// TestOrder_PodsComeAfterWhatTheyNeed also holds how all goes: pods leave the load balancer before it goes, and nodes before who manages them.
func TestOrder_PodsComeAfterWhatTheyNeed(t *testing.T) {
	r := on(t, "prod", object{"permissions": permitted})
	pods := r.One(t, "Deployment")
	for _, before := range []string{
		":Namespace::mote-prod", ":ServiceAccount::mote-prod", ":Service::mote-prod", ":NetworkPolicy::mote-prod", ":TargetGroupBinding::mote-prod",
		":PodDisruptionBudget::mote-prod", "addon:Addon::mote-prod-metrics-server", "podIdentityAssociation:PodIdentityAssociation::mote-prod",
	} {
		require.True(t, follows(pods, before), before)
	}
	require.True(t, follows(r.One(t, "HorizontalPodAutoscaler"), ":Deployment::mote-prod"))
	require.True(t, follows(r.One(t, "eks/addon:Addon"), ":NodePool::mote-prod-nodes"))
	require.True(t, follows(r.One(t, "NodePool"), ":NodeClass::mote-prod-nodes"))
	require.True(t, follows(r.One(t, "NodeClass"), "listener:Listener::mote-prod-http"))
	require.True(t, follows(r.One(t, "TargetGroupBinding"), "targetGroup:TargetGroup::mote-prod"))
	cluster := r.One(t, "eks/cluster:Cluster")
	require.True(t, follows(cluster, "logGroup:LogGroup::mote-prod-cluster"))
	require.True(t, follows(cluster, "RolePolicyAttachment::mote-prod-cluster-AmazonEKSClusterPolicy"))
	require.True(t, follows(r.Named(t, "providers:kubernetes", "mote-prod"), "accessPolicyAssociation:AccessPolicyAssociation::mote-prod-admin-1"))
}

// TestOrder_NothingOfFargateIsMade keeps one platform from paying for the other.
func TestOrder_NothingOfFargateIsMade(t *testing.T) {
	kinds := map[string]bool{}
	for _, one := range on(t, "prod", nil).Resources {
		kinds[strings.SplitN(one.Type, "/", 2)[0]] = true
	}
	for _, kind := range []string{"aws:ecs", "aws:appautoscaling"} {
		require.NotContains(t, kinds, kind)
	}
	require.Contains(t, kinds, "aws:eks")
}

// TestAlarms_MeasureWhatTheySay sees that the load balancer's alarms are there, and that none waits for what nothing tells of.
func TestAlarms_MeasureWhatTheySay(t *testing.T) {
	metrics := map[string]any{}
	for _, one := range on(t, "prod", nil).Of(t, "cloudwatch/metricAlarm:MetricAlarm", 5) {
		metrics[one.Name] = one.Inputs["metricName"]
	}
	require.Equal(t, map[string]any{
		"mote-prod-target-5xx": "HTTPCode_Target_5XX_Count", "mote-prod-elb-5xx": "HTTPCode_ELB_5XX_Count", "mote-prod-latency": "TargetResponseTime",
		"mote-prod-unhealthy-hosts": "UnHealthyHostCount", "mote-prod-low-healthy-hosts": "HealthyHostCount",
	}, metrics)
}
