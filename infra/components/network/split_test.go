package network

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPartsLieInTheirBlockAndDoNotOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.IntRange(16, 24).Draw(t, "length")
		second := rapid.IntRange(0, 255).Draw(t, "second")
		whole := netip.MustParsePrefix(fmt.Sprintf("10.%d.0.0/%d", second, length))
		parts := rapid.IntRange(2, 6).Draw(t, "parts")
		blocks, err := split(whole.String(), parts)
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

func TestAKnownBlockIsCutAsItAlwaysWas(t *testing.T) {
	blocks, err := split("10.0.0.0/16", 3)
	require.NoError(t, err)
	require.Equal(t, []string{"10.0.0.0/18", "10.0.64.0/18", "10.0.128.0/18"}, blocks)
}

func TestABlockThatIsTooSmallIsRefused(t *testing.T) {
	_, err := split("10.0.0.0/26", 4)
	require.ErrorContains(t, err, "too small for 4 zones")
	_, err = split("::/64", 2)
	require.ErrorContains(t, err, "no IPv4 network")
}
