package iampolicy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Permission is what a service may do, as a setting says it: actions on one resource. Because is the reason for a wildcard.
type Permission struct {
	Actions  []string
	Resource string
	Because  string
}

// PermissionForm is how a permission is written.
const PermissionForm = "ACTION [ACTION ...] on ARN [because REASON]"

// An action names its service, so the one that is every action of AWS is none. A resource without an ARN is every resource of the actions.
var permission = regexp.MustCompile(`^([a-z0-9-]+:[A-Za-z0-9*?]+(?: [a-z0-9-]+:[A-Za-z0-9*?]+)*) on ` +
	`(\*|arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(?:[0-9]{12})?:[^\s,]+)(?: because (\S.*))?$`)

// ParsePermission reads a permission. Its error says what the text must be.
func ParsePermission(text string) (Permission, error) {
	parts := permission.FindStringSubmatch(text)
	if parts == nil {
		return Permission{}, fmt.Errorf("it must be %s, such as dynamodb:GetItem on arn:aws:dynamodb:eu-central-1:123456789012:table/notes", PermissionForm)
	}
	p := Permission{Actions: strings.Fields(parts[1]), Resource: parts[2], Because: parts[3]}
	if p.Because == "" && strings.ContainsAny(parts[1]+p.Resource, "*?") {
		return p, errors.New("it must name actions and resource whole, or say why not: because REASON")
	}
	slices.Sort(p.Actions)
	p.Actions = slices.Compact(p.Actions)
	return p, nil
}

// String writes the permission as it is read.
func (p Permission) String() string {
	text := strings.Join(p.Actions, " ") + " on " + p.Resource
	if p.Because != "" {
		text += " because " + p.Because
	}
	return text
}

// Services are those whose actions it has, by IAM's prefixes.
func (p Permission) Services() []string {
	var services []string
	for _, action := range p.Actions {
		service, _, _ := strings.Cut(action, ":")
		services = append(services, service)
	}
	slices.Sort(services)
	return slices.Compact(services)
}

// AllowEach returns a statement for each permission, numbered behind a name.
func AllowEach(sid string, permissions []Permission) []Statement {
	var all []Statement
	for i, p := range permissions {
		all = append(all, Allow(fmt.Sprintf("%s%d", sid, i+1), p.Actions, []string{p.Resource}))
	}
	return all
}

// Denied are the actions of a permission that a policy does not allow on all of its resource. A wildcard is compared as it is written: only a
// wildcard of the policy covers it.
func (p Permission) Denied(document string) (denied []string, err error) {
	policy, err := Statements(document)
	if err != nil {
		return nil, err
	}
	for _, action := range p.Actions {
		by, err := Allows(policy, Request{Action: action, Resource: p.Resource})
		if err != nil {
			return nil, err
		}
		if len(by) == 0 {
			denied = append(denied, action)
		}
	}
	return denied, nil
}
