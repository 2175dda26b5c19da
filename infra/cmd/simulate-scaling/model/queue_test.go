package model

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// meanWait simulates a queue of Poisson arrivals and returns what a request waits on average.
func meanWait(f *fleet, rate float64, requests int, seed uint64) float64 {
	random := rand.New(rand.NewPCG(seed, 1))
	at, sum := 0.0, 0.0
	for range requests {
		at += random.ExpFloat64() / rate
		wait, _, _ := f.arrive(at)
		sum += wait
	}
	return sum / float64(requests)
}

func wholeCores(tasks, cores int) *fleet {
	f := &fleet{service: Service{Cores: float64(cores), Work: 1, Queue: math.MaxInt32, IdleTimeout: math.Inf(1)}}
	for range tasks {
		f.add(&task{processor: newProcessor(float64(cores), 0, 0)})
	}
	return f
}

// exactWait is the average wait of M/D/c with a service time of one. After one service time, everyone who was in service has left, so what is in the
// system is what waited before and what arrived since: Crommelin, "Delay probability formulae when the holding times are constant", 1932; Tijms, "A First
// Course in Stochastic Models", 2003, section 9.6. The stationary distribution is found by iteration, and Little's law gives the wait.
func exactWait(rate float64, servers int) float64 {
	const most = 600
	arrivals := poisson(rate, most)
	now := make([]float64, most)
	now[0] = 1
	for range 4000 {
		next := make([]float64, most)
		for n, share := range now {
			if share < 1e-14 {
				continue
			}
			for k := 0; max(0, n-servers)+k < most && k < 120; k++ {
				next[max(0, n-servers)+k] += share * arrivals[k]
			}
		}
		change := 0.0
		for n := range next {
			change += math.Abs(next[n] - now[n])
		}
		now = next
		if change < 1e-9 {
			break
		}
	}
	waiting := 0.0
	for n, share := range now {
		waiting += float64(max(0, n-servers)) * share
	}
	return waiting / rate
}

func poisson(mean float64, most int) []float64 {
	list := make([]float64, most)
	list[0] = math.Exp(-mean)
	for k := 1; k < most; k++ {
		list[k] = list[k-1] * mean / float64(k)
	}
	return list
}

// The formula of Pollaczek and Khinchine for M/D/1: rho / 2 (1 - rho) service times.
func TestQueue_ExactWaitIsPollaczekKhinchineForOneServer(t *testing.T) {
	for _, load := range []float64{0.3, 0.6, 0.9} {
		require.InEpsilon(t, load/(2*(1-load)), exactWait(load, 1), 1e-4)
	}
}

// Requests given in turn to c queues wait as long as in one queue of c servers, where all take the same time: then a server is free again in the order in which it
// was taken. So one theory checks the load balancer's turn and the cores of one task.
func TestQueue_WaitsAreThoseOfMDc(t *testing.T) {
	const seed = 1
	random := rand.New(rand.NewPCG(seed, 2))
	for i := range 24 {
		servers, load := 1+random.IntN(8), 0.5+0.35*random.Float64()
		f := wholeCores(servers, 1)
		if i%2 == 0 {
			f = wholeCores(1, servers)
		}
		rate := load * float64(servers)
		exact := exactWait(rate, servers)
		require.InEpsilon(t, exact, meanWait(f, rate, 600_000, random.Uint64()), 0.05, "seed %d: %d servers at %.2f, one by one: %t", seed, servers, load, i%2 == 1)
	}
}

func TestProcessor_QuotaStandsStillOnceSpent(t *testing.T) {
	p := newProcessor(0.25, 0, 1)
	_, end := p.serve(0, 0.030)
	require.InDelta(t, 0.105, end, 1e-9, "25 ms in the first period, 5 ms in the second")
	require.Equal(t, 1, p.throttled)
	_, end = p.serve(0, 0.020)
	require.InDelta(t, 0.125, end, 1e-9, "what is left of the second period's quota is exactly enough")
	begin, _ := p.serve(0, 0.001)
	require.InDelta(t, 0.2, begin, 1e-9)
	begin, _ = p.serve(0.95, 0.001)
	require.InDelta(t, 0.95, begin, 1e-9, "a quota that was not used is not saved, and no wait is left")
}

func TestProcessor_NeverDoesMoreThanItsQuota(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cores := rapid.SampledFrom([]float64{0.25, 0.5}).Draw(t, "cores")
		p := newProcessor(cores, 0, rapid.Float64Range(0, 1).Draw(t, "phase"))
		at, ends, works := 0.0, []float64{}, []float64{}
		for range rapid.IntRange(1, 200).Draw(t, "requests") {
			at += rapid.Float64Range(0, 0.02).Draw(t, "gap")
			work := rapid.Float64Range(0.0001, 0.06).Draw(t, "work")
			begin, end := p.serve(at, work)
			require.GreaterOrEqual(t, begin, at)
			require.GreaterOrEqual(t, end, begin+work-1e-12)
			ends, works = append(ends, end), append(works, work)
		}
		done := 0.0
		for i, end := range ends {
			done += works[i]
			require.LessOrEqual(t, done, cores*(end+2*quotaPeriod)+1e-9)
		}
	})
}

func TestFleet_FullTaskRejects(t *testing.T) {
	f := &fleet{service: Service{Cores: 1, Work: 1, Queue: 3, IdleTimeout: 60}}
	f.add(&task{processor: newProcessor(1, 0, 0)})
	for range 3 {
		_, _, ok := f.arrive(0)
		require.True(t, ok)
	}
	_, _, ok := f.arrive(0)
	require.False(t, ok)
	_, latency, ok := f.arrive(1)
	require.True(t, ok)
	require.InDelta(t, 3, latency, 1e-9)
}

// A stream of requests leaves behind what requests one by one leave, where there are too many of them.
func TestFleet_StreamLeavesTheBacklogOfRequests(t *testing.T) {
	service := Service{Cores: 0.25, Work: 0.001, Queue: 400, IdleTimeout: 60}
	for _, rate := range []float64{200, 300, 1000} {
		single, stream := &fleet{service: service}, &fleet{service: service}
		for _, f := range []*fleet{single, stream} {
			f.add(&task{processor: newProcessor(0.25, 0, 1)})
			f.add(&task{processor: newProcessor(0.25, 0, 1)})
		}
		failed := 0.0
		for i := range int(2 * rate * 10) {
			if _, _, ok := single.arrive(float64(i) / (2 * rate)); !ok {
				failed++
			}
		}
		require.InDelta(t, failed, stream.flow(0, 10, 2*rate*10), 0.02*rate*20, "%v", rate)
		require.InDelta(t, single.backlog(10), stream.backlog(10), 0.06, "%v", rate)
	}
}

// A server that sleeps whenever it has nothing to do: busy for a share u of time, it is found asleep by 1 - u of requests that come at random.
func TestFleet_WakeupsAreTheShareThatFindsTheTaskAsleep(t *testing.T) {
	service := Service{Cores: 1, Work: 0.002, Wakeup: 0.006, Queue: math.MaxInt32, IdleTimeout: 60}
	for _, rate := range []float64{10, 100, 300} {
		f := &fleet{service: service}
		f.add(&task{processor: newProcessor(1, 0, 0), connections: math.Inf(1)})
		meanWait(f, rate, 200_000, 1)
		require.InEpsilon(t, rate*0.008/(1+rate*0.006), f.accepted/(200_000/rate), 0.03, "%v a second", rate)

		stream := &fleet{service: service}
		stream.add(&task{processor: newProcessor(1, 0, 0)})
		stream.flow(0, 100, 100*rate)
		require.InEpsilon(t, rate*0.008/(1+rate*0.006), stream.accepted/100, 1e-9)
	}
}

// The longer a task slept, the more its next request needs; a stream needs what requests one by one do.
func TestFleet_ShortSleepsCostLess(t *testing.T) {
	service := Service{Cores: 1, Work: 0.0002, Wakeup: 0.0001, Chill: 0.0005, Cooling: 0.005, Queue: math.MaxInt32, IdleTimeout: 60}
	f := &fleet{service: service}
	f.add(&task{processor: newProcessor(1, 0, 0), connections: math.Inf(1)})
	f.arrive(10)
	require.InDelta(t, 0.0008, f.accepted, 1e-9)
	f.accepted = 0
	f.arrive(10.0008 + 0.005)
	require.InDelta(t, 0.0003+0.0005*(1-1/math.E), f.accepted, 1e-9)

	for _, rate := range []float64{10, 100, 400} {
		single, stream := &fleet{service: service}, &fleet{service: service}
		single.add(&task{processor: newProcessor(1, 0, 0), connections: math.Inf(1)})
		stream.add(&task{processor: newProcessor(1, 0, 0)})
		meanWait(single, rate, 200_000, 1)
		stream.flow(0, 100, 100*rate)
		require.InEpsilon(t, single.accepted/(200_000/rate), stream.accepted/100, 0.03, "%v a second", rate)
	}
}

// Ten requests at once need ten connections, which are there for the next ten; one too many is rejected, which costs a connection as well.
func TestFleet_ConnectionsAreOpenedOnce(t *testing.T) {
	f := &fleet{service: Service{Cores: 1, Work: 0.1, Connect: 0.01, Queue: 10, IdleTimeout: 60}}
	f.add(&task{processor: newProcessor(1, 0, 0)})
	for _, at := range []float64{0, 100} {
		f.accepted = 0
		for range 9 {
			_, _, ok := f.arrive(at)
			require.True(t, ok)
		}
		require.InDelta(t, 9*0.1+map[float64]float64{0: 9 * 0.01, 100: 0}[at], f.accepted, 1e-9, "at %v", at)
	}
	for range 2 {
		f.arrive(100)
	}
	before := f.accepted
	_, _, ok := f.arrive(100)
	require.False(t, ok)
	require.InDelta(t, 0.01, f.accepted-before, 1e-9)
}
