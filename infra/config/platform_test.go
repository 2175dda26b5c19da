package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/config"
)

const deployer = "arn:aws:iam::123456789012:role/mote-prod-deploy"

// eksSettings are the least that the defaults have to be changed by.
func eksSettings(changes map[string]string) map[string]string {
	all := map[string]string{"mote:platform": "eks", "mote:rollbackOnAlarms": "false", "mote:kubernetesAdminArns": `["` + deployer + `"]`}
	for key, value := range changes {
		all["mote:"+key] = value
	}
	return all
}

func TestConfig_PlatformIsFargateByDefault(t *testing.T) {
	c, err := parse(t, nil)
	require.NoError(t, err)
	require.Equal(t, config.Fargate, c.Platform)
	c, err = parse(t, eksSettings(nil))
	require.NoError(t, err)
	require.Equal(t, config.EKS, c.Platform)
	_, err = parse(t, map[string]string{"mote:platform": "k8s"})
	require.ErrorContains(t, err, `mote:platform is "k8s": it must be one of fargate, eks`)
}

// TestConfig_RejectsWhatThePlatformCannotHonour gives EKS each setting that it has no way to follow.
func TestConfig_RejectsWhatThePlatformCannotHonour(t *testing.T) {
	for key, value := range map[string]string{
		"deploymentStrategy": "canary", "rollbackOnAlarms": "true", "spotPercent": "40", "zoneRebalancing": "true", "targetRequestsPerMinute": "100",
		"scalingSchedule": `["cron(0 7 ? * MON-FRI *) 4 12"]`, "containerInsights": "enabled", "cloudwatchMetrics": "true", "dashboard": "true",
		"observability":   "prometheus",
		"existingCluster": "shared", "existingLogGroup": "/team/mote", "logGroupName": "/team/mote", "egress": "endpoints", "user": "daemon",
	} {
		changes := eksSettings(map[string]string{key: value})
		_, err := parse(t, changes)
		require.ErrorContains(t, err, "mote:"+key+" is ", key)
		require.ErrorContains(t, err, "mote:platform is eks", key)
		require.ErrorContains(t, err, "Pulumi.<stack>.yaml, 1:", key)
		changes["mote:platform"], changes["mote:kubernetesAdminArns"] = config.Fargate, "[]"
		_, err = parse(t, changes)
		require.NoError(t, err, "Fargate honours %s", key)
	}
}

// TestConfig_EKSReadsSecretsOfItsOwnRegion: AWS's provider refuses others when a pod starts, ECS does not.
func TestConfig_EKSReadsSecretsOfItsOwnRegion(t *testing.T) {
	const list = `["A=arn:aws:ssm:us-east-1:123456789012:parameter/a"]`
	c, err := parse(t, eksSettings(map[string]string{"secrets": list}))
	require.NoError(t, err)
	require.NoError(t, c.CheckARNs("us-east-1", "aws"))
	require.ErrorContains(t, c.CheckARNs("eu-central-1", "aws"), `mote:secrets has "arn:aws:ssm:us-east-1`)
	c, err = parse(t, map[string]string{"mote:secrets": list})
	require.NoError(t, err)
	require.NoError(t, c.CheckARNs("eu-central-1", "aws"))
}

func TestConfig_EKSTakesAUserByNumber(t *testing.T) {
	for user, right := range map[string]bool{"": true, "1000": true, "65532:65532": true, "0": false, "0:0": false, "root": false, "1000:staff": false} {
		_, err := parse(t, eksSettings(map[string]string{"user": user}))
		require.Equal(t, right, err == nil, user)
	}
}

func TestConfig_RejectsAClusterThatCannotWork(t *testing.T) {
	blocks := make([]string, 41)
	for i := range blocks {
		blocks[i] = fmt.Sprintf(`"192.0.2.%d/32"`, i)
	}
	for key, value := range map[string]string{
		"kubernetesVersion": "", "kubernetesAdminArns": "[]", "kubernetesViewArns": `["` + deployer + `"]`,
		"kubernetesApiCidrs": "[" + strings.Join(blocks, ",") + "]",
	} {
		_, err := parse(t, eksSettings(map[string]string{key: value}))
		require.ErrorContains(t, err, "Pulumi.<stack>.yaml, 1:\n  mote:"+key+" ")
	}
	for _, key := range []string{"kubernetesAdminArns", "kubernetesViewArns"} {
		_, err := parse(t, map[string]string{"mote:" + key: `["` + deployer + `"]`})
		require.ErrorContains(t, err, "mote:"+key+" is set, and mote:platform is fargate")
	}
	_, err := parse(t, map[string]string{"mote:kubernetesApiCidrs": `["192.0.2.0/24"]`})
	require.ErrorContains(t, err, "mote:kubernetesApiCidrs is set, and mote:platform is fargate")
	c, err := parse(t, eksSettings(map[string]string{"kubernetesApiCidrs": `["192.0.2.0/24"]`}))
	require.NoError(t, err)
	require.Equal(t, []string{"192.0.2.0/24"}, c.Kubernetes.APICidrs)
	require.ErrorContains(t, c.CheckARNs("cn-north-1", "aws-cn"), "mote:kubernetesAdminArns has")
}
