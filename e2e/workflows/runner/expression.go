// Package runner carries out workflows on this machine: their jobs in order, their commands as they stand in the YAML. What GitHub
// does for a workflow outside its commands, such as artifacts and credentials, is given by the caller.
package runner

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/rhysd/actionlint"
)

// A scope is what expressions can see: github, inputs, vars, env, needs, steps, matrix. Names are in lower case.
type scope struct {
	values map[string]any
	// failed says whether something before this point failed, for success() and failure().
	failed bool
}

// expand replaces each ${{ expression }} in text by its value.
func (s scope) expand(text string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${{")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		source, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return "", fmt.Errorf("%q has no }}", rest)
		}
		value, err := s.value(source)
		if err != nil {
			return "", err
		}
		out.WriteString(show(value))
		text = after
	}
}

// holds evaluates a condition. Without a call of a status function it also needs everything before to have succeeded.
func (s scope) holds(condition *actionlint.String) (bool, error) {
	if condition == nil {
		return !s.failed, nil
	}
	source := strings.TrimSpace(condition.Value)
	source = strings.TrimSuffix(strings.TrimPrefix(source, "${{"), "}}")
	node, err := parse(source)
	if err != nil {
		return false, err
	}
	value, err := s.eval(node)
	if err != nil {
		return false, err
	}
	return truth(value) && (!s.failed || asksStatus(node)), nil
}

// asksStatus says whether a condition decides by itself what an earlier failure means.
func asksStatus(node actionlint.ExprNode) bool {
	found := false
	actionlint.VisitExprNode(node, func(node, _ actionlint.ExprNode, _ bool) {
		if call, ok := node.(*actionlint.FuncCallNode); ok {
			switch strings.ToLower(call.Callee) {
			case "always", "cancelled", "failure", "success":
				found = true
			}
		}
	})
	return found
}

func parse(source string) (actionlint.ExprNode, error) {
	node, err := actionlint.NewExprParser().Parse(actionlint.NewExprLexer(source + "}}"))
	if err != nil {
		return nil, fmt.Errorf("expression %q: %s", strings.TrimSpace(source), err.Message)
	}
	return node, nil
}

func (s scope) value(source string) (any, error) {
	node, err := parse(source)
	if err != nil {
		return nil, err
	}
	return s.eval(node)
}

func (s scope) eval(node actionlint.ExprNode) (any, error) {
	switch node := node.(type) {
	case *actionlint.NullNode:
		return nil, nil
	case *actionlint.BoolNode:
		return node.Value, nil
	case *actionlint.IntNode:
		return node.Value, nil
	case *actionlint.StringNode:
		return node.Value, nil
	case *actionlint.VariableNode:
		value, known := s.values[strings.ToLower(node.Name)]
		if !known {
			return nil, fmt.Errorf("expressions cannot see %q here", node.Name)
		}
		return value, nil
	case *actionlint.ObjectDerefNode:
		return s.property(node)
	case *actionlint.NotOpNode:
		value, err := s.eval(node.Operand)
		return !truth(value), err
	case *actionlint.LogicalOpNode:
		return s.logical(node)
	case *actionlint.CompareOpNode:
		return s.compare(node)
	case *actionlint.FuncCallNode:
		return s.call(node)
	}
	return nil, fmt.Errorf("expressions of the kind %T are not known here", node)
}

// property is null for a name that is not there, as GitHub has it.
func (s scope) property(node *actionlint.ObjectDerefNode) (any, error) {
	receiver, err := s.eval(node.Receiver)
	if err != nil {
		return nil, err
	}
	object, ok := receiver.(map[string]any)
	if !ok {
		return nil, nil
	}
	return object[strings.ToLower(node.Property)], nil
}

// logical gives the value that decided, not a truth: that is how "condition && 'a' || 'b'" works.
func (s scope) logical(node *actionlint.LogicalOpNode) (any, error) {
	left, err := s.eval(node.Left)
	if err != nil {
		return nil, err
	}
	if truth(left) == (node.Kind == actionlint.LogicalOpNodeKindOr) {
		return left, nil
	}
	return s.eval(node.Right)
}

func (s scope) compare(node *actionlint.CompareOpNode) (any, error) {
	left, err := s.eval(node.Left)
	if err != nil {
		return nil, err
	}
	right, err := s.eval(node.Right)
	if err != nil {
		return nil, err
	}
	// GitHub compares strings without regard to case.
	equal := strings.EqualFold(show(left), show(right))
	switch node.Kind {
	case actionlint.CompareOpNodeKindEq:
		return equal, nil
	case actionlint.CompareOpNodeKindNotEq:
		return !equal, nil
	}
	return nil, fmt.Errorf("only == and != are known here")
}

func (s scope) call(node *actionlint.FuncCallNode) (any, error) {
	switch strings.ToLower(node.Callee) {
	case "always":
		return true, nil
	case "cancelled":
		return false, nil
	case "success":
		return !s.failed, nil
	case "failure":
		return s.failed, nil
	}
	return nil, fmt.Errorf("the function %s is not known here", node.Callee)
}

func truth(value any) bool {
	return value != nil && !reflect.ValueOf(value).IsZero()
}

func show(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case bool:
		return strconv.FormatBool(value)
	case int:
		return strconv.Itoa(value)
	}
	return fmt.Sprint(value)
}
