// Package study asks the model about a stack: its own settings, the service time that the benchmark measured, and the bill that estimate-cost adds up.
package study

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/mote-dev/mote/infra/cmd/simulate-scaling/model"
	"github.com/mote-dev/mote/infra/components/autoscaling"
	"github.com/mote-dev/mote/infra/config"
	"github.com/mote-dev/mote/infra/internal/project"
)

// Options are what a person may choose. A zero is the default.
type Options struct {
	// Folder is that of Pulumi.yaml, and Bench the path of the benchmark's report.
	Folder, Bench string
	// Stack may be empty, for the defaults. Traffic is a shape or the path of a recorded one.
	Stack, Traffic string
	// Rate is how many requests a second a shape begins with, and a recorded traffic has on average.
	Rate float64
	// Server is a row of the benchmark; Work is used instead of what it says.
	Server string
	Work   time.Duration
	// Wakeup is what a request needs besides that finds its task asleep.
	Wakeup time.Duration
	// TaskStart is from the decision to a task that runs, and MetricDelay from the end of a minute to the look at its point.
	TaskStart, MetricDelay time.Duration
	Seed                   uint64
}

const (
	// DefaultStart is an assumption: there is no figure of AWS's for an image of a megabyte. Ten seconds for the network interface, and the rest for image, start
	// and the next round of ECS.
	DefaultStart = 25 * time.Second
	// DefaultMetricDelay is an assumption: CloudWatch gives no bound for the time until a minute's point is there and the alarm has looked at it.
	DefaultMetricDelay = time.Minute
	// queue is max_connections in gateway/src/limits.rs: the load balancer has one connection for each request that is not answered.
	queue = 16384
	// simulated is how many requests are simulated one by one at most, and slot for how many seconds the rate stays the same; triedSlot is the same for each of the
	// settings that are tried, of which there are dozens.
	simulated = 20e6
	slot      = 10
	triedSlot = 30
)

// What may be asked. A request of less than a microsecond, or of more than the load balancer waits, is a mistake in its unit.
const (
	leastWork, mostWork = time.Microsecond, time.Minute
	mostDelay           = time.Hour
)

// check refuses what no simulation is of.
func (o Options) check() error {
	switch {
	case !(o.Rate >= 0 && o.Rate <= model.MostRate):
		return fmt.Errorf("-rate is %g: it must be from 0 to %g requests a second", o.Rate, model.MostRate)
	case o.Work != 0 && (o.Work < leastWork || o.Work > mostWork):
		return fmt.Errorf("-work is %v: it must be from %v to %v", o.Work, leastWork, mostWork)
	case o.Wakeup < 0 || o.Wakeup > mostWork:
		return fmt.Errorf("-wakeup is %v: it must be from 0 to %v", o.Wakeup, mostWork)
	case o.TaskStart < 0 || o.TaskStart > mostDelay:
		return fmt.Errorf("-start is %v: it must be from 0 to %v", o.TaskStart, mostDelay)
	case o.MetricDelay < 0 || o.MetricDelay > mostDelay:
		return fmt.Errorf("-metric-delay is %v: it must be from 0 to %v", o.MetricDelay, mostDelay)
	}
	return nil
}

// start is a Monday in scalingTimezone, at midnight.
func start(timezone string) (time.Time, error) {
	place, err := time.LoadLocation(timezone)
	if err != nil {
		return time.Time{}, fmt.Errorf("load time zone: %w", err)
	}
	return time.Date(2026, time.January, 5, 0, 0, 0, 0, place), nil
}

// readConfig reads a stack's settings as the program does, and refuses what it refuses.
func readConfig(folder, stack string) (config.Config, error) {
	all, err := project.Config(folder, stack)
	if err != nil {
		return config.Config{}, err
	}
	var own []string
	if stack != "" {
		values, err := project.Values(folder, stack)
		if err != nil {
			return config.Config{}, err
		}
		for key := range values {
			own = append(own, strings.TrimPrefix(key, project.Name+":"))
		}
	}
	return config.Parse(func(key string) (string, bool) {
		value, present := all[project.Name+":"+key]
		return value, present
	}, own...)
}

// newRun is a simulation with a stack's settings.
func newRun(cfg config.Config, o Options, work time.Duration) (model.Run, error) {
	begin, err := start(cfg.Autoscaling.Timezone)
	if err != nil {
		return model.Run{}, err
	}
	run := model.Run{
		Service: model.Service{
			Cores:         float64(cfg.Service.CPU) / 1024,
			Work:          work.Seconds(),
			Wakeup:        o.Wakeup.Seconds(),
			Queue:         queue,
			IdleTimeout:   float64(cfg.LoadBalancer.IdleTimeout),
			HealthTimeout: float64(cfg.LoadBalancer.HealthTimeout),
		},
		Scaling:      scalingOf(cfg.Autoscaling),
		Start:        begin,
		StartSeconds: o.TaskStart.Seconds(),
		// A new target needs one check that passes: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
		HealthSeconds: float64(cfg.LoadBalancer.HealthInterval),
		DrainSeconds:  float64(cfg.LoadBalancer.DeregistrationDelay),
		Point:         time.Minute.Seconds(),
		MetricDelay:   o.MetricDelay.Seconds(),
		Seed:          o.Seed,
		Slot:          slot,
		Requests:      simulated,
	}
	if run.Actions, err = actions(cfg.Autoscaling.Schedule, begin); err != nil {
		return model.Run{}, err
	}
	run.Traffic, err = traffic(o, run)
	return run, err
}

func actions(schedule []autoscaling.ScheduledAction, begin time.Time) ([]model.Action, error) {
	var list []model.Action
	for _, action := range schedule {
		one, err := model.NewAction(action.Schedule, action.Min, action.Max, begin)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

func scalingOf(s autoscaling.Settings) model.Scaling {
	policies := []model.Policy{{Metric: model.CPU, Target: float64(s.CPUPercent)}}
	if s.RequestsPerMinute > 0 {
		policies = append(policies, model.Policy{Metric: model.Requests, Target: float64(s.RequestsPerMinute)})
	}
	return model.Scaling{
		Min: s.Min, Max: s.Max, Policies: policies,
		OutCooldown: autoscaling.OutCooldownSeconds, InCooldown: autoscaling.InCooldownSeconds,
	}
}

// startShare leaves a spike of ten times that for six tasks, of which two were there.
const startShare = 0.4

// traffic is a shape or a file. A shape begins with a rate, or with startShare of what the fewest tasks answer at the target; a file's average is made that rate.
func traffic(o Options, run model.Run) (model.Traffic, error) {
	if file, err := os.Open(o.Traffic); err == nil {
		defer func() { _ = file.Close() }()
		recorded, err := model.ReadTraffic(o.Traffic, file)
		if err != nil || o.Rate == 0 {
			return recorded, err
		}
		return recorded.Scaled(o.Rate)
	}
	base := o.Rate
	if base == 0 {
		base = startShare * float64(run.Scaling.Min) * run.Service.Capacity() * run.Scaling.Policies[0].Target / 100
	}
	return model.Shape(o.Traffic, base)
}
