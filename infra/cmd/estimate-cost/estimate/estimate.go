// Package estimate adds up what a stack costs a month from the resources that its program asks for. What depends on use is left out and said.
package estimate

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/mote-dev/mote/infra/internal/dryrun"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// Line is one kind of thing on the bill.
type Line struct {
	What    string
	Count   float64
	Dollars float64
}

// Bill is a stack's, with as few tasks as it runs and with as many.
type Bill struct {
	Stack string
	Lines []Line
	// PerTask is what each further task costs, up to Max tasks; Min of them are in Lines.
	PerTask  float64
	Min, Max float64
	// cores is the processor of one task.
	cores float64
	// managed is whether Amazon's Prometheus has the metrics, and bills the samples that are read there.
	managed bool
}

// Of estimates a stack of the project in a folder. An empty stack has the defaults only.
func Of(folder, stack string) (*Bill, error) { return Changed(folder, stack, nil) }

// Changed estimates it with other settings over its own.
func Changed(folder, stack string, changes map[string]string) (*Bill, error) {
	recording, err := dryrun.Record(folder, stack, changes)
	if err != nil {
		return nil, err
	}
	return add(stack, recording)
}

// add goes through the resources and prices those that cost something by themselves.
func add(stack string, recording *pulumimocks.Recording) (*Bill, error) {
	bill := &Bill{Stack: stack}
	bill.line("key of state and secrets, one for all stacks of an account", 1, keyMonth)
	if found, is := thePods(recording); is {
		bill.kubernetes(found)
		for _, one := range recording.Resources {
			bill.price(one)
		}
		return bill, nil
	}
	task, err := theTask(recording)
	if err != nil {
		return nil, err
	}
	bill.PerTask, bill.cores = task.dollars(), task.cpu
	if task.metrics {
		bill.line("metrics of the service", customMetrics, metricMonth)
	}
	for _, one := range recording.Resources {
		switch one.Type {
		case "aws:ecs/service:Service":
			if err := bill.service(recording, one, task); err != nil {
				return nil, err
			}
		case "aws:appautoscaling/target:Target":
			bill.Max = number(one.Inputs["maxCapacity"])
		default:
			bill.price(one)
		}
	}
	if bill.managed {
		bill.line("ten million samples for Amazon's Prometheus", bill.Min*samplesPerScrape*scrapesPerHour*hoursPerMonth/1e7, samplesDollars)
	}
	return bill, nil
}

// service prices the fewest tasks of a service: those that are scaled, or those of what watches them.
func (b *Bill) service(recording *pulumimocks.Recording, one pulumimocks.Resource, scaled task) error {
	count := number(one.Inputs["desiredCount"])
	if served(one) {
		b.Min = count
		b.tasks("tasks", count, scaled)
		return nil
	}
	task, err := taskOf(recording, one)
	if err != nil {
		return err
	}
	b.tasks("what collects metrics", count, task)
	return nil
}

func (b *Bill) tasks(what string, count float64, task task) {
	b.line(what+": "+task.String(), count, task.capacity())
	if task.public {
		b.line("public addresses of tasks", count, dollarsPerIP)
	}
}

// price adds a resource that costs something by itself.
func (b *Bill) price(one pulumimocks.Resource) {
	switch one.Type {
	case "aws:lb/loadBalancer:LoadBalancer":
		b.line("load balancer, without its traffic", 1, balancerHour*hoursPerMonth)
		b.line("public addresses of the load balancer, one a zone", length(one.Inputs["subnets"]), dollarsPerIP)
	case "aws:ec2/natGateway:NatGateway":
		b.line("NAT gateways, without their traffic", 1, natHour*hoursPerMonth)
	case "aws:ec2/eip:Eip":
		b.line("public addresses of NAT gateways", 1, dollarsPerIP)
	case "aws:ec2/vpcEndpoint:VpcEndpoint":
		if one.Inputs["vpcEndpointType"] == "Interface" {
			b.line("endpoints, each in each zone, without their traffic", length(one.Inputs["subnetIds"]), endpointHour*hoursPerMonth)
		}
	case "aws:secretsmanager/secret:Secret":
		b.line("secret with the password of Grafana", 1, secretMonth)
	case "aws:amp/workspace:Workspace":
		b.managed = true
	case "aws:grafana/workspace:Workspace":
		b.line("users of Amazon's Grafana, one who edits", 1, editorMonth)
	case "aws:cloudwatch/dashboard:Dashboard":
		b.line("dashboard, unless it is among the account's first three", 1, dashboardMonth)
	case "aws:cloudwatch/metricAlarm:MetricAlarm":
		// An alarm on a sum is billed for each metric in it; the sum itself is one of the queries.
		b.line("alarms, by their metrics", max(1, length(one.Inputs["metricQueries"])-1), alarmMonth)
	}
}

// line adds to a line, or begins it.
func (b *Bill) line(what string, count, dollars float64) {
	for i := range b.Lines {
		if b.Lines[i].What == what {
			b.Lines[i].Count += count
			b.Lines[i].Dollars += count * dollars
			return
		}
	}
	b.Lines = append(b.Lines, Line{What: what, Count: count, Dollars: count * dollars})
}

// Total is the bill with the fewest tasks, Most with the most.
func (b *Bill) Total() float64 {
	sum := 0.0
	for _, line := range b.Lines {
		sum += line.Dollars
	}
	return sum
}

// With is the bill when there are so many tasks on average.
func (b *Bill) With(tasks float64) float64 { return b.Total() + (tasks-b.Min)*b.PerTask }

// Most is the bill when autoscaling runs as many tasks as it may, all month.
func (b *Bill) Most() float64 { return b.With(b.Max) }

// String is the bill as a table.
func (b *Bill) String() string {
	var text strings.Builder
	name := b.Stack
	if name == "" {
		name = "with the defaults"
	}
	fmt.Fprintf(&text, "stack %s, dollars a month, list prices of %s in %s\n\n", name, priceRegion, priceDate)
	for _, line := range b.Lines {
		fmt.Fprintf(&text, "  %8.2f  %3.0f  %s\n", line.Dollars, line.Count, line.What)
	}
	fmt.Fprintf(&text, "  %8.2f       together, with %.0f tasks\n", b.Total(), b.Min)
	fmt.Fprintf(&text, "  %8.2f       with %.0f tasks all month, the most that autoscaling starts\n\n", b.Most(), b.Max)
	read := ""
	if b.managed {
		read = fmt.Sprintf("; samples that rules and dashboard read, %.2f a billion", readDollars)
	}
	fmt.Fprintf(&text, "By use, and not in here: traffic; the load balancer's capacity units, %.2f for one all month; log lines, %.2f a GB%s; kept images, "+
		"insights, the service's secrets.\n", capacityUnitHour*hoursPerMonth, logGigabyte, read)
	return text.String()
}

func number(value any) float64 {
	found, is := value.(float64)
	if text, isText := value.(string); !is && isText {
		found, _ = strconv.ParseFloat(text, 64)
	}
	return found
}

func length(value any) float64 {
	list, _ := value.([]any)
	return float64(len(list))
}
