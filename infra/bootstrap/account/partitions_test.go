package account

import (
	"encoding/json"
	"maps"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/project"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// inPartition brings the account up in one of AWS's partitions.
func inPartition(t *testing.T, partition string, changes map[string]string) (*pulumimocks.Recording, error) {
	t.Helper()
	config, err := project.Config("..", "")
	require.NoError(t, err)
	for _, own := range []map[string]string{fork, changes} {
		for key, value := range own {
			config[namespace+":"+key] = value
		}
	}
	return pulumimocks.Record(pulumimocks.Run{
		Project: namespace, Stack: "account", Config: maps.Clone(config), Partition: partition,
	}, build)
}

var partitionOfArn = regexp.MustCompile(`arn:(aws[a-z-]*):`)

func TestBootstrap_NamesNothingOfAnotherPartition(t *testing.T) {
	for partition, host := range map[string]string{
		"aws": "s3.eu-central-1.amazonaws.com", "aws-us-gov": "s3.us-gov-west-1.amazonaws.com", "aws-cn": "s3.cn-north-1.amazonaws.com.cn",
	} {
		r, err := inPartition(t, partition, nil)
		require.NoError(t, err)
		arns := 0
		for _, one := range r.Resources {
			text, err := json.Marshal(one.Inputs)
			require.NoError(t, err)
			for _, found := range partitionOfArn.FindAllSubmatch(text, -1) {
				arns++
				require.Equal(t, partition, string(found[1]), "%s %s", one.Name, text)
			}
		}
		require.Greater(t, arns, 200)
		via := find(t, r, "RolePolicy", "github-mote-deploy-dev-state").Inputs["policy"]
		require.Contains(t, via, `"kms:ViaService":["`+host+`"]`)
	}
}

func TestBootstrap_RefusesExistingResourcesOfAnotherPartition(t *testing.T) {
	existing := map[string]string{"existing": `["dev=arn:aws:ecr:eu-central-1:123456789012:repository/team/mote"]`}
	_, err := inPartition(t, "aws-cn", existing)
	require.ErrorContains(t, err, "arn:aws-cn: must come first")
	_, err = inPartition(t, "aws", existing)
	require.NoError(t, err)
}
