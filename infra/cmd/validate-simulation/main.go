// validate-simulation holds simulate-scaling against real tasks: scripts/dev/validate-simulation.sh calls it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/mote-dev/mote/infra/cmd/simulate-scaling/trial"
	"github.com/mote-dev/mote/infra/internal/commandline"
)

func main() {
	commandline.Introduce("validate-simulation -mote PROGRAM [-haproxy PROGRAM] [-rounds 5] [-factor 60] [-write FILE]; it needs root, for control groups")
	var programs trial.Programs
	flag.StringVar(&programs.Mote, "mote", "", "mote's program")
	flag.StringVar(&programs.HAProxy, "haproxy", "/usr/sbin/haproxy", "HAProxy's program")
	rounds := flag.Int("rounds", 5, "how often all is tried; figures are medians")
	factor := flag.Float64("factor", trial.MaxFactor, "how many times as quick as AWS's the control loop is")
	write := flag.String("write", "", "file that the report is written to; none prints it")
	flag.Parse()
	if err := validate(programs, *rounds, *factor, *write); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func validate(programs trial.Programs, rounds int, factor float64, path string) error {
	if programs.Mote == "" || rounds < 1 || flag.NArg() > 0 {
		return errors.New("-mote has to be a program, -rounds at least 1, and there is nothing else to name")
	}
	report, err := trial.Validate(factor, rounds, programs, func(line string) { fmt.Fprintln(os.Stderr, line) })
	if err != nil {
		return err
	}
	if path == "" {
		fmt.Print(report)
		return nil
	}
	return os.WriteFile(path, []byte(report.String()), 0o644) //nolint:gosec // A document.
}
