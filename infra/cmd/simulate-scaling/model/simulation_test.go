package model

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// monday is at midnight.
var monday = time.Date(2026, time.January, 5, 0, 0, 0, 0, time.UTC)

// small is a service of which two tasks answer 100 requests a second, simulated one by one.
func small(t *testing.T, traffic string, base float64) Run {
	t.Helper()
	shape, err := Shape(traffic, base)
	require.NoError(t, err)
	return Run{
		Service: Service{Cores: 0.25, Work: 0.005, Queue: 1000, IdleTimeout: 60, HealthTimeout: 2},
		Scaling: Scaling{Min: 2, Max: 10, Policies: cpu(60), OutCooldown: 30, InCooldown: 300},
		Traffic: shape, Start: monday, StartSeconds: 25, HealthSeconds: 5, DrainSeconds: 10, Point: minute, MetricDelay: 60, Seed: 1, Slot: 10, Requests: 1e9,
	}
}

func TestSimulation_SameSeedGivesTheSame(t *testing.T) {
	run := small(t, "spike", 10)
	first, again := Simulate(run), Simulate(run)
	require.Equal(t, first, again)
	other := run
	other.Seed = 2
	require.NotEqual(t, Simulate(run).Requests, Simulate(other).Requests)
}

// A spike from the eleventh minute on is answered when three points are above the target, the last is there, and tasks have started: not before the fifteenth.
func TestSimulation_SpikeIsAnsweredWhenThreePointsAreThere(t *testing.T) {
	result := Simulate(small(t, "spike", 20))
	wanted := func(minute int) int { return result.Minutes[minute].Wanted }
	require.Equal(t, 2, wanted(12))
	require.Equal(t, 2, wanted(13))
	require.Equal(t, 4, wanted(14), "100 %% of two tasks at a target of 60")
	require.Equal(t, 7, wanted(15), "AWS acts again while the alarm stands, before the new tasks have shown what they do")
	require.InDelta(t, (4+7)/2.0, result.Minutes[15].running, 0.01, "each start takes half a minute")
	require.Equal(t, 10, result.Most)
	require.Equal(t, 2, result.Minutes[len(result.Minutes)-1].Wanted, "and goes back")
	require.Greater(t, result.Longest, 2.0)
	require.InDelta(t, 20*(5400+9*31*60), result.Requests, 3000)
}

func TestSimulation_StreamGivesWhatRequestsGive(t *testing.T) {
	for _, shape := range []string{"spike", "climb"} {
		single := small(t, shape, 25)
		stream := single
		stream.Requests = 0
		a, b := Simulate(single), Simulate(stream)
		require.Less(t, b.Share, 0.03)
		require.InEpsilon(t, a.Requests, b.Requests, 0.02, shape)
		require.InDelta(t, a.ErrorShare(), b.ErrorShare(), 0.02, shape)
		require.InEpsilon(t, a.Tasks, b.Tasks, 0.05, shape)
	}
}

func TestSimulation_CPUIsTheLoad(t *testing.T) {
	run := small(t, "day", 10)
	run.Scaling.Max = 2
	for _, minute := range Simulate(run).Minutes {
		require.InDelta(t, 100*run.Traffic.Rate(minute.At+30)/100, minute.CPU, 6)
		require.InDelta(t, minute.Requests/60, run.Traffic.Rate(minute.At+30), 5)
	}
}

func TestSimulation_ScheduleChangesTheBounds(t *testing.T) {
	run := small(t, "day", 1)
	for text, low := range map[string]int{"cron(0 7 ? * MON-FRI *)": 5, "cron(30 19 ? * * *)": 3} {
		action, err := NewAction(text, low, 10, monday)
		require.NoError(t, err)
		run.Actions = append(run.Actions, action)
	}
	minutes := Simulate(run).Minutes
	require.Equal(t, 3, minutes[0].Wanted, "as since the evening before")
	require.Equal(t, 3, minutes[7*60-1].Wanted)
	require.Equal(t, 5, minutes[7*60].Wanted)
	require.Equal(t, 3, minutes[19*60+30].Wanted, "the least number falls, and almost nothing arrives")
}

func TestAction_TimesAreAWSs(t *testing.T) {
	for text, times := range map[string][]string{
		"cron(0 7 ? * MON-FRI *)":    {"Mon 07:00", "Fri 07:00"},
		"cron(0/30 9 ? * 1,7 *)":     {"Sun 09:00", "Sat 09:30"},
		"cron(15 10 5 JAN ? 2026)":   {"Mon 10:15"},
		"at(2026-01-06T08:05:00)":    {"Tue 08:05"},
		"rate(7 hours)":              {"Mon 07:00", "Mon 14:00"},
		"cron(0 12 ? JAN-MAR TUE *)": {"Tue 12:00"},
	} {
		action, err := NewAction(text, 1, 2, monday)
		require.NoError(t, err, text)
		var at []string
		for now := monday; now.Before(monday.AddDate(0, 0, 7)); now = now.Add(time.Minute) {
			if action.at(now) {
				at = append(at, now.Format("Mon 15:04"))
			}
		}
		require.Subset(t, at, times, text)
		require.NotContains(t, at, "Wed 03:33", text)
	}
	for _, text := range []string{"cron(0 7 L * ? *)", "cron(0 7 ? * MON#1 *)", "cron(0 25 ? * * *)", "cron(0 7 ? * *)", "cron(0/0 7 ? * * *)"} {
		_, err := NewAction(text, 1, 2, monday)
		require.ErrorContains(t, err, "read cron(", text)
	}
	for _, text := range []string{"rate(0 minutes)", "rate(-5 minutes)", "rate(9007199254740992 minutes)", "rate(5 months)", "rate(x days)"} {
		_, err := NewAction(text, 1, 2, monday)
		require.ErrorContains(t, err, "read rate(", text)
	}
}

func TestTraffic_ShapesAreWhatTheyAreCalled(t *testing.T) {
	of := func(name string) Traffic {
		shape, err := Shape(name, 100)
		require.NoError(t, err)
		return shape
	}
	spike := of("spike")
	require.InDelta(t, 100, spike.Rate(600), 0)
	require.InDelta(t, 1000, spike.Rate(660), 0, "tenfold in one minute")
	require.InDelta(t, 100, spike.Rate(2520), 1e-9)
	require.InDelta(t, 100, of("day").Rate(0), 1e-9)
	require.InDelta(t, 400, of("day").Rate(12*3600), 1e-9)
	require.InDelta(t, 600, of("climb").Rate(4*3600), 1e-9)
	_, err := Shape("wave", 1)
	require.ErrorContains(t, err, `traffic "wave" is not known`)
}

func TestTraffic_RecordedIsReadBetweenItsLines(t *testing.T) {
	read, err := ReadTraffic("trace.csv", strings.NewReader("# seconds, rate\n100,10\n200,30\n\n260 0\n"))
	require.NoError(t, err)
	require.InDelta(t, 160, read.Length, 0)
	for at, rate := range map[float64]float64{0: 10, 50: 20, 100: 30, 130: 15, 160: 0} {
		require.InDelta(t, rate, read.Rate(at), 1e-9)
	}
	nonsense := []string{
		"", "1,1", "2,1\n1,1", "1,x\n200,1", "1,-1\n200,1", "1\n200", "0,NaN\n200,1", "NaN,1\n200,1", "0,1\n200,Inf", "0,1\nInf,1", "0,1\n200,1e300", "0,1\n1e12,1", "0,1\n30,1",
		"0,1\n200," + strings.Repeat("1", 100_000),
	}
	for _, text := range nonsense {
		_, err := ReadTraffic("trace.csv", strings.NewReader(text))
		require.ErrorContains(t, err, "trace.csv", "%q", text)
	}
}

// The average is what was asked for, whatever was recorded; the shape stays.
func TestTraffic_RecordedIsScaledToAnAverage(t *testing.T) {
	read, err := ReadTraffic("trace.csv", strings.NewReader("0,10\n100,30\n200,10\n"))
	require.NoError(t, err)
	scaled, err := read.Scaled(200)
	require.NoError(t, err)
	require.InEpsilon(t, 300, scaled.Rate(100), 0.001)
	require.InEpsilon(t, 100, scaled.Rate(0), 0.001)
	silent, err := ReadTraffic("silent.csv", strings.NewReader("0,0\n200,0\n"))
	require.NoError(t, err)
	_, err = silent.Scaled(200)
	require.ErrorContains(t, err, "silent.csv has no requests")
	quiet := small(t, "day", 1)
	quiet.Traffic = silent
	result := Simulate(quiet)
	require.Zero(t, result.Requests)
	require.Zero(t, result.WorstP99)
	require.InDelta(t, 2, result.Tasks, 1e-9)
}

// With as many tasks at least as at most nothing changes, whatever comes.
// What all but the task adds is added to each latency, by the rate that each task gets.
func TestSimulation_OverheadIsAddedToEachLatency(t *testing.T) {
	run := small(t, "climb", 25)
	plain := Simulate(run)
	run.Overhead = func(rate float64, _ *rand.Rand) float64 { return 10 + rate/1e9 }
	got := Simulate(run)
	require.InEpsilon(t, 10+plain.P99, got.P99, 0.01)
	require.InEpsilon(t, 10, got.Minutes[0].P50, 0.01)
	require.Equal(t, plain.Tasks, got.Tasks) //nolint:testifylint // The very same.
	var rates []float64
	run.Overhead = func(rate float64, _ *rand.Rand) float64 { rates = append(rates, rate); return 0 }
	require.Equal(t, plain, Simulate(run))
	require.InEpsilon(t, run.Traffic.Rate(5)/2, rates[0], 1e-9, "of two tasks")
}

func TestSimulation_FixedNumberStays(t *testing.T) {
	run := small(t, "spike", 40)
	run.Scaling.Max = run.Scaling.Min
	result := Simulate(run)
	for _, minute := range result.Minutes {
		require.InDelta(t, 2, minute.Tasks, 1e-9)
	}
	require.InDelta(t, 1-100/400.0, func() float64 { m := result.Minutes[30]; return m.Failed / m.Requests }(), 0.02, "what two tasks cannot answer fails")
}

func TestHistogram_QuantilesAreWithinAPercent(t *testing.T) {
	var h histogram
	require.Zero(t, h.quantile(0.99))
	for i := 1; i <= 1000; i++ {
		h.add(float64(i) / 1000)
	}
	require.InEpsilon(t, 0.5, h.quantile(0.5), 0.01)
	require.InEpsilon(t, 0.99, h.quantile(0.99), 0.01)
}
