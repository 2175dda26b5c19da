package network

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestNetwork_SubnetsAreInTheirBlockAndDoNotOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.IntRange(16, 24).Draw(t, "length")
		second := rapid.IntRange(0, 255).Draw(t, "second")
		whole := netip.MustParsePrefix(fmt.Sprintf("10.%d.0.0/%d", second, length))
		blocks, err := split(whole.String())
		require.NoError(t, err)
		require.Len(t, blocks, parts)
		for i, one := range blocks {
			part := netip.MustParsePrefix(one)
			require.Equal(t, part, part.Masked())
			require.LessOrEqual(t, part.Bits(), smallestSubnet)
			require.True(t, whole.Contains(part.Addr()) && part.Bits() > whole.Bits(), "%s in %s", one, whole)
			for _, other := range blocks[:i] {
				require.False(t, part.Overlaps(netip.MustParsePrefix(other)), "%s and %s", one, other)
			}
		}
	})
}

func TestNetwork_SubnetsOfAKnownBlockStayTheSame(t *testing.T) {
	blocks, err := split("10.0.0.0/16")
	require.NoError(t, err)
	require.Equal(t, []string{"10.0.0.0/19", "10.0.32.0/19", "10.0.64.0/19"}, blocks[:3])
}

func TestNetwork_RefusesABlockThatIsTooSmall(t *testing.T) {
	_, err := split("10.0.0.0/25")
	require.ErrorContains(t, err, "too small for 8 subnets")
	_, err = split("::/64")
	require.ErrorContains(t, err, "no IPv4 network")
}
