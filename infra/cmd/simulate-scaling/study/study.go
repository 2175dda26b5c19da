package study

import (
	"fmt"
	"slices"

	"github.com/mote-dev/mote/infra/cmd/estimate-cost/estimate"
	"github.com/mote-dev/mote/infra/cmd/simulate-scaling/model"
	"github.com/mote-dev/mote/infra/components/autoscaling"
	"github.com/mote-dev/mote/infra/config"
	"github.com/mote-dev/mote/infra/internal/benchmark"
)

// Study is a stack under a traffic.
type Study struct {
	options Options
	run     model.Run
	bill    *estimate.Bill
	result  model.Result
	better  []choice
}

// choice is a setting, what came of it, and what that costs a month.
type choice struct {
	scaling  model.Scaling
	schedule []autoscaling.ScheduledAction
	result   model.Result
	dollars  float64
}

// What a setting has to reach to be called better: the latency is that of the worst minute.
const (
	goodP99    = 0.1
	goodErrors = 1e-4
	// worthwhile is how many dollars a month a setting has to save if the stack's own reaches both.
	worthwhile = 1
)

// Of simulates a stack, and tries other settings.
func Of(o Options) (*Study, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	cfg, err := readConfig(o.Folder, o.Stack)
	if err != nil {
		return nil, err
	}
	if o.Work == 0 {
		if o.Work, err = benchmark.Work(o.Bench, o.Server); err != nil {
			return nil, err
		}
	}
	s := &Study{options: o}
	if s.run, err = newRun(cfg, o, o.Work); err != nil {
		return nil, err
	}
	if s.bill, err = estimate.Of(o.Folder, o.Stack); err != nil {
		return nil, err
	}
	s.result = model.Simulate(s.run)
	s.better, err = s.search()
	return s, err
}

// search tries settings around the stack's own and returns the cheapest that are good, at most three.
func (s *Study) search() ([]choice, error) {
	var good []choice
	for _, one := range s.choices() {
		var err error
		run := s.run
		run.Scaling, run.Slot, run.Requests = one.scaling, triedSlot, 0
		if one.schedule != nil {
			if run.Actions, err = actions(one.schedule, run.Start); err != nil {
				return nil, err
			}
		}
		one.result = model.Simulate(run)
		one.dollars = s.bill.With(one.result.Tasks)
		if now := s.now(); one.good() && (!now.good() || one.dollars < now.dollars-worthwhile) {
			good = append(good, one)
		}
	}
	slices.SortStableFunc(good, func(a, b choice) int { return int(100*a.dollars) - int(100*b.dollars) })
	return good[:min(3, len(good))], nil
}

// now is what the stack has.
func (s *Study) now() choice {
	return choice{scaling: s.run.Scaling, result: s.result, dollars: s.dollars()}
}

func (c choice) good() bool {
	return c.result.WorstP99 <= goodP99 && c.result.ErrorShare() <= goodErrors
}

// choices are targets and least numbers of tasks, each with as many tasks at most as the peak needs and a stack may have; where the traffic is a day's, also with the least number by
// the hour.
func (s *Study) choices() []choice {
	var list []choice
	for _, target := range targets(s.run.Scaling.Policies[0].Target) {
		peak := min(config.MaxTasks, s.needed(s.peak(), target))
		for _, low := range steps(s.run.Scaling.Min, min(config.MaxTasks, s.needed(s.peak(), maxUse))) {
			scaling := s.run.Scaling
			scaling.Policies = slices.Clone(scaling.Policies)
			scaling.Policies[0].Target = target
			scaling.Min, scaling.Max = low, max(scaling.Max, peak, low)
			list = append(list, choice{scaling: scaling})
			if schedule := s.schedule(scaling); s.run.Traffic.Name == "day" && low == s.run.Scaling.Min {
				list = append(list, choice{scaling: scaling, schedule: schedule})
			}
		}
	}
	return list
}

// maxUse is the CPU use, in percent, up to which no task falls behind.
const maxUse = 90

// targets are the stack's own and lower ones.
func targets(own float64) []float64 {
	list := []float64{own}
	for _, target := range []float64{70, 50, 30} {
		if target != own {
			list = append(list, target)
		}
	}
	return list
}

// steps goes from a number to another in at most five.
func steps(from, to int) []int {
	list := []int{from}
	for i := 1; i <= 4 && to > from; i++ {
		if next := from + (to-from)*i/4; next > list[len(list)-1] {
			list = append(list, next)
		}
	}
	return list
}

// needed is how many tasks answer a rate at a CPU use.
func (s *Study) needed(rate, percent float64) int {
	return int(rate/(s.run.Service.Capacity()*percent/100)) + 1
}

func (s *Study) peak() float64 { return s.highest(0, s.run.Traffic.Length) }

func (s *Study) highest(from, to float64) float64 {
	most := 0.0
	for at := from; at < to; at += 10 {
		most = max(most, s.run.Traffic.Rate(at))
	}
	return most
}

// schedule raises the least number of tasks four times a day to what the next six hours need.
func (s *Study) schedule(scaling model.Scaling) []autoscaling.ScheduledAction {
	const part = 6
	var list []autoscaling.ScheduledAction
	for hour := 0; hour < 24; hour += part {
		low := max(scaling.Min, min(config.MaxTasks, s.needed(s.highest(float64(hour)*3600, float64(hour+part)*3600), scaling.Policies[0].Target)))
		list = append(list, autoscaling.ScheduledAction{Schedule: fmt.Sprintf("cron(0 %d * * ? *)", hour), Min: low, Max: max(scaling.Max, low)})
	}
	return list
}
