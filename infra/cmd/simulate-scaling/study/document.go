package study

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/mote-dev/mote/infra/cmd/simulate-scaling/model"
)

// rows is how many lines the table has at most; each is of some minutes.
const rows = 24

// String is the study as a document: what it is about, a table, charts, and what would do better.
func (s *Study) String() string {
	var text strings.Builder
	name := s.options.Stack
	if name == "" {
		name = "with the defaults"
	}
	fmt.Fprintf(&text, "# Stack %s under traffic %q\n\n", name, s.run.Traffic.Name)
	s.writeAssumptions(&text)
	s.writeTable(&text)
	s.writeCharts(&text)
	s.writeSum(&text)
	s.writeBetter(&text)
	return text.String()
}

func (s *Study) writeAssumptions(text *strings.Builder) {
	o, service := s.options, s.run.Service
	source := "as was given"
	if o.Server != "" {
		source = o.Server + " in bench/" + filepath.Base(o.Bench) + ", measured on another processor than Fargate's"
	}
	fmt.Fprintf(text, "- Settings: %s; %g vCPU a task.\n", describe(s.run.Scaling), service.Cores)
	fmt.Fprintf(text, "- A request needs %v of processor time (%s): a task answers %s a second at most. Network and operating system add to the latencies.\n",
		o.Work, source, thousands(service.Capacity()))
	if o.Wakeup > 0 {
		fmt.Fprintf(text, "- One that finds its task asleep needs %v more.\n", o.Wakeup)
	}
	fmt.Fprintf(text, "- A task starts in %v and a minute's point is looked at %v after it: assumptions, for which AWS gives no figure. It gets requests after %gs of health check.\n",
		o.TaskStart, o.MetricDelay, s.run.HealthSeconds)
	fmt.Fprintf(text, "- A task holds %s requests and rejects more. Rejecting costs nothing here, and no task is replaced because its health checks wait.\n", thousands(float64(service.Queue)))
	fmt.Fprintf(text, "- Seed %d. Of the time, %.3g %% was simulated request by request, the rest as a stream that is behind or is not.\n\n", o.Seed, 100*s.result.Share)
}

func describe(s model.Scaling) string {
	targets := []string{}
	for _, policy := range s.Policies {
		if policy.Metric == model.Requests {
			targets = append(targets, fmt.Sprintf("targetRequestsPerMinute %.0f", policy.Target))
		} else {
			targets = append(targets, fmt.Sprintf("targetCpuPercent %.0f", policy.Target))
		}
	}
	return fmt.Sprintf("minTasks %d, maxTasks %d, %s", s.Min, s.Max, strings.Join(targets, ", "))
}

// line is a table's: some minutes together.
type line struct {
	at, rate, tasks, cpu, p50, p99, failed float64
	wanted, throttled                      int
}

// lines puts minutes together: rates and shares are averages, latencies the worst.
func (s *Study) lines() []line {
	minutes := s.result.Minutes
	each := (len(minutes) + rows - 1) / rows
	var list []line
	for len(minutes) > 0 {
		part := minutes[:min(each, len(minutes))]
		minutes = minutes[len(part):]
		list = append(list, together(part))
	}
	return list
}

func together(part []model.Minute) line {
	one := line{at: part[0].At, wanted: part[len(part)-1].Wanted}
	requests, failed, count := 0.0, 0.0, float64(len(part))
	for _, minute := range part {
		requests += minute.Requests
		failed += minute.Failed
		one.tasks += minute.Tasks / count
		one.cpu += minute.CPU / count
		one.p50, one.p99 = max(one.p50, minute.P50), max(one.p99, minute.P99)
		one.throttled += minute.Throttled
	}
	one.rate, one.failed = requests/count/60, failed/max(1, requests)
	return one
}

func (s *Study) writeTable(text *strings.Builder) {
	text.WriteString("| time | requests/s | tasks | wanted | CPU | p50, worst minute | p99, worst minute | errors |\n|---|" + strings.Repeat("---:|", 7) + "\n")
	for _, one := range s.lines() {
		fmt.Fprintf(text, "| %s | %s | %.1f | %d | %.0f %% | %s | %s | %s |\n", clock(one.at), thousands(one.rate), one.tasks, one.wanted, one.cpu,
			milliseconds(one.p50), milliseconds(one.p99), percent(one.failed))
	}
	text.WriteString("\n")
}

// writeCharts draws in Mermaid, as the benchmark does.
func (s *Study) writeCharts(text *strings.Builder) {
	list := s.lines()
	s.chart(text, "Requests a second, thousands", list, func(l line) float64 { return l.rate / 1000 })
	s.chart(text, "Tasks", list, func(l line) float64 { return l.tasks })
	s.chart(text, "CPU, percent", list, func(l line) float64 { return l.cpu })
	s.chart(text, "p99, milliseconds", list, func(l line) float64 { return 1000 * l.p99 })
	s.chart(text, "Errors, percent", list, func(l line) float64 { return 100 * l.failed })
}

func (s *Study) chart(text *strings.Builder, title string, list []line, of func(line) float64) {
	times, values := make([]string, len(list)), make([]string, len(list))
	for i, one := range list {
		times[i], values[i] = fmt.Sprintf("%q", clock(one.at)), fmt.Sprintf("%.2f", of(one))
	}
	fmt.Fprintf(text, "```mermaid\nxychart-beta\n  title %q\n  x-axis [%s]\n  line [%s]\n```\n\n", title, strings.Join(times, ", "), strings.Join(values, ", "))
}

func (s *Study) writeSum(text *strings.Builder) {
	r := s.result
	fmt.Fprintf(text, "Together: %s requests, %s failed; p99 %s, in the worst minute %s; %.2f tasks on average and %d at most.\n", thousands(r.Requests), percent(r.ErrorShare()),
		milliseconds(r.P99), milliseconds(r.WorstP99), r.Tasks, r.Most)
	fmt.Fprintf(text, "A month like this costs %.2f dollars as estimate-cost adds it up, without what depends on use.\n", s.dollars())
	if r.Longest > s.run.Service.HealthTimeout {
		fmt.Fprintf(text, "Health checks would fail: requests wait up to %.1f s, and a check %.0f s. ECS would replace tasks, which makes it worse.\n", r.Longest, s.run.Service.HealthTimeout)
	}
	text.WriteString("\n")
}

// dollars are a month's in which traffic repeats.
func (s *Study) dollars() float64 { return s.bill.With(s.result.Tasks) }

func (s *Study) writeBetter(text *strings.Builder) {
	aim := fmt.Sprintf("a p99 of at most %.0f ms in each minute and at most %g %% errors", 1000*goodP99, 100*goodErrors)
	switch good := s.now().good(); {
	case good && len(s.better) == 0:
		fmt.Fprintf(text, "The settings reach %s, and none that was tried costs less.\n", aim)
		return
	case len(s.better) == 0:
		fmt.Fprintf(text, "None of the settings that were tried reaches %s.\n", aim)
		return
	case good:
		fmt.Fprintf(text, "The settings reach %s. These do so for less:\n\n", aim)
	default:
		fmt.Fprintf(text, "The settings miss %s. These reach it:\n\n", aim)
	}
	text.WriteString("| settings | dollars a month | tasks, average | p99, worst minute | errors |\n|---|" + strings.Repeat("---:|", 4) + "\n")
	for _, one := range s.better {
		fmt.Fprintf(text, "| %s | %.2f | %.2f | %s | %s |\n", one, one.dollars, one.result.Tasks, milliseconds(one.result.WorstP99), percent(one.result.ErrorShare()))
	}
}

// String names the settings of a choice.
func (c choice) String() string {
	text := describe(c.scaling)
	if c.schedule == nil {
		return text
	}
	entries := []string{}
	for _, action := range c.schedule {
		entries = append(entries, fmt.Sprintf("`%s %d %d`", action.Schedule, action.Min, action.Max))
	}
	return text + ", scalingSchedule " + strings.Join(entries, ", ")
}

func clock(seconds float64) string {
	return time.Unix(int64(seconds), 0).UTC().Format("15:04")
}

func milliseconds(seconds float64) string {
	if seconds < 0.01 {
		return fmt.Sprintf("%.2f ms", 1000*seconds)
	}
	return thousands(1000*seconds) + " ms"
}

func percent(share float64) string {
	if share == 0 {
		return "0"
	}
	return fmt.Sprintf("%.2g %%", 100*share)
}

// thousands writes a whole number with commas.
func thousands(value float64) string {
	text := fmt.Sprintf("%.0f", value)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
