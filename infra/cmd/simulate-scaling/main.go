// simulate-scaling says before a deployment what a stack does under a traffic: make simulate STACK=prod TRAFFIC=spike, or go run ./cmd/simulate-scaling -help in
// the folder of Pulumi.yaml.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/mote-dev/mote/infra/cmd/simulate-scaling/model"
	"github.com/mote-dev/mote/infra/cmd/simulate-scaling/study"
	"github.com/mote-dev/mote/infra/internal/commandline"
)

func main() {
	commandline.Introduce("simulate-scaling [-stack STACK] [-traffic " + model.Shapes + " or FILE] [-rate N] [-bench FILE] [-server mote] [-work 5ms] [-wakeup 20us] [-start 25s] [-metric-delay 1m] [-seed 1]")
	o := study.Options{Folder: "."}
	flag.StringVar(&o.Stack, "stack", "", "stack whose settings are taken; none has the defaults")
	flag.StringVar(&o.Traffic, "traffic", "day", model.Shapes+", or a file with seconds and requests a second in each line")
	flag.Float64Var(&o.Rate, "rate", 0, "requests a second that day, spike and climb begin with, or the average of a file; 0: a file's own, or 0.4 of what the fewest tasks answer at the target")
	flag.StringVar(&o.Bench, "bench", "../bench/RESULTS.md", "report with the time of a request; ../bench/KNEE.md has that of a task at its limit")
	flag.StringVar(&o.Server, "server", "mote", "server of that report")
	flag.DurationVar(&o.Work, "work", 0, "processor time of a request, such as 5ms, instead of a server's")
	flag.DurationVar(&o.Wakeup, "wakeup", 0, "processor time that a request needs besides, such as 20us, where its task has nothing else to do")
	flag.DurationVar(&o.TaskStart, "start", study.DefaultStart, "time until a new task runs")
	flag.DurationVar(&o.MetricDelay, "metric-delay", study.DefaultMetricDelay, "time after a minute until its point is looked at")
	flag.Uint64Var(&o.Seed, "seed", 1, "seed of chance: the same seed gives the same result")
	flag.Parse()
	if flag.NArg() > 0 {
		fail(fmt.Errorf("%q is no option: go run ./cmd/simulate-scaling -help lists them", flag.Arg(0)))
	}
	if o.Work != 0 {
		o.Server = ""
	}
	result, err := study.Of(o)
	if err != nil {
		fail(err)
	}
	fmt.Print(result)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "error:", err)
	os.Exit(1)
}
