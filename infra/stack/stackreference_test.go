package stack

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

func TestStackReference_FillsEmptySettings(t *testing.T) {
	r := deployed(t, trial{stack: "prod", changes: map[string]string{
		"stackReference": "team/network/whole", "assignPublicIp": "false", "domain": "mote.example.com",
	}})
	for _, kind := range []string{
		"ec2/vpc:Vpc", "ec2/subnet:Subnet", "ecs/cluster:Cluster", "acm/certificate:Certificate", "sns/topic:Topic", "route53/zone:Zone",
	} {
		r.Of(t, kind, 0)
	}
	require.Equal(t, []any{"subnet-0000000a", "subnet-0000000b"}, r.One(t, "lb/loadBalancer:LoadBalancer").Inputs["subnets"])
	require.Equal(t, []any{"subnet-1000000a", "subnet-1000000c"}, theNetwork(t, r)["subnets"])
	require.Equal(t, pulumimocks.Vpc, r.One(t, targetGroup).Inputs["vpcId"])
	require.Equal(t, "shared", r.Outputs["cluster"])
	require.Equal(t, "arn:aws:acm:eu-central-1:123456789012:certificate/shared", listener(t, r, 2, 443)["certificateArn"])
	require.Equal(t, "zone-of-example.com", r.One(t, "route53/record:Record").Inputs["zoneId"])
	require.Equal(t, []any{"arn:aws:sns:eu-central-1:123456789012:shared"}, r.Named(t, alarm, "mote-prod-target-5xx").Inputs["alarmActions"])
}

func TestStackReference_KeepsOwnSettings(t *testing.T) {
	r := deployed(t, trial{stack: "prod", changes: map[string]string{
		"stackReference": "team/network/whole", "existingCluster": "mine", "alarmEmail": "team@example.com",
		"domain": "mote.example.com", "certificateArn": certificates["existing"]["certificateArn"],
		"existingVpc": pulumimocks.Vpc, "existingSubnets": `["subnet-2000000a","subnet-2000000b"]`,
	}})
	require.Equal(t, "mine", r.Outputs["cluster"])
	require.Equal(t, certificates["existing"]["certificateArn"], listener(t, r, 2, 443)["certificateArn"])
	require.Equal(t, []any{"subnet-2000000a", "subnet-2000000b"}, r.One(t, "lb/loadBalancer:LoadBalancer").Inputs["subnets"])
	require.Equal(t, []any{"subnet-2000000a", "subnet-2000000b"}, theNetwork(t, r)["subnets"], "half of the shared network was taken")
	r.One(t, "sns/topic:Topic")
}

func TestStackReference_CompletesNoHalfNetwork(t *testing.T) {
	_, err := deploy(t, trial{changes: map[string]string{"stackReference": "team/network/whole", "existingVpc": pulumimocks.Vpc}})
	require.ErrorContains(t, err, "mote:existingSubnets has 0")
	_, err = deploy(t, trial{changes: map[string]string{"stackReference": "team/network/whole", "existingSubnets": `["subnet-0000000a","subnet-0000000b"]`}})
	require.ErrorContains(t, err, "mote:existingVpc is empty")
}

func TestStackReference_PrivateSubnetsAreForPrivateTasks(t *testing.T) {
	r := deployed(t, trial{changes: map[string]string{"stackReference": "team/network/whole"}})
	require.Equal(t, []any{"subnet-0000000a", "subnet-0000000b"}, theNetwork(t, r)["subnets"])
	r.Of(t, "acm/certificate:Certificate", 0)
	r.Of(t, listeners, 1)
}

func TestStackReference_MayHaveSomeOutputs(t *testing.T) {
	r := deployed(t, trial{changes: map[string]string{"stackReference": "team/network/cluster"}})
	require.Equal(t, "shared", r.Outputs["cluster"])
	r.One(t, "ec2/vpc:Vpc")
}

func TestStackReference_RejectsAStackWithoutOutputs(t *testing.T) {
	for name, wrong := range map[string]string{
		"team/network/foreign": "must have some of vpcId, publicSubnetIds, privateSubnetIds, clusterName, hostedZone, certificateArn, alarmTopicArn",
		"team/network/strange": "clusterName is float64: it must be a text or a list of texts",
	} {
		_, err := deploy(t, trial{changes: map[string]string{"stackReference": name}})
		require.ErrorContains(t, err, "mote:stackReference is \""+name+"\"")
		require.ErrorContains(t, err, wrong)
	}
}

const sharedBalancer = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/team-mote/0123456789abcdef"

func TestImport_IsProtectedAndUnchanged(t *testing.T) {
	names := map[string]string{"repositoryName": "team/mote", "logGroupName": "/team/mote", "loadBalancerName": "team-mote"}
	imported := map[string]string{
		"import": `["repository=team/mote","logGroup=/team/mote","loadBalancer=` + sharedBalancer + `"]`,
	}
	maps.Copy(imported, names)
	before, after := deployed(t, trial{changes: imported}), deployed(t, trial{changes: names})
	for kind, id := range map[string]string{
		repository: "team/mote", "cloudwatch/logGroup:LogGroup": "/team/mote", "lb/loadBalancer:LoadBalancer": sharedBalancer,
	} {
		taken, kept := before.Named(t, kind, "mote-dev"), after.Named(t, kind, "mote-dev")
		require.Equal(t, id, taken.Options.GetImportId(), kind)
		require.True(t, taken.Options.GetProtect(), kind)
		require.Empty(t, kept.Options.GetImportId(), kind)
		require.False(t, kept.Options.GetProtect(), kind)
		require.Equal(t, taken.Inputs, kept.Inputs, "what was imported would be changed once the setting is empty again")
		require.Contains(t, []any{"team/mote", "/team/mote", "team-mote"}, taken.Inputs["name"])
	}
	for _, one := range before.Resources {
		if one.Name != "mote-dev" || one.Options == nil {
			continue
		}
		require.Equal(t, one.Options.GetImportId() != "", one.Options.GetProtect(), one.Type)
	}
}

func TestImport_NeedsTheSameName(t *testing.T) {
	for wrong, changes := range map[string]map[string]string{
		`mote:repositoryName is "", and mote:import has repository=team/mote: it must be "team/mote"`: {
			"import": `["repository=team/mote"]`,
		},
		`mote:logGroupName is "/other", and mote:import has logGroup=/team/mote: it must be "/team/mote"`: {
			"import": `["logGroup=/team/mote"]`, "logGroupName": "/other",
		},
		`mote:loadBalancerName is "", and mote:import has`:        {"import": `["loadBalancer=` + sharedBalancer + `"]`},
		`mote:import has "loadBalancer=team-mote"`:                {"import": `["loadBalancer=team-mote"]`},
		`mote:import has "cluster=shared"`:                        {"import": `["cluster=shared"]`},
		`mote:import has "repository"`:                            {"import": `["repository"]`},
		`mote:import has repository twice`:                        {"import": `["repository=b","repository=a"]`, "repositoryName": "b"},
		`mote:repositoryName is set, and mote:existingRepository`: {"repositoryName": "a", "existingRepository": "a"},
		`mote:logGroupName is set, and mote:existingLogGroup`:     {"logGroupName": "a", "existingLogGroup": "a"},
	} {
		r, err := deploy(t, trial{changes: changes})
		require.ErrorContains(t, err, wrong)
		require.ErrorContains(t, err, "Pulumi.<stack>.yaml, 1:")
		require.Empty(t, r.Resources)
	}
}
