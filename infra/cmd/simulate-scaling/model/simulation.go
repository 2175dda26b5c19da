package model

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"time"
)

// Run is everything that a simulation depends on.
type Run struct {
	Service Service
	Scaling Scaling
	Actions []Action
	Traffic Traffic
	Start   time.Time
	// StartSeconds is from the decision to a task that runs, HealthSeconds from there until it gets requests, DrainSeconds from the decision to stop it to its end.
	StartSeconds, HealthSeconds, DrainSeconds float64
	// Point is the length of what a metric's point is about: AWS's minute, or less where everything is speeded up. MetricDelay is from its end to the moment when it is
	// looked at.
	Point, MetricDelay float64
	Seed               uint64
	// Slot is for how long the rate stays the same.
	Slot float64
	// Requests is how many are simulated one by one at most. With more, each slot begins with some of them and goes on as a stream, but for the two periods of
	// the quota that each slot begins with in any case.
	Requests float64
	// Overhead is what all but the task adds to the latency of a request, in seconds, where each task gets so many a second. Nil is nothing.
	Overhead func(rate float64, random *rand.Rand) float64
}

const (
	shortestWindow = 2 * quotaPeriod
	// windowRequests bounds what that costs: at more than 50,000 requests a second a window is shorter, and the tasks are so many that each shows what one does.
	windowRequests = 10_000
)

// Minute is what was seen in one, or in as long as a point of the metrics is.
type Minute struct {
	// At is its begin. Tasks is their average number, and Wanted the number at its end.
	At        float64
	Requests  float64
	Failed    float64
	Tasks     float64
	Wanted    int
	CPU       float64
	P50, P99  float64
	Throttled int
	// running is the average number of tasks that have a processor, which a task that is about to start has not.
	running float64
}

// Result is what came of a run.
type Result struct {
	Minutes []Minute
	// Requests arrived, of which Failed; P99 is that of all that were answered, and WorstP99 the worst minute's.
	Requests, Failed, P99, WorstP99 float64
	// Tasks is their average number, Most the largest.
	Tasks float64
	Most  int
	// Share is which part of time was simulated request by request.
	Share float64
	// Longest is the longest wait at the end of a minute.
	Longest float64
}

// ErrorShare is the share of requests that failed.
func (r Result) ErrorShare() float64 { return r.Failed / max(1, r.Requests) }

// simulation is one while it runs.
type simulation struct {
	Run

	fleet  fleet
	scaler *Scaler
	random *rand.Rand
	events events
	order  int
	now    float64
	share  float64

	minute    Minute
	latencies *histogram
	all       histogram
	backlog   float64
	throttled int
	billed    int
	result    Result
}

// Simulate runs to the end of the traffic.
func Simulate(run Run) Result {
	s := &simulation{Run: run, fleet: fleet{service: run.Service}, scaler: NewScaler(run.Scaling), latencies: &histogram{}}
	s.random = rand.New(rand.NewPCG(run.Seed, run.Seed)) //nolint:gosec // Chance has to be the same each time.
	s.share = min(1, run.Requests/total(run))
	s.result.Share = max(s.share, shortestWindow/run.Slot)
	s.startBounds()
	for range s.scaler.desired {
		s.billed++
		s.fleet.add(&task{processor: newProcessor(run.Service.Cores, 0, s.random.Float64())})
	}
	for at := run.Point; at <= run.Traffic.Length+rounding; at += run.Point {
		s.schedule(at, s.endMinute)
	}
	for s.now < run.Traffic.Length {
		next := min(run.Traffic.Length, (math.Floor(s.now/run.Slot+1e-9)+1)*run.Slot)
		if len(s.events) > 0 {
			next = min(next, s.events[0].at)
		}
		s.advance(next)
		for len(s.events) > 0 && s.events[0].at <= s.now {
			heap.Pop(&s.events).(event).do()
		}
	}
	s.result.P99 = s.all.quantile(0.99)
	s.result.Tasks /= float64(max(1, len(s.result.Minutes)))
	return s.result
}

// startBounds are those of the last scheduled action of the week before.
func (s *simulation) startBounds() {
	for ago := 7 * 24 * time.Hour; ago >= 0; ago -= time.Minute {
		for _, action := range s.Actions {
			if action.at(s.Start.Add(-ago)) {
				s.scaler.Min, s.scaler.Max = action.Min, action.Max
			}
		}
	}
	s.scaler.desired = s.scaler.Min
}

func total(run Run) float64 {
	sum := 0.0
	for at := 0.0; at < run.Traffic.Length; at += run.Slot {
		sum += run.Slot * run.Traffic.Rate(at)
	}
	return sum
}

// advance lets requests arrive until a time: one by one at first, then as a stream.
func (s *simulation) advance(to float64) {
	length := to - s.now
	rate := s.Traffic.Rate(s.now + length/2)
	until := s.now + min(length, max(length*s.share, min(shortestWindow, windowRequests/max(rate, 1))))
	if s.share >= 1 {
		until = to
	}
	s.minute.Tasks += float64(s.billed) * length / s.Point
	s.minute.running += float64(len(s.fleet.tasks)) * length / s.Point
	s.oneByOne(until, rate)
	if until < to {
		count := rate * (to - until)
		s.minute.Requests += count
		s.minute.Failed += s.fleet.flow(until, to, count)
	}
	s.now = to
}

func (s *simulation) oneByOne(until, rate float64) {
	if rate <= 0 {
		return
	}
	for at := s.now + s.random.ExpFloat64()/rate; at < until; at += s.random.ExpFloat64() / rate {
		s.minute.Requests++
		_, latency, ok := s.fleet.arrive(at)
		if !ok {
			s.minute.Failed++
			continue
		}
		if s.Overhead != nil {
			latency += s.Overhead(rate/float64(len(s.fleet.offered)), s.random)
		}
		s.latencies.add(latency)
		s.all.add(latency)
	}
}

// endMinute keeps what was seen, and gives the minute's points to the scaler later.
func (s *simulation) endMinute() {
	m := &s.minute
	m.At = s.now - s.Point
	backlog := s.fleet.backlog(s.now)
	able := m.running * s.Point * s.Service.Cores
	m.CPU = min(100, max(0, 100*(s.fleet.accepted+s.backlog-backlog)/max(able, 1e-9)))
	m.P50, m.P99 = s.latencies.quantile(0.5), s.latencies.quantile(0.99)
	m.Throttled = max(0, s.fleet.throttled()-s.throttled)
	m.Wanted = s.scaler.desired
	points := s.points(*m)
	s.schedule(s.now+s.MetricDelay, func() { s.resize(s.scaler.Observe(s.now, points)) })
	s.keep(*m)
	s.act()
	s.minute, s.latencies, s.fleet.accepted = Minute{}, &histogram{}, 0
	s.backlog, s.throttled = backlog, s.fleet.throttled()
}

func (s *simulation) points(m Minute) []float64 {
	var points []float64
	for _, policy := range s.Scaling.Policies {
		if policy.Metric == Requests {
			points = append(points, m.Requests/float64(max(1, len(s.fleet.offered))))
		} else {
			points = append(points, m.CPU)
		}
	}
	return points
}

func (s *simulation) keep(m Minute) {
	r := &s.result
	r.Minutes = append(r.Minutes, m)
	r.Requests += m.Requests
	r.Failed += m.Failed
	r.Tasks += m.Tasks
	r.Most = max(r.Most, s.billed)
	r.WorstP99 = max(r.WorstP99, m.P99)
	r.Longest = max(r.Longest, s.fleet.behind(s.now))
}

// act lets scheduled actions of this minute happen.
func (s *simulation) act() {
	now := s.Start.Add(time.Duration(s.now) * time.Second)
	for _, action := range s.Actions {
		if action.at(now) {
			s.scaler.bound(action.Min, action.Max)
			s.resize(s.scaler.desired)
		}
	}
}

// resize starts or stops tasks until there are as many as wanted. Those that start are billed from then on.
func (s *simulation) resize(wanted int) {
	for s.standing() < wanted {
		s.start()
	}
	for s.standing() > wanted && len(s.fleet.offered) > 0 {
		one := s.fleet.drain()
		s.schedule(s.now+s.DrainSeconds, func() {
			s.fleet.remove(one)
			s.billed--
		})
	}
}

// standing counts tasks that run or start, without those that drain.
func (s *simulation) standing() int {
	draining := 0
	for _, one := range s.fleet.tasks {
		if one.draining {
			draining++
		}
	}
	return s.billed - draining
}

func (s *simulation) start() {
	s.billed++
	s.schedule(s.now+s.StartSeconds+s.HealthSeconds, func() {
		s.fleet.add(&task{processor: newProcessor(s.Service.Cores, s.now, s.random.Float64())})
	})
}

// event is what happens at a time; of two at the same time, the one that was scheduled first.
type event struct {
	at    float64
	order int
	do    func()
}

func (s *simulation) schedule(at float64, do func()) {
	s.order++
	heap.Push(&s.events, event{at, s.order, do})
}

type events []event

func (e *events) Len() int { return len(*e) }
func (e *events) Less(i, j int) bool {
	a, b := (*e)[i], (*e)[j]
	return a.at < b.at || a.at == b.at && a.order < b.order
}
func (e *events) Swap(i, j int) { (*e)[i], (*e)[j] = (*e)[j], (*e)[i] }
func (e *events) Push(one any)  { *e = append(*e, one.(event)) }
func (e *events) Pop() any {
	one := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return one
}
