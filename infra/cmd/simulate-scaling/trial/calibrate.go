package trial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/mote-dev/mote/infra/cmd/simulate-scaling/model"
)

const (
	// busyFor is long enough for thousands of requests of tasks that are busy, and asleepFor for as many of those that sleep between them.
	busyFor, asleepFor = 10 * time.Second, 15 * time.Second
	// clients ask at once where tasks are to have always something to do: four for each task that there may be.
	clients = 4 * maxTasks
	// unlimited is no quota: at the rate of the spike, a task that sleeps between two requests is not to wait for one as well.
	unlimited = 1.0
	// shortestCooling and longestCooling bound what is looked for. Without the first, rates that chance makes equal would be told apart by nothing.
	shortestCooling, longestCooling = 0.001, 0.1
	// rushRate is how many requests a second a task gets in the spike before there are more tasks, and spikeRate once there are as many as may be.
	rushRate  = calmRate * spikeTimes
	spikeRate = rushRate * fewest / maxTasks
)

// Asleep is what a request costs that finds its task asleep, in seconds, where each of some tasks gets so many a second, and what load, balancer and kernel add to the
// latency of each.
type Asleep struct {
	Rate     float64
	Tasks    int
	Cost     float64
	Overhead []float64
}

// Calibration is what was measured of tasks: what a request costs, in seconds, that waited for others, and that needs a connection; and those that find their task asleep,
// in calm, in the spike with all tasks, and in its first minutes.
type Calibration struct {
	Busy, Connecting  float64
	Calm, Spike, Rush Asleep
}

// Calibrate measures all of it. Requests go the way that the trial's go, save for those with a connection each; there are as many tasks as the trial has at such a rate,
// since they keep the caches of the processor warm for each other.
func Calibrate(run model.Run, programs Programs) (c Calibration, err error) {
	t, err := begin(run, programs)
	if err != nil {
		return c, err
	}
	defer t.stop()
	if c.Busy, err = t.busy(true); err != nil {
		return c, err
	}
	if c.Connecting, err = t.busy(false); err != nil {
		return c, err
	}
	if c.Calm, err = t.asleep(calmRate); err != nil {
		return c, err
	}
	if err := t.lift(); err != nil {
		return c, err
	}
	if c.Rush, err = t.asleep(rushRate); err != nil {
		return c, err
	}
	for len(t.tasks) < run.Scaling.Max && t.failure == nil {
		t.ready()
	}
	if err := errors.Join(t.failure, t.lift()); err != nil {
		return c, err
	}
	c.Spike, err = t.asleep(spikeRate)
	return c, err
}

// lift takes the quota from all tasks.
func (t *trial) lift() (err error) {
	for _, one := range t.tasks {
		err = errors.Join(err, one.group.limit(unlimited))
	}
	return err
}

// and is the average of two calibrations.
func (c Calibration) and(other Calibration) Calibration {
	return Calibration{
		Busy: (c.Busy + other.Busy) / 2, Connecting: (c.Connecting + other.Connecting) / 2,
		Calm: c.Calm.and(other.Calm), Spike: c.Spike.and(other.Spike), Rush: c.Rush.and(other.Rush),
	}
}

func (a Asleep) and(other Asleep) Asleep {
	return Asleep{Rate: a.Rate, Tasks: a.Tasks, Cost: (a.Cost + other.Cost) / 2, Overhead: slices.Concat(a.Overhead, other.Overhead)}
}

// apply gives the model what was measured.
func (c Calibration) apply(run model.Run) model.Run {
	run.Service.Work, run.Service.Connect = c.Busy, max(0, c.Connecting-c.Busy)
	run.Service.Wakeup, run.Service.Chill, run.Service.Cooling = c.wakeup()
	run.Overhead = func(rate float64, random *rand.Rand) float64 {
		list := c.Calm.Overhead
		if rate > math.Sqrt(calmRate*spikeRate) {
			list = c.Spike.Overhead
		}
		return list[random.IntN(len(list))]
	}
	return run
}

// wakeup is Wakeup, Chill and Cooling of the model, by which all three rates cost what was measured.
func (c Calibration) wakeup() (wakeup, chill, cooling float64) {
	calm, spike, rush := c.Calm.Cost, c.Spike.Cost, c.Rush.Cost
	least, most := shortestCooling, longestCooling
	for range 50 {
		cooling = (least + most) / 2
		// The longer it takes to cool, the less do the two higher rates differ.
		if (calm-spike)*(c.Spike.cooled(cooling)-c.Rush.cooled(cooling)) > (spike-rush)*(c.Calm.cooled(cooling)-c.Spike.cooled(cooling)) {
			least = cooling
		} else {
			most = cooling
		}
	}
	chill = max(0, (calm-rush)/(c.Calm.cooled(cooling)-c.Rush.cooled(cooling)))
	return max(0, calm-c.Busy-chill*c.Calm.cooled(cooling)), chill, cooling
}

// cooled is which part of Chill is needed. Requests come at random and go to tasks in turn, so a sleep is the sum of as many exponential times as there are tasks:
// 1 - (n rate Cooling / (1 + n rate Cooling))^n, without what it is shorter for the work.
func (a Asleep) cooled(cooling float64) float64 {
	n := float64(a.Tasks)
	return 1 - math.Pow(n*a.Rate*cooling/(1+n*a.Rate*cooling), n)
}

// asleep measures one rate.
func (t *trial) asleep(rate float64) (Asleep, error) {
	a := Asleep{Rate: rate, Tasks: len(t.tasks)}
	traffic := model.Traffic{Length: asleepFor.Seconds(), Rate: func(float64) float64 { return rate * float64(a.Tasks) }}
	t.spent()
	outcomes := newLoad().send(time.Now(), traffic, traffic.Length, t.Seed)
	a.Cost = t.spent() / float64(len(outcomes))
	for _, one := range outcomes {
		if !one.ok {
			return a, errors.New("measure the time of a request: one of a calm task failed")
		}
		a.Overhead = append(a.Overhead, max(0, one.latency-a.Cost))
	}
	return a, nil
}

// busy is what a request costs, in seconds, where others wait: by way of the balancer, whose connections last, or with a new one to a task each time.
func (t *trial) busy(lasting bool) (float64, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients, DisableKeepAlives: !lasting, DisableCompression: true}}
	var asked sync.WaitGroup
	counts, errs := make([]int, clients), make([]error, clients)
	t.spent()
	end := time.Now().Add(busyFor)
	for i := range clients {
		at := balancerPort
		if !lasting {
			at = port(t.tasks[i%len(t.tasks)].slot)
		}
		asked.Go(func() {
			for errs[i] == nil && time.Now().Before(end) {
				errs[i] = ask(client, fmt.Sprintf("http://127.0.0.1:%d/", at))
				counts[i]++
			}
		})
	}
	asked.Wait()
	used, count := t.spent(), 0
	for _, one := range counts {
		count += one
	}
	if err := errors.Join(errs...); err != nil {
		return 0, fmt.Errorf("measure the time of a request: %w", err)
	}
	return used / float64(count), nil
}

// ask makes a request, whose response has to be 200.
func ask(client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}
