package trial

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/simulate-scaling/model"
	"github.com/mote-dev/mote/infra/components/autoscaling"
)

func planned(t *testing.T) model.Run {
	t.Helper()
	run, err := Plan(MaxFactor, 1)
	require.NoError(t, err)
	run.Service.Work, run.Service.Wakeup = 50e-6, 100e-6
	return run
}

// Everything of the control loop is as much quicker, and the requests are as many a second.
func TestPlan_OnlyTheControlLoopIsQuicker(t *testing.T) {
	slow, err := Plan(1, 1)
	require.NoError(t, err)
	quick := planned(t)
	require.InDelta(t, autoscaling.InCooldownSeconds, slow.Scaling.InCooldown, 0)
	for _, pair := range [][2]float64{
		{slow.Point, quick.Point}, {slow.MetricDelay, quick.MetricDelay}, {slow.StartSeconds, quick.StartSeconds}, {slow.DrainSeconds, quick.DrainSeconds},
		{slow.Scaling.OutCooldown, quick.Scaling.OutCooldown}, {slow.Scaling.InCooldown, quick.Scaling.InCooldown}, {slow.Traffic.Length, quick.Traffic.Length},
	} {
		require.InEpsilon(t, pair[0], MaxFactor*pair[1], 1e-9)
	}
	require.InEpsilon(t, slow.Traffic.Rate(20*60), quick.Traffic.Rate(20), 1e-9)
	for _, factor := range []float64{0, -1, 61, 1e300} {
		_, err := Plan(factor, 1)
		require.ErrorContains(t, err, "-factor is")
	}
}

func TestResult_RequestsCountWhereTheyWereDue(t *testing.T) {
	run := model.Run{Point: 2}
	got := result(run, []model.Minute{{Tasks: 2, Wanted: 2}, {Tasks: 4, Wanted: 4}}, []outcome{
		{due: 0.1, latency: 5, ok: true}, {due: 1.9, latency: 1, ok: true}, {due: 2.0, latency: 9, ok: false}, {due: 3.9, latency: 3, ok: true},
	})
	require.InDelta(t, 2, got.Minutes[0].Requests, 0)
	require.InDelta(t, 5, got.Minutes[0].P99, 0)
	require.InDelta(t, 1, got.Minutes[1].Failed, 0)
	require.InDelta(t, 3, got.Minutes[1].P99, 0, "what failed has no latency")
	require.InDelta(t, 3, got.Tasks, 1e-9)
	require.Equal(t, 4, got.Most)
	require.InDelta(t, 0.25, got.ErrorShare(), 0)
}

// calibrated is a measurement with so many microseconds a request at each rate.
func calibrated(busy, calm, spike, rush float64) Calibration {
	return Calibration{
		Busy: busy * 1e-6, Connecting: 100e-6,
		Calm:  Asleep{Rate: calmRate, Tasks: fewest, Cost: calm * 1e-6, Overhead: []float64{1}},
		Spike: Asleep{Rate: spikeRate, Tasks: maxTasks, Cost: spike * 1e-6, Overhead: []float64{2}},
		Rush:  Asleep{Rate: rushRate, Tasks: fewest, Cost: rush * 1e-6},
	}
}

// What each rate costs is what the model says of tasks that get it.
func TestCalibration_ModelCostsWhatWasMeasured(t *testing.T) {
	c := calibrated(40, 200, 150, 125).and(calibrated(60, 160, 150, 115))
	run := c.apply(planned(t))
	require.InDelta(t, 50e-6, run.Service.Work, 1e-12)
	require.InDelta(t, 50e-6, run.Service.Connect, 1e-12)
	random := rand.New(rand.NewPCG(1, 1))
	require.InDelta(t, 1, run.Overhead(calmRate, random), 0)
	require.InDelta(t, 2, run.Overhead(spikeRate, random), 0)

	run.Service.Cores, run.Overhead = 1, nil
	for _, of := range []Asleep{c.Calm, c.Spike, c.Rush} {
		run.Scaling.Min, run.Scaling.Max = of.Tasks, of.Tasks
		run.Traffic.Rate = func(float64) float64 { return of.Rate * float64(of.Tasks) }
		used := 0.0
		result := model.Simulate(run)
		for _, minute := range result.Minutes {
			used += minute.CPU / 100 * float64(of.Tasks) * run.Point
		}
		// Those that wait for another need less: at the highest rate, some do.
		require.InEpsilon(t, of.Cost, used/result.Requests, 0.03, "at %v", of.Rate)
	}
}

// Where chance makes a longer sleep cheaper, or all the same, all sleeps cost the same.
func TestCalibration_ChanceDoesNotTurnCoolingAround(t *testing.T) {
	for _, c := range []Calibration{calibrated(50, 100, 110, 120), calibrated(50, 100, 100, 100)} {
		wakeup, chill, cooling := c.wakeup()
		require.InDelta(t, 0, chill, 1e-9)
		require.InEpsilon(t, 50e-6, wakeup, 1e-6)
		require.GreaterOrEqual(t, cooling, shortestCooling)
	}
}

func TestLateness_IsThatOfAllRequests(t *testing.T) {
	require.Equal(t, [2]float64{0.02, 0.03}, lateness([]outcome{{late: 0.01, latency: 7}, {late: 0.03, latency: 7}, {late: 0.02, latency: 7}}))
}

// What is off by more than a fifth is said to be.
func TestReport_SaysWhatIsOff(t *testing.T) {
	run := planned(t)
	simulated := model.Simulate(run)
	require.Len(t, simulated.Minutes, 90)
	report := Report{Factor: MaxFactor, Begin: time.Now()}
	for range 3 {
		report.Rounds = append(report.Rounds, Round{Measured: simulated, Simulated: simulated})
	}
	require.NotContains(t, report.String(), "**no**")
	for i := range report.Rounds[:2] {
		report.Rounds[i].Measured.Tasks *= 1.3
	}
	require.Contains(t, report.String(), "| 0.77 | **no** |")
	require.Contains(t, report.String(), fmt.Sprintf("| tasks, average | %.2f | %.2f |", 1.3*simulated.Tasks, simulated.Tasks))
	report.Rounds[0].Measured = simulated
	require.NotContains(t, report.String(), "**no**", "the median of three counts")
}

func TestBalancer_GivesEachTaskItsTurn(t *testing.T) {
	text := (&balancer{socket: "s"}).configuration(3, 20*time.Second)
	require.Contains(t, text, "balance roundrobin")
	require.Contains(t, text, "timeout server 20000ms")
	require.Contains(t, text, "server task2 127.0.0.1:29102 disabled")
	require.NotContains(t, text, "task3")
}
