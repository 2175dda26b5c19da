package study_test

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/estimate-cost/estimate"
	"github.com/mote-dev/mote/infra/cmd/simulate-scaling/study"
	"github.com/mote-dev/mote/infra/internal/benchmark"
)

const (
	folder = "../../.."
	bench  = "../../../../bench/RESULTS.md"
)

func options(stack, traffic string) study.Options {
	return study.Options{
		Folder: folder, Bench: bench, Stack: stack, Traffic: traffic, Work: 10 * time.Millisecond,
		TaskStart: study.DefaultStart, MetricDelay: study.DefaultMetricDelay, Seed: 1,
	}
}

// with writes a stack of these settings beside a copy of the project's.
func with(t *testing.T, settings string) string {
	t.Helper()
	copied := t.TempDir()
	described, err := os.ReadFile(filepath.Join(folder, "Pulumi.yaml"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(copied, "Pulumi.yaml"), described, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(copied, "Pulumi.one.yaml"), []byte("config:\n"+settings), 0o600))
	return copied
}

func TestStudy_TakesTheStacksSettings(t *testing.T) {
	o := options("one", "spike")
	o.Folder = with(t, "  mote:minTasks: 3\n  mote:maxTasks: 9\n  mote:targetCpuPercent: 45\n  mote:cpu: 512\n  mote:memory: 1024\n  mote:targetRequestsPerMinute: 900\n")
	made, err := study.Of(o)
	require.NoError(t, err)
	require.Contains(t, made.String(), "minTasks 3, maxTasks 9, targetCpuPercent 45, targetRequestsPerMinute 900; 0.5 vCPU a task")
	require.Contains(t, made.String(), "a task answers 50 a second at most")
}

func TestStudy_RefusesWhatTheProgramRefuses(t *testing.T) {
	o := options("one", "spike")
	for settings, text := range map[string]string{
		"  mote:minTasks: 7\n":         "at least minTasks, which is 7",
		"  mote:targetCpuPercent: 5\n": "mote:targetCpuPercent",
		"  mote:mintasks: 3\n":         "mote:mintasks",
	} {
		o.Folder = with(t, settings)
		_, err := study.Of(o)
		require.ErrorContains(t, err, text)
	}
	o = options("", "tide")
	_, err := study.Of(o)
	require.ErrorContains(t, err, `"tide"`)
}

func TestStudy_RefusesNonsense(t *testing.T) {
	for text, change := range map[string]func(*study.Options){
		"-rate is NaN":           func(o *study.Options) { o.Rate = math.NaN() },
		"-rate is +Inf":          func(o *study.Options) { o.Rate = math.Inf(1) },
		"-rate is -5":            func(o *study.Options) { o.Rate = -5 },
		"-rate is 1e+09":         func(o *study.Options) { o.Rate = 1e9 },
		"-work is -5ms":          func(o *study.Options) { o.Work = -5 * time.Millisecond },
		"-work is 1ns":           func(o *study.Options) { o.Work = 1 },
		"-work is 1h0m0s":        func(o *study.Options) { o.Work = time.Hour },
		"-wakeup is -1s":         func(o *study.Options) { o.Wakeup = -time.Second },
		"-start is -5s":          func(o *study.Options) { o.TaskStart = -5 * time.Second },
		"-metric-delay is 1000h": func(o *study.Options) { o.MetricDelay = 1000 * time.Hour },
		"at least two lines":     func(o *study.Options) { o.Traffic = write(t, "") },
		"is a directory":         func(o *study.Options) { o.Traffic = t.TempDir() },
		"silent has no requests": func(o *study.Options) { o.Rate, o.Traffic = 5, write(t, "0,0\n600,0\n") },
		"must be from a minute":  func(o *study.Options) { o.Traffic = write(t, "0,1\n30,1\n") },
		"from 0 to 1e+07":        func(o *study.Options) { o.Traffic = write(t, "0,NaN\n600,1\n") },
		"Pulumi.nowhere.yaml":    func(o *study.Options) { o.Stack = "nowhere" },
	} {
		o := options("", "spike")
		change(&o)
		_, err := study.Of(o)
		require.ErrorContains(t, err, text)
	}
}

// write makes a file of recorded traffic.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "silent")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestStudy_BillIsThatOfEstimateCost(t *testing.T) {
	made, err := study.Of(options("prod", "climb"))
	require.NoError(t, err)
	bill, err := estimate.Of(folder, "prod")
	require.NoError(t, err)
	require.InDelta(t, bill.Total(), bill.With(bill.Min), 1e-9)
	require.InDelta(t, bill.Most(), bill.With(bill.Max), 1e-9)
	tasks := regexp.MustCompile(`; ([0-9.]+) tasks on average`).FindStringSubmatch(made.String())
	dollars := regexp.MustCompile(`A month like this costs ([0-9.]+) dollars`).FindStringSubmatch(made.String())
	average, err := strconv.ParseFloat(tasks[1], 64)
	require.NoError(t, err)
	cost, err := strconv.ParseFloat(dollars[1], 64)
	require.NoError(t, err)
	require.Greater(t, average, bill.Min)
	require.InDelta(t, bill.With(average), cost, 0.1)
}

// A spike is over before tasks have started, so more of them have to be there: that is what is advised.
func TestStudy_NamesSettingsThatSurviveASpike(t *testing.T) {
	made, err := study.Of(options("", "spike"))
	require.NoError(t, err)
	text := made.String()
	require.Contains(t, text, "The settings miss a p99 of at most 100 ms in each minute")
	require.Regexp(t, `\| minTasks [5-9], maxTasks [0-9]+, targetCpuPercent [0-9]+ \| [0-9.]+ \|`, text)
	again, err := study.Of(options("", "spike"))
	require.NoError(t, err)
	require.Equal(t, text, again.String(), "the same seed gives the same document")
	require.Equal(t, 5, strings.Count(text, "```mermaid\nxychart-beta\n"))
	require.Contains(t, text, "- Seed 1.")
}

// Nothing fails, and each waits: that is not good either.
func TestStudy_SlowIsNotGood(t *testing.T) {
	o := options("one", write(t, "0,48\n600,48\n"))
	o.Folder = with(t, "  mote:minTasks: 2\n  mote:maxTasks: 2\n")
	made, err := study.Of(o)
	require.NoError(t, err)
	require.Contains(t, made.String(), " requests, 0 failed")
	require.Contains(t, made.String(), "The settings miss a p99 of at most 100 ms")
	require.Regexp(t, `\| minTasks 2, maxTasks [3-9]|\| minTasks [3-9]`, made.String())
}

// Each server of the benchmark can be asked about.
func TestStudy_ServiceTimeIsThatOfTheBenchmark(t *testing.T) {
	report := filepath.Join(t.TempDir(), "KNEE.md")
	require.NoError(t, os.WriteFile(report, []byte("| server | requests | CPU µs a request | disk |\n|---|---:|---:|---:|\n| **mote** (x) | 9 | 1,021.5 | 1 |\n| **go** (y) | 9 | 20 | 1 |\n\n| other | a | b | c |\n"), 0o600))
	o := options("dev", "spike")
	o.Work, o.Bench, o.Server = 0, report, "mote"
	made, err := study.Of(o)
	require.NoError(t, err)
	require.Contains(t, made.String(), "1.0215ms of processor time (mote in bench/KNEE.md")
	o.Server = "rails"
	_, err = study.Of(o)
	require.ErrorContains(t, err, "but mote, go")
	for _, server := range []string{"mote", "flask", "podinfo", "go"} {
		work, err := benchmark.Work(bench, server)
		require.NoError(t, err)
		require.Greater(t, work, time.Microsecond)
	}
}
