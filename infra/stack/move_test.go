package stack

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// TestNetwork_RefusesToMove ends a run that would replace a live network half way, and says what to do instead.
func TestNetwork_RefusesToMove(t *testing.T) {
	existing := map[string]string{"existingVpc": pulumimocks.Vpc, "existingSubnets": `["subnet-0000000a","subnet-0000000b"]`}
	own := pulumimocks.StandingVpc{ID: "vpc-00000009", Cidr: "10.0.0.0/16", Own: true}
	others := pulumimocks.StandingVpc{ID: pulumimocks.Vpc, Cidr: "10.0.0.0/16"}
	for _, test := range []struct {
		changes map[string]string
		vpc     pulumimocks.StandingVpc
		wrong   string
	}{
		{nil, own, ""},
		{nil, pulumimocks.StandingVpc{}, ""},
		{existing, others, ""},
		{map[string]string{"vpcCidr": "10.1.0.0/16"}, own, `mote:vpcCidr is "10.1.0.0/16", and the stack's network has 10.0.0.0/16`},
		{existing, own, "mote:existingVpc is \"" + pulumimocks.Vpc + "\", and the stack is in vpc-00000009"},
		{nil, others, "mote:existingVpc is empty, and the stack is in " + pulumimocks.Vpc},
	} {
		r, err := deploy(t, trial{changes: test.changes, vpc: test.vpc, preview: true})
		if test.wrong == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, test.wrong)
		require.ErrorContains(t, err, "deploy another stack beside it")
		for _, one := range r.Resources {
			require.NotContains(t, one.Type, "aws:ec2", "nothing of the network is asked for")
		}
	}
}
