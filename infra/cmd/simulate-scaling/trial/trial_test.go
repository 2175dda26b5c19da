package trial

import (
	"fmt"
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

// What the machine adds to every latency is told from what comes with load.
func TestMachine_IsMeasuredWhileTasksAreCalm(t *testing.T) {
	calm := []outcome{{latency: 0.003, late: 0.9}, {latency: 0.001}, {latency: 0.002}}
	got := machine(calm, []outcome{{late: 0.01, latency: 7}, {late: 0.03, latency: 7}, {late: 0.02, latency: 7}})
	require.Equal(t, Machine{Late: [2]float64{0.02, 0.03}, Latency: 0.002}, got)

	simulated := model.Result{Minutes: []model.Minute{{P50: 1, P99: 2}}, P99: 3, WorstP99: 4, Requests: 5}
	require.Equal(t, model.Result{Minutes: []model.Minute{{P50: 1.5, P99: 2.5}}, P99: 3.5, WorstP99: 4.5, Requests: 5}, plus(simulated, 0.5))
	require.InDelta(t, 1, simulated.Minutes[0].P50, 0, "the first stays as it was")
}

// What is off by more than a fifth is said to be.
func TestReport_SaysWhatIsOff(t *testing.T) {
	run := planned(t)
	simulated := model.Simulate(run)
	require.Len(t, simulated.Minutes, 90)
	report := Report{Factor: MaxFactor, Begin: time.Now()}
	for range 3 {
		report.Rounds = append(report.Rounds, Round{Service: run.Service, Measured: simulated, Simulated: simulated})
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
