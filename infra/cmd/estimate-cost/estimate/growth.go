package estimate

import (
	"fmt"
	"math"
	"strings"

	"github.com/mote-dev/mote/infra/internal/benchmark"
)

// limit is what the default stack runs into, how much of it there is, and how much of it a number of tasks needs.
type limit struct {
	name string
	most float64
	need func(tasks, cores float64) float64
}

// limits are AWS's default quotas, and the settings'. Fargate's is that of a new account:
// https://docs.aws.amazon.com/general/latest/gr/ecs-service.html, https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html.
func limits(maxTasks float64) []limit {
	each := func(tasks, _ float64) float64 { return tasks }
	return []limit{
		{"`maxTasks`", maxTasks, each},
		{"vCPUs on Fargate in an account", 6, func(tasks, cores float64) float64 { return tasks * cores }},
		{"targets in a target group", 1000, each},
		{"tasks in a service", 5000, each},
	}
}

// Growth writes what each power of ten needs of the default stack, and the limits that it passes.
func Growth(folder, report string) (string, error) {
	bill, err := Of(folder, "")
	if err != nil {
		return "", err
	}
	work, err := benchmark.Work(report, "mote")
	if err != nil {
		return "", fmt.Errorf("reckon tasks: %w", err)
	}
	var text strings.Builder
	text.WriteString("| requests/s | tasks of the default size | capacity units | access lines a day, GB | limits passed |\n|---:|---:|---:|---:|---|\n")
	for power := range 8 {
		rate := math.Pow10(power)
		tasks := max(fewest, math.Ceil(rate*work.Seconds()/(bill.cores*targetUse)))
		fmt.Fprintf(&text, "| %s | %s | %s | %s | %s |\n", count(rate), count(tasks), figure(capacityUnits(rate)/capacityUnitHour/hoursPerMonth),
			figure(rate*86400*lineBytes/1e9), passed(limits(bill.Max), tasks, bill.cores))
	}
	return text.String(), nil
}

// passed names the limits that are not enough.
func passed(all []limit, tasks, cores float64) string {
	var names []string
	for _, one := range all {
		if one.need(tasks, cores) > one.most {
			names = append(names, fmt.Sprintf("%s (%s)", one.name, count(one.most)))
		}
	}
	return strings.Join(names, ", ")
}

// count writes a whole number with commas.
func count(number float64) string {
	if number < 10 {
		return fmt.Sprintf("%.0f", number)
	}
	return figure(number)
}
