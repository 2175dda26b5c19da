// Package logfilter matches events as CloudWatch Logs does with a filter pattern for JSON, as far as the project uses one:
// conditions on texts, joined by ||. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
package logfilter

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Pattern is a filter pattern.
type Pattern []condition

// condition compares the text at a path with a value. A star at the value's beginning or end stands for any text there.
type condition struct {
	path       []string
	value      string
	begin, end bool
}

var (
	whole = regexp.MustCompile(`^\{ (.+) \}$`)
	part  = regexp.MustCompile(`^\(\$\.([A-Za-z0-9.]+) = "([^"]*)"\)$`)
)

// Parse reads a pattern. A star within a value is an error: CloudWatch would look for the star itself.
func Parse(text string) (Pattern, error) {
	inner := whole.FindStringSubmatch(text)
	if inner == nil {
		return nil, errors.New("a pattern for JSON is in braces")
	}
	var pattern Pattern
	for one := range strings.SplitSeq(inner[1], " || ") {
		fields := part.FindStringSubmatch(one)
		if fields == nil {
			return nil, fmt.Errorf("%s is no condition that is known here", one)
		}
		c := condition{path: strings.Split(fields[1], "."), value: fields[2]}
		c.value, c.begin = strings.CutPrefix(c.value, "*")
		c.value, c.end = strings.CutSuffix(c.value, "*")
		if strings.Contains(c.value, "*") {
			return nil, fmt.Errorf("%s has a star that is neither first nor last", one)
		}
		pattern = append(pattern, c)
	}
	return pattern, nil
}

// Match says whether an event meets one of the conditions.
func (p Pattern) Match(event []byte) (bool, error) {
	var fields map[string]any
	if err := json.Unmarshal(event, &fields); err != nil {
		return false, fmt.Errorf("read event: %w", err)
	}
	for _, c := range p {
		if c.met(fields) {
			return true, nil
		}
	}
	return false, nil
}

func (c condition) met(fields map[string]any) bool {
	for _, name := range c.path[:len(c.path)-1] {
		fields, _ = fields[name].(map[string]any)
	}
	text, is := fields[c.path[len(c.path)-1]].(string)
	switch {
	case !is:
		return false
	case c.begin && c.end:
		return strings.Contains(text, c.value)
	case c.begin:
		return strings.HasSuffix(text, c.value)
	case c.end:
		return strings.HasPrefix(text, c.value)
	default:
		return text == c.value
	}
}
