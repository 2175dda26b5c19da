package trial

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/mote-dev/mote/infra/cmd/simulate-scaling/model"
)

// Programs are the paths of what is run.
type Programs struct{ Mote, HAProxy string }

// trial is one while it runs.
type trial struct {
	model.Run

	programs Programs
	folder   string
	balancer *balancer
	scaler   *model.Scaler
	begin    time.Time

	mutex sync.Mutex
	// tasks have a processor, offered get requests too; pending start, and billed is all of them. free are slots of the balancer.
	tasks, offered  []*task
	free            []int
	pending, billed int
	// minute is the point that goes on, running the seconds of tasks in it, and changed up to when they are counted; used is what tasks that have ended had used.
	minute        model.Minute
	running       float64
	changed, used float64
	minutes       []model.Minute
	failure       error
	timers        sync.WaitGroup
}

// slots are more than tasks may be, since those that drain keep theirs.
func slots(run model.Run) int { return 2 * run.Scaling.Max }

// Measure gives real tasks what the model is given, and returns what was seen, and by how much requests were sent late.
func Measure(run model.Run, programs Programs) (model.Result, [2]float64, error) {
	t, err := begin(run, programs)
	if err != nil {
		return model.Result{}, [2]float64{}, err
	}
	defer t.stop()
	outcomes := t.run()
	return result(run, t.minutes, outcomes), lateness(outcomes), t.failure
}

// begin starts the balancer and as many tasks as there are at first.
func begin(run model.Run, programs Programs) (*trial, error) {
	folder, err := os.MkdirTemp("", "mote-trial-")
	if err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	t := &trial{Run: run, programs: programs, folder: folder, scaler: model.NewScaler(run.Scaling)}
	for slot := range slots(run) {
		t.free = append(t.free, slot)
	}
	t.balancer, t.failure = startBalancer(programs.HAProxy, folder, slots(run), time.Duration(run.Service.IdleTimeout*float64(time.Second)))
	for range run.Scaling.Min {
		if t.failure == nil {
			t.billed++
			t.ready()
		}
	}
	if t.failure != nil {
		t.stop()
		return nil, t.failure
	}
	return t, nil
}

// run lets traffic and control loop go on side by side.
func (t *trial) run() []outcome {
	t.begin = time.Now()
	t.spent()
	for i := range int(t.Traffic.Length/t.Point + 0.5) {
		t.at(float64(i+1)*t.Point, t.endPoint)
	}
	outcomes := newLoad().send(t.begin, t.Traffic, t.Slot, t.Seed)
	t.timers.Wait()
	return outcomes
}

// at does something at a time of the run, one thing after another.
func (t *trial) at(when float64, do func()) {
	t.timers.Add(1)
	time.AfterFunc(time.Until(t.begin.Add(time.Duration(when*float64(time.Second)))), func() {
		defer t.timers.Done()
		t.mutex.Lock()
		defer t.mutex.Unlock()
		do()
	})
}

func (t *trial) now() float64 { return time.Since(t.begin).Seconds() }

// count adds up how long tasks ran since their number last changed.
func (t *trial) count() {
	now := t.now()
	t.running += float64(len(t.tasks)) * (now - t.changed)
	t.minute.Tasks += float64(t.billed) * (now - t.changed) / t.Point
	t.changed = now
}

func (t *trial) spent() float64 {
	sum := t.used
	t.used = 0
	for _, one := range t.tasks {
		sum += one.spent()
	}
	return sum
}

func (t *trial) endPoint() {
	t.count()
	m := &t.minute
	m.CPU = min(100, 100*t.spent()/(t.running*t.Service.Cores))
	m.At, m.Wanted = float64(len(t.minutes))*t.Point, t.wanted()
	t.minutes = append(t.minutes, *m)
	point := m.CPU
	t.minute, t.running = model.Minute{}, 0
	looked := float64(len(t.minutes))*t.Point + t.MetricDelay
	if looked >= t.Traffic.Length {
		return
	}
	t.at(looked, func() { t.resize(t.scaler.Observe(looked, []float64{point})) })
}

// wanted is how many tasks there will be once all have started and drained.
func (t *trial) wanted() int { return len(t.offered) + t.pending }

func (t *trial) resize(wanted int) {
	t.count()
	for t.wanted() < wanted {
		t.billed++
		t.pending++
		t.at(t.now()+t.StartSeconds+t.HealthSeconds, func() { t.count(); t.pending--; t.ready() })
	}
	for t.wanted() > wanted && len(t.offered) > 0 {
		t.leave(t.offered[0])
	}
}

// ready starts a task at once and lets it have requests.
func (t *trial) ready() {
	slot := t.free[0]
	t.free = t.free[1:]
	one, err := startTask(t.programs.Mote, slot, t.Service.Cores, t.Service.Queue)
	if err == nil {
		err = t.balancer.offer(slot)
		t.tasks, t.offered = append(t.tasks, one), append(t.offered, one)
	}
	t.failure = errors.Join(t.failure, err)
}

func (t *trial) leave(one *task) {
	t.offered = t.offered[1:]
	t.failure = errors.Join(t.failure, t.balancer.drain(one.slot))
	t.at(t.now()+t.DrainSeconds, func() {
		t.count()
		t.used += one.spent()
		t.tasks = slices.DeleteFunc(t.tasks, func(other *task) bool { return other == one })
		t.billed--
		t.failure = errors.Join(t.failure, t.balancer.remove(one.slot))
		one.stop()
		t.free = append(t.free, one.slot)
	})
}

func (t *trial) stop() {
	for _, one := range t.tasks {
		one.stop()
	}
	if t.balancer != nil {
		t.balancer.stop()
	}
	_ = os.RemoveAll(t.folder)
}
