package estimate

import (
	"fmt"
	"math"
	"strings"

	"github.com/mote-dev/mote/infra/internal/benchmark"
)

// What the comparison assumes; the document says it.
const (
	// targetUse is the CPU use at which tasks run: targetCpuPercent's default.
	targetUse = 0.6
	// fewest is how many tasks there are at least: minTasks' default.
	fewest = 2
	// transferred is what a request and its response are together in bytes, perConnection how many come on one connection.
	transferred   = 1000
	perConnection = 100
	// lineBytes is an access line of a browser's request with what CloudWatch adds to each, 626 and 26.
	lineBytes = 652
	// sample is the accessLogSample of the last column.
	sample = 100
	// functionGB and functionSeconds are a small function's: 128 MB, and two milliseconds for each request.
	functionGB      = 0.125
	functionSeconds = 0.002

	secondsPerMonth = hoursPerMonth * 3600
	billionADay     = 1e9 / 86400
)

// rates are what is compared, in requests a second.
var rates = []float64{1, 100, 10_000, billionADay}

// offer is a way to serve requests, with what it costs a month at a rate without logs.
type offer struct {
	name    string
	dollars func(rate float64) float64
}

// fargate is the default stack with other settings, and the time that a server needs for a request. More is added to the bill.
type fargate struct {
	name, server string
	changes      map[string]string
	more         float64
}

// Compare writes the table of docs/capacity.md, from the price table, the program and the benchmark's report.
func Compare(folder, report string) (string, error) {
	offers, err := offersOf(folder, report)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	text.WriteString("| dollars a month at | 1 request/s | 100 | 10,000 | a billion a day |\n|---|---:|---:|---:|---:|\n")
	for _, one := range offers {
		writeRow(&text, one.name, one.dollars)
	}
	writeRow(&text, "log lines, to be added to each: a line a request", func(rate float64) float64 { return logs(rate, 1) })
	writeRow(&text, fmt.Sprintf("the same with `accessLogSample: %d`", sample), func(rate float64) float64 { return logs(rate, sample) })
	writeRow(&text, "of the first row, the load balancer's capacity units", capacityUnits)
	fmt.Fprintf(&text, "\nList prices of %s in %s.\n", priceRegion, priceDate)
	return text.String(), nil
}

func writeRow(text *strings.Builder, name string, dollars func(float64) float64) {
	fmt.Fprintf(text, "| %s |", name)
	for _, rate := range rates {
		fmt.Fprintf(text, " %s |", figure(dollars(rate)))
	}
	text.WriteString("\n")
}

func offersOf(folder, report string) ([]offer, error) {
	var list []offer
	large := map[string]string{"cpu": "1024", "memory": "2048"}
	for _, one := range []fargate{
		{name: "**mote**, the default stack (x86)", server: "mote"},
		{name: "mote on ARM", server: "mote", changes: map[string]string{"architecture": "ARM64"}},
		{name: "mote on ARM and Spot", server: "mote", changes: map[string]string{"architecture": "ARM64", "spotPercent": "100"}},
		{name: "podinfo on the same stack", server: "podinfo"},
		{name: "Flask on the same stack", server: "flask"},
		{name: "ECS Express Mode with its defaults, 1 vCPU and 2 GB, mote in it", server: "mote", changes: large},
		{name: "EKS with pods on Fargate, mote in them", server: "mote", more: clusterHour * hoursPerMonth},
	} {
		made, err := one.offer(folder, report)
		if err != nil {
			return nil, err
		}
		list = append(list, made)
	}
	return append(list,
		offer{"Lambda with a function URL", function},
		offer{"Lambda with an HTTP API in front", func(rate float64) float64 { return function(rate) + gateway(rate) }}), nil
}

func (f fargate) offer(folder, report string) (offer, error) {
	bill, err := Changed(folder, "", f.changes)
	if err != nil {
		return offer{}, err
	}
	work, err := benchmark.Work(report, f.server)
	if err != nil {
		return offer{}, fmt.Errorf("price %s: %w", f.name, err)
	}
	return offer{f.name, func(rate float64) float64 {
		tasks := max(fewest, math.Ceil(rate*work.Seconds()/(bill.cores*targetUse)))
		return bill.With(tasks) + capacityUnits(rate) + f.more
	}}, nil
}

// capacityUnits are by what there is most of: connections, or bytes; https://aws.amazon.com/elasticloadbalancing/pricing/.
func capacityUnits(rate float64) float64 {
	connections := rate / perConnection / 25
	gigabytes := rate * transferred * 3600 / 1e9
	return max(connections, gigabytes) * capacityUnitHour * hoursPerMonth
}

func logs(rate, sampled float64) float64 {
	return rate / sampled * secondsPerMonth * lineBytes / 1e9 * logGigabyte
}

func function(rate float64) float64 {
	requests := rate * secondsPerMonth
	return requests/1e6*lambdaMillion + requests*functionSeconds*functionGB*lambdaGBSecond
}

func gateway(rate float64) float64 {
	millions := rate * secondsPerMonth / 1e6
	before := min(millions, apiMillionsBefore)
	return before*apiMillion + (millions-before)*apiMillionLater
}

// figure writes whole numbers from ten on, with commas.
func figure(dollars float64) string {
	if dollars < 10 {
		return fmt.Sprintf("%.2f", dollars)
	}
	text := fmt.Sprintf("%.0f", dollars)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
