package model

// Service is what runs, and what it costs to answer.
type Service struct {
	// Cores is the processor time that a task has a second; Work is what a request needs of it, in seconds.
	Cores, Work float64
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
		return 0, 0, false
	}
	begin, end := one.processor.serve(at, f.service.Work)
	f.accepted += f.service.Work
	return begin - at, end - at, end-at <= f.service.IdleTimeout
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
		work := 0.0
		if !one.draining {
			room := (f.longest() - one.processor.lead(from) + to - from) * f.service.Cores
			work = min(each*f.service.Work, max(0, room))
			failed += max(0, each-work/f.service.Work-rounding*each)
			f.accepted += work
		}
		one.processor.flow(from, work)
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
