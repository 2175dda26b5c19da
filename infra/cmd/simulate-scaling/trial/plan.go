package trial

import (
	"fmt"

	"github.com/mote-dev/mote/infra/cmd/simulate-scaling/model"
	"github.com/mote-dev/mote/infra/components/autoscaling"
)

// What is tried: tasks with three hundredths of a core, so that some hundred requests a second drive them and the rest of the machine has little to do. With one
// hundredth, the kernel's own grain shows, of which Fargate's quarter of a core has nothing: it gives out a quota in slices of up to 5 ms. In the spike two tasks just
// keep up, and six have a third of their quota left. Where tasks have none left, a request more or less decides whether they ever catch up, and latencies compare chance
// with chance.
const (
	cores      = 0.03
	fewest     = 2
	maxTasks   = 6
	target     = 60
	queue      = 8000
	idle       = 20.0
	calmRate   = 36.0
	spikeTimes = 10
	everything = 1e12
)

// MinFactor and MaxFactor are how much quicker than AWS's the control loop may be: at most ten periods of the quota are left of a minute.
const (
	MinFactor = 1
	MaxFactor = 60
)

// Plan is a spike of ten times as many requests, with everything that takes time so many times quicker: but for requests, and what they cost.
func Plan(factor float64, seed uint64) (model.Run, error) {
	if !(factor >= MinFactor && factor <= MaxFactor) {
		return model.Run{}, fmt.Errorf("-factor is %g: it must be from %d to %d", factor, MinFactor, MaxFactor)
	}
	shape, err := model.Shape("spike", fewest*calmRate)
	if err != nil {
		return model.Run{}, fmt.Errorf("plan a trial: %w", err)
	}
	return model.Run{
		Service: model.Service{Cores: cores, Queue: queue, IdleTimeout: idle, HealthTimeout: idle},
		Scaling: model.Scaling{
			Min: fewest, Max: maxTasks, Policies: []model.Policy{{Metric: model.CPU, Target: target}},
			OutCooldown: autoscaling.OutCooldownSeconds / factor, InCooldown: autoscaling.InCooldownSeconds / factor,
		},
		Traffic:      model.Traffic{Name: shape.Name, Length: shape.Length / factor, Rate: func(at float64) float64 { return shape.Rate(at * factor) }},
		StartSeconds: 25 / factor, HealthSeconds: 5 / factor, DrainSeconds: 10 / factor,
		Point: 60 / factor, MetricDelay: 60 / factor, Slot: 10 / factor, Requests: everything, Seed: seed,
	}, nil
}
