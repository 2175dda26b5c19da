package model

import "math"

// What target tracking does. Where AWS gives an example instead of a rule, a test has the example.
const (
	// highPoints and lowPoints are how many points in a row must be above the target, or below lowShare of it, as the alarms say that target
	// tracking makes: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html, and the alarms that
	// https://aws.github.io/copilot-cli/docs/commands/svc-status/ shows (target 70: below 63 for 15 points in 15 minutes).
	highPoints = 3
	lowPoints  = 15
	lowShare   = 0.9
)

// Policy is a metric that is kept near a target.
type Policy struct {
	Metric Metric
	Target float64
}

// Metric is one that follows the load. Memory does not: what the service holds grows with connections only, by kilobytes.
type Metric int

// CPU is the average use in percent, Requests those of a minute for each target.
const (
	CPU Metric = iota
	Requests
)

// Scaling is what an Application Auto Scaling target is told. Cooldowns are in seconds.
type Scaling struct {
	Min, Max                int
	Policies                []Policy
	OutCooldown, InCooldown float64
}

// Scaler decides how many tasks there should be.
type Scaler struct {
	Scaling

	desired int
	points  [][]float64
	// base is what the last growth began from, which holds until outUntil.
	base              int
	outUntil, inUntil float64
}

// NewScaler begins with the fewest tasks.
func NewScaler(s Scaling) *Scaler {
	return &Scaler{Scaling: s, desired: s.Min, points: make([][]float64, len(s.Policies)), outUntil: -1, inUntil: -1}
}

// Observe takes one point of each policy's metric, decides, and returns how many tasks are wanted. The policy that wants most wins; there are fewer
// only when all agree: https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html.
func (s *Scaler) Observe(now float64, points []float64) int {
	for i, point := range points {
		s.points[i] = append(s.points[i], point)
		s.points[i] = s.points[i][max(0, len(s.points[i])-lowPoints):]
	}
	if most := s.most(now); most > s.desired {
		s.grow(now, most)
	} else if fewest := s.fewest(now); fewest < s.desired {
		s.desired, s.inUntil = fewest, now+s.InCooldown
	}
	return s.desired
}

// most is what policies above their target want. While a cooldown runs, what was added in it counts as part of what is wanted now.
func (s *Scaler) most(now float64) int {
	base, most := s.desired, 0
	if now < s.outUntil {
		base = s.base
	}
	for i, policy := range s.Policies {
		if all(s.points[i], highPoints, func(point float64) bool { return point > policy.Target }) {
			most = max(most, proportional(base, last(s.points[i])/policy.Target))
		}
	}
	return min(most, s.Max)
}

func (s *Scaler) grow(now float64, most int) {
	if now >= s.outUntil {
		s.base = s.desired
	}
	// Growth ends the cooldown of shrinking.
	s.desired, s.outUntil, s.inUntil = most, now+s.OutCooldown, -1
}

// fewest is what is enough for each policy, if all of them are well below their targets.
func (s *Scaler) fewest(now float64) int {
	if now < s.inUntil {
		return s.desired
	}
	enough := s.Min
	for i, policy := range s.Policies {
		if !all(s.points[i], lowPoints, func(point float64) bool { return point < lowShare*policy.Target }) {
			return s.desired
		}
		enough = max(enough, proportional(s.desired, last(s.points[i])/policy.Target))
	}
	return enough
}

// bound changes the bounds, as a scheduled action does, and what is wanted with them.
func (s *Scaler) bound(low, high int) {
	s.Min, s.Max = low, high
	s.desired = min(max(s.desired, low), high)
}

// proportional is a number of tasks times a ratio. What is added is rounded up, and what is taken away is rounded down.
func proportional(tasks int, ratio float64) int {
	return int(math.Ceil(float64(tasks)*ratio - 1e-9))
}

func all(points []float64, count int, is func(float64) bool) bool {
	if len(points) < count {
		return false
	}
	for _, point := range points[len(points)-count:] {
		if !is(point) {
			return false
		}
	}
	return true
}

func last(points []float64) float64 { return points[len(points)-1] }
