package runner

import (
	"fmt"
	"maps"
	"strings"

	"github.com/nektos/act/pkg/exprparser"
	"github.com/nektos/act/pkg/model"
)

// A scope is what the expressions of one job can see, and the run that it belongs to.
type scope struct {
	exprparser.EvaluationEnvironment
	run *model.Run
	// folder is the working folder of the job, for hashFiles.
	folder string
}

// evaluator is act's interpreter: of a job's own keys, or, inside a job, of its steps.
func (s *scope) evaluator(context string) exprparser.Interpreter {
	return exprparser.NewInterpeter(&s.EvaluationEnvironment, exprparser.Config{Run: s.run, WorkingDir: s.folder, Context: context})
}

// holds evaluates a condition, which without a call of a status function also needs everything before to have succeeded.
func (s *scope) holds(condition, context string) (bool, error) {
	source := strings.TrimSuffix(strings.TrimSpace(condition), "}}")
	value, err := s.evaluator(context).Evaluate(source, exprparser.DefaultStatusCheckSuccess)
	if err != nil {
		return false, fmt.Errorf("evaluate the condition %q: %w", condition, err)
	}
	return exprparser.IsTruthy(value), nil
}

// expand replaces each ${{ expression }} in text by its value.
func (s *scope) expand(text string) (string, error) {
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
		// Only format turns a value into the text that GitHub would write.
		value, err := s.evaluator("step").Evaluate("format('{0}', "+source+")", exprparser.DefaultStatusCheckNone)
		if err != nil {
			return "", fmt.Errorf("evaluate %q: %w", strings.TrimSpace(source), err)
		}
		fmt.Fprint(&out, value)
		text = after
	}
}

// expandAll expands each value of a mapping.
func (s *scope) expandAll(values map[string]string) (map[string]string, error) {
	expanded := maps.Clone(values)
	for name, value := range values {
		text, err := s.expand(value)
		if err != nil {
			return nil, err
		}
		expanded[name] = text
	}
	return expanded, nil
}
