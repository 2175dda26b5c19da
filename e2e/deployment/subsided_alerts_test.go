package deployment

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAlerts_EachIsResolvedAndWasToldOf comes after scenarios that take almost as long as the slowest of the rules, two minutes, and in which nothing
// fires: versions, counts and sidecars change.
func TestAlerts_EachIsResolvedAndWasToldOf(t *testing.T) {
	everyAlertFires(t)
	r, p := deployed(t), observed(t)
	began := time.Now()
	eventually(t, 3*time.Minute, "no alert fires", func() bool { return len(p.firing(t, "")) == 0 })
	t.Logf("all were resolved after %.0f s more", time.Since(began).Seconds())
	require.ElementsMatch(t, []string{failing, restarted, rejecting}, p.firing(t, "[1h]"), "no other alert fired meanwhile")

	// What Alertmanager would have sent, as "make status" shows it.
	last, summaries := map[string]string{}, map[string]bool{}
	eventually(t, time.Minute, "Alertmanager tells that each is resolved", func() bool {
		clear(last)
		for _, one := range r.statusNow(t).Notifications {
			if last[one.Alert] == "" {
				require.Equal(t, "firing", one.Status, one.Alert)
			}
			require.NotEmpty(t, one.Summary)
			last[one.Alert] = one.Status
			if one.Alert == restarted {
				summaries[one.Summary] = true
			}
		}
		return last[failing] == "resolved" && last[restarted] == "resolved" && last[rejecting] == "resolved"
	})
	require.Len(t, last, 3, "nothing was told of any other alert")
	require.Len(t, summaries, 1, "nor of a revision that was replaced by another one")
}
