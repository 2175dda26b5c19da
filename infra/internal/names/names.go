// Package names makes names that AWS accepts for every resource, whatever the stack is called.
package names

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

const (
	// MaxBase leaves room for the hyphen and seven hexadecimal digits that Pulumi appends: load balancers and target groups
	// are the narrowest, with 32 characters.
	MaxBase = 24

	// markLength is that of the hyphen and the digest digits which tell apart names that were made to fit.
	markLength = 5
)

var unsuitable = regexp.MustCompile(`[^a-z0-9]+`)

// Part returns the name of one part of a stack whose names are as narrow as a base. It is made to fit in the same way.
func Part(base, part string) string { return fit(base + "-" + part) }

// Alternate is the name of a stack's second target group, which traffic is moved to and back.
func Alternate(base string) string { return Part(base, "alternate") }

// Infrastructure is the name of the role that ECS moves traffic with.
func Infrastructure(base string) string { return base + "-infrastructure" }

// Observability begins the names of all that Prometheus and Grafana consist of.
func Observability(base string) string { return base + "-observability" }

// TaskEvents is the name of the log group that a stack's task events are kept in. EventBridge writes only to groups below its prefix.
func TaskEvents(base string) string { return "/aws/events/" + base + "-task-events" }

// Base returns the name that all names of a stack begin with: lower-case letters, digits and single hyphens, at most MaxBase
// characters. A name that had to be changed or cut ends in digits of its digest, so that two stacks never share one.
func Base(project, stack string) string {
	return fit(project + "-" + stack)
}

// Prefix is what the names of all stacks of a project begin with, and those of no other that is not called nearly the same.
func Prefix(project string) string {
	whole := project + "-"
	if len(whole) <= MaxBase-markLength {
		return whole
	}
	return strings.TrimRight(whole[:MaxBase-markLength], "-")
}

// fit makes a name of what was wanted.
func fit(wanted string) string {
	name := strings.Trim(unsuitable.ReplaceAllString(strings.ToLower(wanted), "-"), "-")
	if name == wanted && len(name) <= MaxBase {
		return name
	}
	if len(name) > MaxBase-markLength {
		name = strings.TrimRight(name[:MaxBase-markLength], "-")
	}
	sum := sha256.Sum256([]byte(wanted))
	return name + "-" + hex.EncodeToString(sum[:])[:markLength-1]
}
