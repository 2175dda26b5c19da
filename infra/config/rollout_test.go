package config_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestConfig_TimeoutCoversTheStrategy(t *testing.T) {
	for strategy, needed := range map[string]int{"rolling": 5, "blueGreen": 5 + 4, "canary": 5 + 4 + 7, "linear": 5 + 4 + 4*2} {
		changes := map[string]string{
			"mote:deploymentStrategy": strategy, "mote:bakeMinutes": "4", "mote:canaryMinutes": "7",
			"mote:linearPercent": "30", "mote:linearMinutes": "2", "mote:deployTimeoutMinutes": strconv.Itoa(needed),
		}
		s, err := parse(t, changes)
		require.NoError(t, err, strategy)
		require.Equal(t, strategy != "rolling", s.Service.Rollout.ShiftsTraffic())
		if needed > 5 {
			changes["mote:deployTimeoutMinutes"] = strconv.Itoa(needed - 1)
			_, err = parse(t, changes)
			require.ErrorContains(t, err, "mote:deployTimeoutMinutes is "+strconv.Itoa(needed-1))
			require.ErrorContains(t, err, "at least "+strconv.Itoa(needed))
		}
	}
}

func TestConfig_DefaultTimeoutCoversEachStrategy(t *testing.T) {
	for _, strategy := range []string{"rolling", "blueGreen", "canary", "linear"} {
		_, err := parse(t, map[string]string{"mote:deploymentStrategy": strategy})
		require.NoError(t, err)
	}
}

func TestConfig_RejectsRequestTrackingOfTwoTargetGroups(t *testing.T) {
	for strategy, legal := range map[string]bool{"rolling": true, "blueGreen": false, "canary": false, "linear": false} {
		_, err := parse(t, map[string]string{"mote:deploymentStrategy": strategy, "mote:targetRequestsPerMinute": "100"})
		require.Equal(t, legal, err == nil, strategy)
		if !legal {
			require.ErrorContains(t, err, "mote:targetRequestsPerMinute is 100")
			require.ErrorContains(t, err, "it must be 0")
		}
	}
}

func TestConfig_AcceptedRolloutsEndBeforeTheTimeout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := func(key string, low, high int) string { return strconv.Itoa(rapid.IntRange(low, high).Draw(t, key)) }
		s, err := parse(t, map[string]string{
			"mote:deploymentStrategy":   rapid.SampledFrom([]string{"rolling", "blueGreen", "canary", "linear"}).Draw(t, "strategy"),
			"mote:bakeMinutes":          number("bake", 0, 60),
			"mote:canaryMinutes":        number("canary", 0, 60),
			"mote:linearPercent":        number("percent", 0, 100),
			"mote:linearMinutes":        number("linear", 0, 10),
			"mote:deployTimeoutMinutes": number("timeout", 5, 120),
		})
		if err != nil {
			return
		}
		require.Less(t, s.Service.Rollout.Minutes(), s.Service.DeployTimeoutMinutes)
		// A linear deployment is at its end after so many steps, and not one earlier.
		steps := 0
		for moved := 0; moved < 100; moved += s.Service.Rollout.LinearPercent {
			steps++
		}
		if s.Service.Rollout.Strategy == "linear" {
			require.Equal(t, s.Service.Rollout.BakeMinutes+steps*s.Service.Rollout.LinearMinutes, s.Service.Rollout.Minutes())
		}
	})
}
