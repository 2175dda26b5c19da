package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Action changes the bounds of autoscaling at certain times.
type Action struct {
	Min, Max int
	at       func(time.Time) bool
}

// NewAction reads a time of Application Auto Scaling: rate(5 minutes), at(2026-01-05T07:00:00) or cron(0 7 ? * MON-FRI *). Its cron has a year and counts
// the days of a week from 1 on Sunday, which the cron of Unix does not: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html.
// A rate counts from the start.
func NewAction(schedule string, low, high int, start time.Time) (Action, error) {
	kind, rest, _ := strings.Cut(strings.TrimSuffix(schedule, ")"), "(")
	action := Action{Min: low, Max: high}
	var err error
	switch kind {
	case "rate":
		action.at, err = everySince(rest, start)
	case "at":
		action.at = func(now time.Time) bool { return now.Format("2006-01-02T15:04") == rest[:16] }
	default:
		action.at, err = cron(strings.Fields(rest))
	}
	if err != nil {
		return Action{}, fmt.Errorf("read %s: %w", schedule, err)
	}
	return action, nil
}

func everySince(text string, start time.Time) (func(time.Time) bool, error) {
	count, unit, _ := strings.Cut(text, " ")
	number, err := strconv.Atoi(count)
	if err != nil {
		return nil, fmt.Errorf("read rate: %w", err)
	}
	units := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	every := time.Duration(number) * units[strings.TrimSuffix(unit, "s")]
	if every <= 0 || number > 366*24*60 {
		return nil, fmt.Errorf("%q is no time from a minute to a year", text)
	}
	return func(now time.Time) bool { return now.After(start) && now.Sub(start)%every == 0 }, nil
}

const (
	months = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"
	days   = "SUN MON TUE WED THU FRI SAT"
)

// cron has minute, hour, day, month, day of the week and year.
func cron(fields []string) (func(time.Time) bool, error) {
	ranges := []struct {
		low, high int
		names     string
	}{{0, 59, ""}, {0, 23, ""}, {1, 31, ""}, {1, 12, months}, {1, 7, days}, {1970, 2199, ""}}
	if len(fields) != len(ranges) {
		return nil, fmt.Errorf("%d fields, and cron has %d", len(fields), len(ranges))
	}
	sets := make([][]int, len(fields))
	for i, one := range ranges {
		var err error
		if sets[i], err = set(fields[i], one.low, one.high, strings.Fields(one.names)); err != nil {
			return nil, err
		}
	}
	return func(now time.Time) bool {
		is := []int{now.Minute(), now.Hour(), now.Day(), int(now.Month()), int(now.Weekday()) + 1, now.Year()}
		for i := range sets {
			if !slices.Contains(sets[i], is[i]) {
				return false
			}
		}
		return true
	}, nil
}

// set lists the numbers of a field such as 1,5-9,0/15 or MON-FRI.
func set(field string, low, high int, names []string) ([]int, error) {
	var numbers []int
	for part := range strings.SplitSeq(field, ",") {
		span, every, stepped := strings.Cut(part, "/")
		first, final, ranged := strings.Cut(span, "-")
		from, to, step := low, high, 1
		var errs [3]error
		if span != "*" && span != "?" {
			from, errs[0] = number(first, low, names)
			if to = from; ranged {
				to, errs[1] = number(final, low, names)
			} else if stepped {
				to = high
			}
		}
		if stepped {
			step, errs[2] = strconv.Atoi(every)
		}
		if errs != [3]error{} || from < low || to > high || step < 1 {
			return nil, fmt.Errorf("%q is not understood here: L, W and # are not", field)
		}
		for n := from; n <= to; n += step {
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

func number(text string, low int, names []string) (int, error) {
	if i := slices.Index(names, text); i >= 0 {
		return low + i, nil
	}
	return strconv.Atoi(text)
}
