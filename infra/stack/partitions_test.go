package stack

import (
	"encoding/json"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

var (
	arnPartition    = regexp.MustCompile(`arn:(aws[a-z-]*):`)
	endpointHost    = regexp.MustCompile(`[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?\b`)
	endpointService = regexp.MustCompile(`"serviceName":"([^"]+)"`)
)

// principals are services as policies name them, which is the same in all partitions.
var principals = []string{
	"ecs-tasks.amazonaws.com", "ecs.amazonaws.com", "events.amazonaws.com", "delivery.logs.amazonaws.com",
}

// TestPartition_NothingNamesAnother records every configuration in each partition of AWS. Settings that name ARNs themselves are left out: those
// are the user's.
func TestPartition_NothingNamesAnother(t *testing.T) {
	leaveToWholeStage(t)
	for partition, region := range map[string]string{"aws": "eu-central-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"} {
		services := map[string]bool{}
		for _, one := range configurations() {
			if strings.Contains(one.changes["certificateArn"]+one.changes["stackReference"], "/") {
				continue
			}
			changes := maps.Clone(one.changes)
			if changes == nil {
				changes = map[string]string{}
			}
			changes["permissionsBoundary"] = "boundary"
			r, err := deploy(t, trial{stack: one.stack, changes: changes, partition: partition})
			require.NoError(t, err)
			requirePartition(t, r, partition, region, services)
		}
		ecr := map[string]string{"aws-cn": "cn.com.amazonaws."}[partition]
		if ecr == "" {
			ecr = "com.amazonaws."
		}
		require.Equal(t, map[string]bool{
			ecr + region + ".ecr.api": true, ecr + region + ".ecr.dkr": true, "com.amazonaws." + region + ".logs": true, "com.amazonaws." + region + ".s3": true,
		}, services)
	}
}

// requirePartition looks at every input for ARNs, hosts and endpoints, and collects the latter.
func requirePartition(t *testing.T, r *pulumimocks.Recording, partition, region string, services map[string]bool) {
	t.Helper()
	arns := 0
	for _, one := range r.Resources {
		encoded, err := json.Marshal(one.Inputs)
		require.NoError(t, err)
		text := strings.ReplaceAll(string(encoded), `\"`, `"`)
		for _, found := range arnPartition.FindAllStringSubmatch(text, -1) {
			arns++
			require.Equal(t, partition, found[1], "%s %s", one.Name, text)
		}
		for _, principal := range principals {
			text = strings.ReplaceAll(text, `"`+principal+`"`, "")
		}
		for _, host := range endpointHost.FindAllString(text, -1) {
			require.Equal(t, partition == "aws-cn", strings.HasSuffix(host, ".cn"), "%s %s", one.Name, host)
			require.Contains(t, host, region, one.Name)
		}
		if found := endpointService.FindStringSubmatch(text); found != nil {
			services[found[1]] = true
		}
	}
	require.Greater(t, arns, 10)
}
