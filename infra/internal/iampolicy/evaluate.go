package iampolicy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Request is one that AWS decides about: an action on one resource, and the values of condition keys beside it.
type Request struct {
	Action   string            `json:"action"`
	Resource string            `json:"resource"`
	Keys     map[string]string `json:"keys"`
}

// Allows decides as AWS does for one policy: some statement allows the request, and none denies it. It returns the Sids of the statements
// that allow it. What a policy says in a form that is not known here is an error, since a guess would be looser than AWS.
func Allows(statements []Statement, q Request) (by []string, err error) {
	for _, s := range statements {
		applies, err := s.applies(q)
		if err != nil {
			return nil, fmt.Errorf("statement %s: %w", s.Sid, err)
		}
		switch {
		case !applies:
		case s.Effect == "Allow":
			by = append(by, s.Sid)
		default:
			return nil, nil
		}
	}
	return by, nil
}

// applies tells whether the statement is about the request, and the request meets all of its conditions.
func (s Statement) applies(q Request) (bool, error) {
	met, err := s.Condition.met(q.Keys)
	return met && matches(s.Action, q.Action) && matches(s.Resource, q.Resource), err
}

// met compares with values that are whole: no operator that takes patterns is needed.
func (c Condition) met(given map[string]string) (bool, error) {
	met := true
	for operator, keys := range c {
		if !slices.Contains([]string{"StringEquals", "ArnEquals", "Null"}, operator) {
			return false, fmt.Errorf("the operator %s is not known here", operator)
		}
		for key, values := range keys {
			value, is := given[key]
			if operator == "Null" {
				value, is = strconv.FormatBool(!is), true
			}
			met = met && is && slices.Contains(values, value)
		}
	}
	return met, nil
}

// matches compares with patterns that may have stars, and nothing else that IAM knows.
func matches(patterns []string, text string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		pieces := strings.Split(pattern, "*")
		rest, begins := strings.CutPrefix(text, pieces[0])
		for i, piece := range pieces[1:] {
			at := strings.Index(rest, piece)
			if i == len(pieces)-2 {
				at = strings.LastIndex(rest, piece)
			}
			if at < 0 {
				return false
			}
			rest = rest[at+len(piece):]
		}
		return begins && rest == ""
	})
}
