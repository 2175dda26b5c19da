// Package findings judges what a scanner found by the reasons that were given for it.
package findings

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
)

// Finding is one check that a resource did not pass. The resource is given as Terraform does, type.name.
type Finding struct {
	Check    string `json:"check_id"`
	Resource string `json:"resource"`
	Name     string `json:"check_name"`
}

// Found is what a scanner found in one plan.
type Found struct {
	Failed    []Finding
	Passed    int
	Resources int
}

// Has says whether a check failed for a resource.
func (f *Found) Has(check, resource string) bool {
	return slices.ContainsFunc(f.Failed, func(one Finding) bool { return one.Check == check && one.Resource == resource })
}

// Parse reads checkov's report. One that looked at nothing is an error.
func Parse(text []byte) (*Found, error) {
	var report struct {
		Results struct {
			Failed []Finding `json:"failed_checks"`
		} `json:"results"`
		Summary struct {
			Passed    int `json:"passed"`
			Errors    int `json:"parsing_errors"`
			Resources int `json:"resource_count"`
		} `json:"summary"`
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return nil, fmt.Errorf("read the scanner's report: %w", err)
	}
	if report.Summary.Errors > 0 || report.Summary.Resources == 0 || report.Summary.Passed == 0 {
		return nil, fmt.Errorf("the scanner could not read the plan: %+v", report.Summary)
	}
	return &Found{Failed: report.Results.Failed, Passed: report.Summary.Passed, Resources: report.Summary.Resources}, nil
}

// reason is why a check may fail for the resources of a pattern, in which * stands for anything.
type reason struct {
	check, pattern string
	used           bool
}

// Reasons are all that were given.
type Reasons []reason

// Read reads a file of reasons: a line each, of a check's id, a pattern of resources, and the reason. Empty lines and those that begin with #
// say nothing.
func Read(file string) (Reasons, error) {
	content, err := os.ReadFile(file) //nolint:gosec // The caller names the project's own file.
	if err != nil {
		return nil, fmt.Errorf("read reasons: %w", err)
	}
	var reasons Reasons
	var mistakes []error
	for i, line := range strings.Split(string(content), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Fields(line)
		// A reason is at least a few words.
		if len(fields) < 2+fewestWords {
			mistakes = append(mistakes, fmt.Errorf("%s:%d: %q gives no reason: it must be a check, a resource and why", file, i+1, line))
			continue
		}
		if _, err := path.Match(fields[1], ""); err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s:%d: %q is no pattern: %w", file, i+1, fields[1], err))
		}
		reasons = append(reasons, reason{check: fields[0], pattern: fields[1]})
	}
	return reasons, errors.Join(mistakes...)
}

const fewestWords = 4

// allow marks the first reason for a finding that there is, if there is one. A second one for the same finding is not needed.
func (r Reasons) allow(found Finding) bool {
	for i, one := range r {
		if matches, _ := path.Match(one.pattern, found.Resource); matches && one.check == found.Check {
			r[i].used = true
			return true
		}
	}
	return false
}

// Judge returns a line for each finding without a reason, and for each reason without a finding.
func (r Reasons) Judge(found []Finding) []string {
	var problems []string
	for _, one := range found {
		if !r.allow(one) {
			problems = append(problems, fmt.Sprintf("%s %s: %s", one.Check, one.Resource, one.Name))
		}
	}
	for _, one := range r {
		if !one.used {
			problems = append(problems, fmt.Sprintf("%s %s has a reason, and is not found: take it out", one.check, one.pattern))
		}
	}
	return problems
}
