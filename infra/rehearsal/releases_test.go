//go:build rehearsal

package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestANewVersionIsLiveUnderLoadWithoutOneFailedRequest(t *testing.T) {
	r := deployed(t)
	old := r.output(t, "imageDigest")
	load := begin(r.url(t), 50)
	time.Sleep(3 * time.Second)
	began := time.Now()
	r.up(t, counted("-image", image(t, "second"), "-set", "message=second")...)
	took := time.Since(began)
	require.NotEqual(t, old, r.output(t, "imageDigest"))
	_, body := get(t, r.url(t))
	require.Contains(t, body, "second")
	// Old tasks are stopped after the deployment is steady; that must not be noticed either.
	time.Sleep(5 * time.Second)
	done := load.end()
	t.Logf("live after %.1f s; %d requests in %.1f s: %d answered by the first version, %d by the second; slowest %d ms",
		took.Seconds(), done.asked, done.took.Seconds(), done.answers["first"], done.answers["second"], done.slowest.Milliseconds())
	require.Empty(t, done.failures)
	require.Greater(t, float64(done.asked), 0.95*50*done.took.Seconds(), "the load must have been steady")
	require.NotZero(t, done.answers["first"])
	require.NotZero(t, done.answers["second"])
}
