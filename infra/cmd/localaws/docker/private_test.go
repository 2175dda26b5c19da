package docker

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNetworks_RangeThatARouteTouchesIsTaken(t *testing.T) {
	routes := "default via 10.0.0.1 dev eth0\n172.30.0.0/23 dev a proto kernel\n172.30.2.77 dev b\n172.29.0.0/16 via 10.0.0.9\nbroadcast 0.0.0.0/8"
	taken := networks(routes)
	for text, is := range map[string]bool{
		"172.30.0.0/24": true, "172.30.1.0/24": true, "172.30.2.0/24": true, "172.29.200.0/24": true, "172.30.3.0/24": false,
	} {
		_, candidate, err := net.ParseCIDR(text)
		require.NoError(t, err)
		require.Equal(t, is, overlaps(candidate, taken), text)
	}
}

// Two stages of the tests start an engine each at the same moment.
func TestLockNetwork_SecondEngineWaitsForTheFirst(t *testing.T) {
	unlock, err := LockNetwork()
	require.NoError(t, err)
	second := make(chan error)
	go func() {
		unlock, err := LockNetwork()
		if err == nil {
			unlock()
		}
		second <- err
	}()
	select {
	case err := <-second:
		require.Fail(t, "the second looked for a range beside the first", "%v", err)
	case <-time.After(100 * time.Millisecond):
	}
	unlock()
	require.NoError(t, <-second)
}
