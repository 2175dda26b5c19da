package trial

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/mote-dev/mote/infra/cmd/simulate-scaling/model"
)

// Round is one trial and the simulation of the same.
type Round struct {
	Calibration         Calibration
	Measured, Simulated model.Result
	// Late is by how much requests were sent late, in seconds: at the 50th and at the 99th percentile.
	Late [2]float64
}

// Report is what all rounds came to.
type Report struct {
	Factor float64
	Rounds []Round
	Begin  time.Time
	// Load is how many processes of the machine wanted a core, before and after.
	Load [2]string
}

// tolerance is how far the simulation may be off.
const tolerance = 0.2

// Validate runs so many rounds, each between two measurements of what a request costs.
func Validate(factor float64, rounds int, programs Programs, progress func(string)) (Report, error) {
	r := Report{Factor: factor, Begin: time.Now().UTC()}
	r.Load[0] = load1()
	for number := range rounds {
		run, err := Plan(factor, uint64(number+1))
		if err != nil {
			return r, err
		}
		one, err := round(run, programs)
		if err != nil {
			return r, err
		}
		r.Rounds = append(r.Rounds, one)
		progress(fmt.Sprintf("round %d of %d: %.2f tasks on average, simulated %.2f", number+1, rounds, one.Measured.Tasks, one.Simulated.Tasks))
	}
	r.Load[1] = load1()
	return r, nil
}

func round(run model.Run, programs Programs) (Round, error) {
	before, err := Calibrate(run, programs)
	if err != nil {
		return Round{}, err
	}
	measured, late, err := Measure(run, programs)
	if err != nil {
		return Round{}, err
	}
	after, err := Calibrate(run, programs)
	if err != nil {
		return Round{}, err
	}
	calibration := before.and(after)
	return Round{Calibration: calibration, Measured: measured, Simulated: model.Simulate(calibration.apply(run)), Late: late}, nil
}

// figure is one that is compared.
type figure struct {
	name, format string
	of           func(model.Result) float64
}

func figures() []figure {
	return []figure{
		{"requests", "%.0f", func(r model.Result) float64 { return r.Requests }},
		{"tasks, average", "%.2f", func(r model.Result) float64 { return r.Tasks }},
		{"tasks, most", "%.0f", func(r model.Result) float64 { return float64(r.Most) }},
		{"minutes from the spike until most tasks run", "%.1f", reached},
		{"CPU before the spike, percent", "%.0f", func(r model.Result) float64 { return cpu(r.Minutes[2:10]) }},
		{"CPU in the spike, percent", "%.0f", func(r model.Result) float64 { return cpu(r.Minutes[12:41]) }},
		{"CPU of all minutes, percent", "%.0f", func(r model.Result) float64 { return cpu(r.Minutes) }},
		{"errors, percent", "%.2f", func(r model.Result) float64 { return 100 * r.ErrorShare() }},
		{"p50 in the spike, ms", "%.1f", func(r model.Result) float64 {
			return latency(r.Minutes[12:41], func(m model.Minute) float64 { return m.P50 })
		}},
		{"p99 before the spike, ms", "%.0f", func(r model.Result) float64 {
			return latency(r.Minutes[2:10], func(m model.Minute) float64 { return m.P99 })
		}},
		{"p99 in the spike, ms", "%.0f", func(r model.Result) float64 {
			return latency(r.Minutes[12:41], func(m model.Minute) float64 { return m.P99 })
		}},
		{"p99 of all, ms", "%.0f", func(r model.Result) float64 { return 1000 * r.P99 }},
	}
}

// reached is when as many tasks as there ever are were there, from the begin of the spike.
func reached(r model.Result) float64 {
	for i, minute := range r.Minutes {
		if minute.Wanted == r.Most {
			return float64(i + 1 - 10)
		}
	}
	return math.Inf(1)
}

func cpu(minutes []model.Minute) float64 {
	sum := 0.0
	for _, minute := range minutes {
		sum += minute.CPU
	}
	return sum / float64(len(minutes))
}

// latency is the median of the minutes', in milliseconds.
func latency(minutes []model.Minute, of func(model.Minute) float64) float64 {
	var list []float64
	for _, minute := range minutes {
		list = append(list, 1000*of(minute))
	}
	return quantile(list, 0.5)
}

// median is that of all rounds.
func (r Report) median(of func(Round) float64) float64 {
	var list []float64
	for _, one := range r.Rounds {
		list = append(list, of(one))
	}
	return quantile(list, 0.5)
}

// String is the report as a document.
func (r Report) String() string {
	var text strings.Builder
	text.WriteString("# The simulation beside real tasks\n\n")
	fmt.Fprintf(&text, "Measured on %s by `make simulate VALIDATE=1`, %d rounds; every figure is the median. Ratios are what counts: the machine is shared.\n\n",
		r.Begin.Format("2006-01-02 15:04 UTC"), len(r.Rounds))
	fmt.Fprintf(&text, "- Machine: %d cores (%s), Linux %s; its load average was %s before and %s after.\n", runtime.NumCPU(), processor(), kernel(), r.Load[0], r.Load[1])
	fmt.Fprintf(&text, "- Tasks: processes of mote, each with a quota of %g core by a control group, behind HAProxy in turn. minTasks %d, maxTasks %d, targetCpuPercent %d.\n", cores, fewest, maxTasks, target)
	fmt.Fprintf(&text, "- Control loop: the simulation's own rules, fed with what the control groups count, %g times as quick as AWS's. Minutes below are AWS's.\n", r.Factor)
	fmt.Fprintf(&text, "- Load: `spike`, %g requests a second and then ten times that for half an hour, each sent when it is due; latency counts from then.\n", fewest*calmRate)
	r.writeCalibration(&text)
	r.writeTable(&text)
	r.chart(&text, "Tasks: measured, simulated", func(m model.Minute) float64 { return m.Tasks })
	r.chart(&text, "CPU, percent: measured, simulated", func(m model.Minute) float64 { return m.CPU })
	r.chart(&text, "p99, milliseconds: measured, simulated", func(m model.Minute) float64 { return 1000 * m.P99 })
	return strings.TrimSuffix(text.String(), "\n")
}

func (r Report) writeCalibration(text *strings.Builder) {
	micro := func(of func(Calibration) float64) float64 {
		return 1e6 * r.median(func(o Round) float64 { return of(o.Calibration) })
	}
	fmt.Fprintf(text, "- A request costs %.0f µs where others waited before it and %.0f where it opened a connection as well. Where it found its task asleep, it costs %.0f µs at %.0f requests a second for each task, as in calm, %.0f at %.0f,"+
		" as in the spike, and %.0f at %.0f, as in its first minutes: measured before and after each round.\n\n", micro(func(c Calibration) float64 { return c.Busy }), micro(func(c Calibration) float64 { return c.Connecting }),
		micro(func(c Calibration) float64 { return c.Calm.Cost }), float64(calmRate), micro(func(c Calibration) float64 { return c.Spike.Cost }), float64(spikeRate), micro(func(c Calibration) float64 { return c.Rush.Cost }), float64(rushRate))
	added := func(share float64, of func(Calibration) []float64) float64 {
		return 1e3 * r.median(func(o Round) float64 { return quantile(of(o.Calibration), share) })
	}
	calm, spike := func(c Calibration) []float64 { return c.Calm.Overhead }, func(c Calibration) []float64 { return c.Spike.Overhead }
	fmt.Fprintf(text, "Load, balancer and kernel add %.2f ms to a request that a task answers at once, and %.1f ms to one in a hundred of them, in calm, and %.2f and %.1f ms at the rate of the spike. To each simulated latency one of these is added, at random,"+
		" since the simulation knows none of the three. The load sent requests %.2f ms late at the median and %.1f ms at the 99th percentile.\n\n",
		added(0.5, calm), added(0.99, calm), added(0.5, spike), added(0.99, spike),
		1e3*r.median(func(o Round) float64 { return o.Late[0] }), 1e3*r.median(func(o Round) float64 { return o.Late[1] }))
}

func (r Report) writeTable(text *strings.Builder) {
	text.WriteString("| | measured | simulated | ratio | within 20 % |\n|---|---:|---:|---:|---|\n")
	for _, one := range figures() {
		measured := r.median(func(o Round) float64 { return one.of(o.Measured) })
		simulated := r.median(func(o Round) float64 { return one.of(o.Simulated) })
		ratio, holds := "", "**no**"
		if measured != 0 {
			ratio = fmt.Sprintf("%.2f", simulated/measured)
		}
		if math.Abs(simulated-measured) <= tolerance*measured {
			holds = "yes"
		}
		fmt.Fprintf(text, "| %s | "+one.format+" | "+one.format+" | %s | %s |\n", one.name, measured, simulated, ratio, holds)
	}
	text.WriteString("\n")
}

func (r Report) chart(text *strings.Builder, title string, of func(model.Minute) float64) {
	fmt.Fprintf(text, "```mermaid\nxychart-beta\n  title %q\n  x-axis \"minute\" 0 --> %d\n", title, len(r.Rounds[0].Measured.Minutes))
	for _, result := range []func(Round) model.Result{func(o Round) model.Result { return o.Measured }, func(o Round) model.Result { return o.Simulated }} {
		var values []string
		for i := range r.Rounds[0].Measured.Minutes {
			values = append(values, fmt.Sprintf("%.1f", r.median(func(o Round) float64 { return of(result(o).Minutes[i]) })))
		}
		fmt.Fprintf(text, "  line [%s]\n", strings.Join(values, ", "))
	}
	text.WriteString("```\n\n")
}

func load1() string { return firstField("/proc/loadavg") }

func kernel() string { return firstField("/proc/sys/kernel/osrelease") }

func firstField(path string) string {
	text, _ := os.ReadFile(path) //nolint:gosec // The kernel's own file.
	if fields := strings.Fields(string(text)); len(fields) > 0 {
		return fields[0]
	}
	return "unknown"
}

func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, is := strings.CutPrefix(line, "model name"); is {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return runtime.GOARCH
}
