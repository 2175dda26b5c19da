package trial

import (
	"math"
	"slices"

	"github.com/mote-dev/mote/infra/cmd/simulate-scaling/model"
)

// result puts outcomes into the points in which they were due, as the model does.
func result(run model.Run, minutes []model.Minute, outcomes []outcome) model.Result {
	r := model.Result{Minutes: minutes}
	latencies, all := make([][]float64, len(minutes)), []float64{}
	for _, one := range outcomes {
		point := min(int(one.due/run.Point), len(minutes)-1)
		r.Requests++
		minutes[point].Requests++
		if !one.ok {
			r.Failed++
			minutes[point].Failed++
			continue
		}
		latencies[point], all = append(latencies[point], one.latency), append(all, one.latency)
	}
	for i := range minutes {
		minutes[i].P50, minutes[i].P99 = quantile(latencies[i], 0.5), quantile(latencies[i], 0.99)
		r.WorstP99 = max(r.WorstP99, minutes[i].P99)
		r.Tasks += minutes[i].Tasks / float64(len(minutes))
		r.Most = max(r.Most, minutes[i].Wanted)
	}
	r.P99 = quantile(all, 0.99)
	return r
}

// quantile is the value that a share of all is not above; zero if there are none.
func quantile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[max(0, int(math.Ceil(share*float64(len(values))))-1)]
}

// Machine is what load, balancer and kernel add to latencies, in seconds: the model knows none of them.
type Machine struct {
	// Late is by how much requests were sent late, at the 50th and 99th percentile; Latency is the median of those that tasks answered at once.
	Late    [2]float64
	Latency float64
}

func machine(calm, outcomes []outcome) Machine {
	return Machine{
		Late:    [2]float64{quantile(each(outcomes, late), 0.5), quantile(each(outcomes, late), 0.99)},
		Latency: quantile(each(calm, latencyOf), 0.5),
	}
}

func late(one outcome) float64      { return one.late }
func latencyOf(one outcome) float64 { return one.latency }

func each(outcomes []outcome, of func(outcome) float64) []float64 {
	var list []float64
	for _, one := range outcomes {
		list = append(list, of(one))
	}
	return list
}

// plus is a result whose requests take so much longer, each.
func plus(r model.Result, seconds float64) model.Result {
	r.Minutes = slices.Clone(r.Minutes)
	for i := range r.Minutes {
		r.Minutes[i].P50 += seconds
		r.Minutes[i].P99 += seconds
	}
	r.P99 += seconds
	r.WorstP99 += seconds
	return r
}
