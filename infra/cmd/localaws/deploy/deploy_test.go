package deploy

import (
	"context"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/stretchr/testify/require"
)

func TestRounds_ListsAreSetInOrderAndWhatIsSetIsLeftOut(t *testing.T) {
	set := func(value string) auto.ConfigValue { return auto.ConfigValue{Value: value} }
	settings := map[string]string{"cpu": "512", "memory": "1024", "cidrs": `["a","b","c"]`, "subnets": `["d","e"]`}
	require.Equal(t, []auto.ConfigMap{
		{"cpu": set("512"), "cidrs[0]": set("a"), "subnets[0]": set("d")},
		{"cidrs[1]": set("b"), "subnets[1]": set("e")},
		{"cidrs[2]": set("c")},
	}, rounds(settings, auto.ConfigMap{"memory": set("1024")}))
	require.Empty(t, rounds(settings, auto.ConfigMap{
		"cpu": set("512"), "memory": set("1024"), "cidrs": set(`["a","b","c"]`), "subnets": set(`["d","e"]`),
	}))
}

func TestDeploy_UnknownSettingIsRefusedFirst(t *testing.T) {
	_, err := upsert(context.Background(), Target{Settings: map[string]string{"mote:cpuu": "5", "aws:region": "us-east-1"}})
	require.ErrorContains(t, err, "mote:cpuu is not a setting: did you mean cpu?")
}
