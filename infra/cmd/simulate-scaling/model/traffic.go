package model

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Traffic is how many requests a second arrive over time.
type Traffic struct {
	Name string
	// Length is in seconds; Rate is of a time in it.
	Length float64
	Rate   func(at float64) float64
}

const (
	minute = 60.0
	hour   = 60 * minute
	day    = 24 * hour
)

// MostRate is what docs/capacity.md ends with, and most and least are how long a recorded traffic may be.
const (
	MostRate = 1e7
	most     = 31 * day
	least    = minute
)

// Shapes names the traffic that Shape makes.
const Shapes = "day, spike, climb"

// Shape makes a known traffic that begins at a rate.
func Shape(name string, base float64) (Traffic, error) {
	switch name {
	case "day":
		// Four times as much in the afternoon as at night, which is when it begins.
		return Traffic{name, day, func(at float64) float64 { return base * (2.5 - 1.5*math.Cos(2*math.Pi*at/day)) }}, nil
	case "spike":
		// Ten times as much within one minute, for half an hour.
		return Traffic{name, 90 * minute, func(at float64) float64 {
			up, down := (at-10*minute)/minute, (at-41*minute)/minute
			return base * (1 + 9*min(1, max(0, up)) - 9*min(1, max(0, down)))
		}}, nil
	case "climb":
		// Six times as much after four hours, and so it stays for one.
		return Traffic{name, 5 * hour, func(at float64) float64 { return base * (1 + 5*min(1, at/(4*hour))) }}, nil
	}
	return Traffic{}, fmt.Errorf("traffic %q is not known: it must be one of %s, or the path of a file with a time in seconds and requests a second in each line", name, Shapes)
}

// ReadTraffic reads a recorded one: lines of seconds and requests a second, apart by a comma or a space, in the order of time. Between two lines the rate changes
// evenly.
func ReadTraffic(name string, from io.Reader) (Traffic, error) {
	var times, rates []float64
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		fields := strings.FieldsFunc(lines.Text(), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		at, rate, err := pair(fields)
		if err != nil || len(times) > 0 && at <= times[len(times)-1] {
			return Traffic{}, fmt.Errorf("%s: %q: each line must be a time in seconds, later than the last one, and requests a second, from 0 to %g", name, lines.Text(), MostRate)
		}
		times, rates = append(times, at), append(rates, rate)
	}
	if err := lines.Err(); err != nil {
		return Traffic{}, fmt.Errorf("read %s: %w", name, err)
	}
	if len(times) < 2 {
		return Traffic{}, fmt.Errorf("%s: at least two lines are needed", name)
	}
	length := times[len(times)-1] - times[0]
	if !(length >= least && length <= most) {
		return Traffic{}, fmt.Errorf("%s lasts %g seconds: it must be from a minute to 31 days", name, length)
	}
	return Traffic{name, length, between(times, rates)}, nil
}

// Scaled is the same with another average.
func (t Traffic) Scaled(average float64) (Traffic, error) {
	sum := 0.0
	for at := 0.5; at < t.Length; at++ {
		sum += t.Rate(at)
	}
	if sum == 0 {
		return Traffic{}, fmt.Errorf("%s has no requests, so no rate can be made its average", t.Name)
	}
	factor := average * math.Floor(t.Length+0.5) / sum
	rate := t.Rate
	t.Rate = func(at float64) float64 { return factor * rate(at) }
	return t, nil
}

func pair(fields []string) (at, rate float64, err error) {
	if len(fields) != 2 {
		return 0, 0, fmt.Errorf("%d fields", len(fields))
	}
	if at, err = strconv.ParseFloat(fields[0], 64); err != nil {
		return 0, 0, fmt.Errorf("read time: %w", err)
	}
	if rate, err = strconv.ParseFloat(fields[1], 64); err != nil {
		return 0, 0, fmt.Errorf("read rate: %w", err)
	}
	// What is no number is in no order either.
	if !(rate >= 0 && rate <= MostRate) || math.IsNaN(at) {
		return 0, 0, fmt.Errorf("%g at %g is no rate", rate, at)
	}
	return at, rate, nil
}

func between(times, rates []float64) func(float64) float64 {
	next := 1
	return func(at float64) float64 {
		at += times[0]
		if at < times[next-1] {
			next = 1
		}
		for next < len(times)-1 && times[next] < at {
			next++
		}
		share := (at - times[next-1]) / (times[next] - times[next-1])
		return rates[next-1] + share*(rates[next]-rates[next-1])
	}
}
