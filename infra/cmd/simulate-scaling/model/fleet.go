package model

import "math"

// Service is what runs, and what it costs to answer.
type Service struct {
	// Cores is the processor time that a task has a second; Work is what a request needs of it, in seconds, and Wakeup what one needs besides that finds the task asleep:
	// with more to do, a server goes to the kernel and to sleep less often for each request.
	Cores, Work, Wakeup float64
	// Chill is what such a request needs besides once the task has slept for long, as little of it is left in the processor's caches then: 1 - 1/e of it after Cooling.
	Chill, Cooling float64
	// Connect is what a connection costs that the load balancer opens because all others wait for a response, and what a request costs that is rejected.
	Connect float64
	// Queue is how many requests a task holds before it answers 503.
	Queue int
	// IdleTimeout is after how long without an answer the load balancer responds 504, HealthTimeout after how long a health check has failed.
	IdleTimeout, HealthTimeout float64
}

// Capacity is how many requests a second one task can answer at most.
func (s Service) Capacity() float64 { return s.Cores / s.Work }

// task is one that runs. It is offered requests from ready until it drains.
type task struct {
	processor *processor
	draining  bool
	// connections are as many as requests waited at once so far: the load balancer keeps them.
	connections float64
}

// fleet spreads requests over tasks in turn, as a target group does unless it is told otherwise: load_balancing.algorithm.type in
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html. Each node of the load balancer has its own
// turn; here there is one.
type fleet struct {
	service Service
	tasks   []*task
	offered []*task
	turn    int
	// accepted is work that was taken since the last look.
	accepted float64
}

func (f *fleet) add(one *task) {
	f.tasks = append(f.tasks, one)
	f.offered = append(f.offered, one)
}

// drain takes the oldest task from the load balancer: which one ECS stops is its own choice.
func (f *fleet) drain() *task {
	one := f.offered[0]
	f.offered = f.offered[1:]
	one.draining = true
	return one
}

func (f *fleet) remove(one *task) {
	for i := range f.tasks {
		if f.tasks[i] == one {
			f.tasks = append(f.tasks[:i:i], f.tasks[i+1:]...)
			return
		}
	}
}

// arrive gives a request to the next task, and returns what it waited and took. It failed where the task was full or the load balancer gave up.
func (f *fleet) arrive(at float64) (wait, latency float64, ok bool) {
	if len(f.offered) == 0 {
		return 0, 0, false
	}
	f.turn++
	one := f.offered[f.turn%len(f.offered)]
	if one.processor.lead(at) >= f.longest() {
		f.spend(one, at, f.service.Connect)
		return 0, 0, false
	}
	begin, end := f.spend(one, at, f.service.cost(one, at))
	return begin - at, end - at, end-at <= f.service.IdleTimeout
}

func (f *fleet) spend(one *task, at, work float64) (begin, end float64) {
	f.accepted += work
	return one.processor.serve(at, work)
}

// cost is what a request needs that is not rejected.
func (s Service) cost(one *task, at float64) float64 {
	work := s.Work
	if slept := one.processor.slept(at); slept >= 0 {
		work += s.Wakeup + s.Chill*s.cooled(slept)
	}
	if waiting := one.processor.lead(at) * s.Capacity(); waiting >= one.connections {
		one.connections++
		work += s.Connect
	}
	return work
}

// cooled is which part of Chill a request needs that finds a task asleep for so long.
func (s Service) cooled(slept float64) float64 {
	if s.Cooling == 0 {
		return 1
	}
	return -math.Expm1(-slept / s.Cooling)
}

// awake is the processor time of so many requests in a time with the wakeups among them, at most what the task has: where a share u of time is busy, 1 - u of the
// requests find it asleep, so u = rate (Work + wakeup) / (1 + rate wakeup). Sleeps are as long as exponential ones are, after which 1 / (1 + rate Cooling) of Chill is needed.
func (s Service) awake(requests, length float64) float64 {
	rate := requests / length
	wakeup := s.Wakeup + s.Chill/(1+rate*s.Cooling)
	return length * min(s.Cores, rate*(s.Work+wakeup)/(1+rate*wakeup))
}

// longest is the wait at the end of a full queue.
func (f *fleet) longest() float64 { return float64(f.service.Queue) / f.service.Capacity() }

// flow serves a time's requests as a stream, without luck, and returns how many of them fail.
func (f *fleet) flow(from, to, requests float64) (failed float64) {
	if len(f.offered) == 0 {
		failed = requests
	}
	each := requests / float64(max(1, len(f.offered)))
	for _, one := range f.tasks {
		work, rejected := 0.0, 0.0
		if !one.draining {
			room := (f.longest() - one.processor.lead(from) + to - from) * f.service.Cores
			work = min(each*f.service.Work, max(0, room))
			rejected = max(0, each-work/f.service.Work-rounding*each)
			failed += rejected
		}
		spent := max(work, f.service.awake(work/f.service.Work, to-from)) + rejected*f.service.Connect
		f.accepted += spent
		one.processor.flow(from, spent)
		if lead := one.processor.lead(to); lead > f.service.IdleTimeout {
			failed += work / f.service.Work
		}
	}
	return min(failed, requests)
}

// backlog is the work that was taken and not yet done, in core seconds.
func (f *fleet) backlog(at float64) float64 {
	sum := 0.0
	for _, one := range f.tasks {
		sum += one.processor.lead(at) * f.service.Cores
	}
	return sum
}

// behind is the longest that a request waits now.
func (f *fleet) behind(at float64) float64 {
	longest := 0.0
	for _, one := range f.tasks {
		longest = max(longest, one.processor.lead(at))
	}
	return longest
}

// throttled is how often the tasks' quotas were spent before all was done.
func (f *fleet) throttled() int {
	sum := 0
	for _, one := range f.tasks {
		sum += one.processor.throttled
	}
	return sum
}
