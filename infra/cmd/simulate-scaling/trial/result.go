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

// lateness is by how much requests were sent late, in seconds: at the 50th and at the 99th percentile.
func lateness(outcomes []outcome) [2]float64 {
	late := make([]float64, len(outcomes))
	for i, one := range outcomes {
		late[i] = one.late
	}
	return [2]float64{quantile(late, 0.5), quantile(late, 0.99)}
}
