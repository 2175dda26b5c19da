// Package model is a service under load: requests, tasks with a quota of processor time, a load balancer, and target tracking as AWS documents it.
// Times are in seconds from the start. What AWS does not publish is an assumption, which says so where it is stated.
package model

import (
	"math"
	"slices"
)

// quotaPeriod is the kernel's, in which a group of processes may use its quota: cpu.max in
// https://docs.kernel.org/admin-guide/cgroup-v2.html, whose default is 100 ms.
const quotaPeriod = 0.1

// rounding is what sums may be off by.
const rounding = 1e-12

// processor serves requests in the order in which they arrive. Less than one core is one core that stands still once the quota of a period is
// spent, which the kernel counts as nr_throttled; n cores are n servers with one queue.
type processor struct {
	// cores is what the task may use on average; free is when each server has finished what it took.
	cores float64
	free  []float64
	// used is what of the quota is spent of the period that ends at end.
	used, end float64
	throttled int
}

func newProcessor(cores, from, phase float64) *processor {
	p := &processor{cores: cores, free: make([]float64, max(1, int(cores))), end: from + phase*quotaPeriod}
	for i := range p.free {
		p.free[i] = from
	}
	return p
}

// serve takes a request and returns when it has begun and ended.
func (p *processor) serve(at, work float64) (begin, end float64) {
	first := 0
	for i, free := range p.free {
		if free < p.free[first] {
			first = i
		}
	}
	begin = max(at, p.free[first])
	end = begin + work
	if p.cores < 1 {
		begin, end = p.withinQuota(begin, work)
	}
	p.free[first] = end
	return begin, end
}

// slept is for how long the server that a request finds has had nothing to do; less than zero if all have something to do.
func (p *processor) slept(at float64) float64 { return at - slices.Min(p.free) }

// withinQuota is when work begins and ends if each period has a part of its time only.
func (p *processor) withinQuota(at, work float64) (begin, end float64) {
	begin = -1
	for {
		p.roll(at)
		left := min(p.cores*quotaPeriod-p.used, p.end-at)
		if begin < 0 && left > rounding {
			begin = at
		}
		if work <= left+rounding {
			p.used += work
			return begin, at + work
		}
		if left < p.end-at {
			p.throttled++
		}
		p.used += left
		work -= left
		at = p.end
	}
}

// roll begins the period that a time is in.
func (p *processor) roll(at float64) {
	if at < p.end {
		return
	}
	p.end += quotaPeriod * (math.Floor((at-p.end)/quotaPeriod) + 1)
	if p.end <= at {
		p.end += quotaPeriod
	}
	p.used = 0
}

// lead is how far behind a time the processor is: what a request that arrives now waits, but for the quota's pauses.
func (p *processor) lead(at float64) float64 {
	sum := 0.0
	for _, free := range p.free {
		sum += max(0, free-at)
	}
	return sum / float64(len(p.free))
}

// flow adds work that is not served one by one: what the processor cannot do in time is left for later.
func (p *processor) flow(from, work float64) {
	for i, free := range p.free {
		p.free[i] = max(free, from) + work/p.cores
	}
}
