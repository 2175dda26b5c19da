package model

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func cpu(target float64) []Policy { return []Policy{{CPU, target}} }

// feed gives a scaler the same points for some minutes, and returns what is wanted after each.
func feed(s *Scaler, from, minutes int, points ...float64) []int {
	var wanted []int
	for i := range minutes {
		wanted = append(wanted, s.Observe(float64(from+i)*minute, points))
	}
	return wanted
}

// "Because it is not possible to add 1.5 instances, we round up and add two instances": https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html.
// Its second example takes 1.5 away, which is rounded down to one.
func TestScaler_RoundsAsAWSSays(t *testing.T) {
	s := NewScaler(Scaling{Min: 3, Max: 10, Policies: cpu(50)})
	require.Equal(t, []int{3, 3, 5}, feed(s, 0, 3, 75))
	s = NewScaler(Scaling{Min: 1, Max: 10, Policies: cpu(50)})
	s.desired = 3
	require.Equal(t, 2, feed(s, 0, 15, 25)[14])
}

// Copilot's page shows the alarms of a service with target 70: below 63 for 15 points; and three points above the target.
func TestScaler_AlarmsAreThoseThatTargetTrackingMakes(t *testing.T) {
	s := NewScaler(Scaling{Min: 1, Max: 10, Policies: cpu(70), InCooldown: 300})
	s.desired = 4
	require.Equal(t, 4, feed(s, 0, 60, 63.1)[59], "between the alarms nothing changes")
	wanted := feed(s, 60, 15, 50)
	require.Equal(t, 4, wanted[13])
	require.Equal(t, 3, wanted[14])
	require.Equal(t, []int{3, 3, 4}, feed(s, 75, 3, 71))
}

// "The previous increase of 2 is considered part of the current capacity. Therefore, only 1 is added": ScaleOutCooldown in
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html.
func TestScaler_GrowthInACooldownCountsWhatWasAdded(t *testing.T) {
	s := NewScaler(Scaling{Min: 10, Max: 50, Policies: cpu(50), OutCooldown: 150})
	require.Equal(t, 12, feed(s, 0, 3, 60)[2], "an increase of 2")
	require.Equal(t, 13, feed(s, 3, 1, 65)[0], "an increase of 3 within the cooldown")
	require.Equal(t, 17, feed(s, 6, 1, 65)[0], "after it, of 13")
}

// "If another alarm triggers a scale-out policy during the scale-in cooldown, Application Auto Scaling scales out immediately, and the cooldown stops."
func TestScaler_GrowthEndsTheCooldownOfShrinking(t *testing.T) {
	s := NewScaler(Scaling{Min: 1, Max: 50, Policies: cpu(50), InCooldown: 300})
	s.desired = 20
	require.Equal(t, 18, feed(s, 0, 15, 44)[14])
	require.Equal(t, []int{18, 18, 18, 18, 16}, feed(s, 15, 5, 44), "one step in five minutes")
	require.Equal(t, 32, feed(s, 20, 3, 100)[2])

	s = NewScaler(Scaling{Min: 1, Max: 50, Policies: cpu(50), InCooldown: 3600})
	s.desired = 20
	require.Equal(t, 18, feed(s, 0, 15, 44)[14])
	require.Equal(t, 36, feed(s, 15, 3, 100)[2])
	require.Equal(t, 18, feed(s, 18, 15, 25)[14], "the hour from the first shrinking is not over")
}

// "Scale out if any of the policies is ready, but scale in only if all are."
func TestScaler_PolicyThatWantsMostWins(t *testing.T) {
	s := NewScaler(Scaling{Min: 2, Max: 50, Policies: []Policy{{CPU, 50}, {Requests, 1000}}})
	require.Equal(t, 6, feed(s, 0, 3, 10, 3000)[2])
	require.Equal(t, 6, feed(s, 3, 30, 10, 950)[29])
	require.Equal(t, 3, feed(s, 33, 15, 10, 500)[14])
}

func TestScaler_StaysWithinItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.IntRange(1, 20).Draw(t, "min")
		high := rapid.IntRange(low, 40).Draw(t, "max")
		s := NewScaler(Scaling{Min: low, Max: high, Policies: cpu(60), OutCooldown: 30, InCooldown: 300})
		for i, point := range rapid.SliceOfN(rapid.Float64Range(0, 100), 1, 200).Draw(t, "points") {
			before := s.desired
			wanted := s.Observe(float64(i)*minute, []float64{point})
			require.GreaterOrEqual(t, wanted, low)
			require.LessOrEqual(t, wanted, high)
			if point > 60 {
				require.GreaterOrEqual(t, wanted, before, "nothing shrinks above its target")
			}
		}
	})
}
