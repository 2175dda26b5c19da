package runner

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rhysd/actionlint"
)

// A Runner carries out workflows.
type Runner struct {
	// Folder is where each job gets a new, empty folder, as on a new machine.
	Folder string
	// Actions are what stands in for the actions that steps use, by name without version.
	Actions map[string]Action
	// Vars are the variables of each environment; those of "" are the repository's.
	Vars map[string]map[string]string
	// GitHub is the "github" context, in lower case.
	GitHub map[string]any
	// Environ is the environment of every command.
	Environ []string
	// Workflows is the folder of the workflow files.
	Workflows string
	// Log gets what happens, and all that commands print.
	Log io.Writer

	jobs int
}

// An Action stands in for what a step uses.
type Action func(job *Job, with map[string]string) error

// A Job is a job that is being carried out.
type Job struct {
	// Folder is the working folder of its commands.
	Folder string
	// Environment is the name of the environment that it works on, if any.
	Environment string
	// Environ is added to the environment of its later commands.
	Environ []string

	scope scope
}

// Workflow carries out one workflow file with its inputs, and returns an error when a job failed.
func (r *Runner) Workflow(name string, inputs map[string]any) error {
	text, err := os.ReadFile(filepath.Join(r.Workflows, name))
	if err != nil {
		return err
	}
	flow, mistakes := actionlint.Parse(text)
	if len(mistakes) > 0 {
		return mistakes[0]
	}
	values := map[string]any{"inputs": withDefaults(flow, inputs), "github": r.GitHub, "vars": objects(r.Vars[""])}
	return r.flow(flow, values)
}

// withDefaults fills in the inputs that the caller left out.
func withDefaults(flow *actionlint.Workflow, given map[string]any) map[string]any {
	inputs := map[string]any{}
	for _, event := range flow.On {
		switch event := event.(type) {
		case *actionlint.WorkflowCallEvent:
			for _, input := range event.Inputs {
				if input.Default != nil {
					inputs[input.ID] = typed(input.Default.Value)
				}
			}
		case *actionlint.WorkflowDispatchEvent:
			// A run by a push has none of these, so each stays null unless it was given.
		}
	}
	for name, value := range given {
		inputs[strings.ToLower(name)] = value
	}
	return inputs
}

// typed is a value of an input as its own type: "false" is no truth.
func typed(text string) any {
	switch text {
	case "true":
		return true
	case "false":
		return false
	}
	return text
}

func objects(values map[string]string) map[string]any {
	object := map[string]any{}
	for name, value := range values {
		object[strings.ToLower(name)] = value
	}
	return object
}

// flow carries out all jobs, each after those that it needs.
func (r *Runner) flow(flow *actionlint.Workflow, values map[string]any) error {
	results := map[string]any{}
	var failures []error
	for len(results) < len(flow.Jobs) {
		job := next(flow, results)
		if job == nil {
			return errors.New("the jobs need each other")
		}
		result, err := r.job(job, values, results)
		if err != nil {
			failures = append(failures, fmt.Errorf("job %s: %w", job.ID.Value, err))
		}
		results[strings.ToLower(job.ID.Value)] = result
	}
	return errors.Join(failures...)
}

// next is the first job, in the order of the file, all of whose needs are over.
func next(flow *actionlint.Workflow, results map[string]any) *actionlint.Job {
	var ready []*actionlint.Job
	for id, job := range flow.Jobs {
		waits := slices.ContainsFunc(job.Needs, func(need *actionlint.String) bool {
			return results[strings.ToLower(need.Value)] == nil
		})
		if results[strings.ToLower(id)] == nil && !waits {
			ready = append(ready, job)
		}
	}
	if len(ready) == 0 {
		return nil
	}
	return slices.MinFunc(ready, func(a, b *actionlint.Job) int { return a.Pos.Line - b.Pos.Line })
}

// job carries out one job, or skips it, and returns what the "needs" context says of it.
func (r *Runner) job(job *actionlint.Job, values map[string]any, results map[string]any) (any, error) {
	scope := scope{values: map[string]any{}}
	for name, value := range values {
		scope.values[name] = value
	}
	needs := map[string]any{}
	for _, need := range job.Needs {
		result := results[strings.ToLower(need.Value)]
		needs[strings.ToLower(need.Value)] = result
		scope.failed = scope.failed || result.(map[string]any)["result"] != "success"
	}
	scope.values["needs"] = needs
	due, err := scope.holds(job.If)
	if err != nil {
		return nil, err
	}
	if !due {
		r.say("job %s is skipped", job.ID.Value)
		return map[string]any{"result": "skipped"}, nil
	}
	scope.failed = false
	outputs, err := r.due(job, scope)
	if err != nil {
		return map[string]any{"result": "failure"}, err
	}
	return map[string]any{"result": "success", "outputs": outputs}, nil
}

// due carries out a job whose condition holds, once for each combination of its matrix.
func (r *Runner) due(job *actionlint.Job, scope scope) (map[string]any, error) {
	combinations, err := combine(job)
	if err != nil {
		return nil, err
	}
	var outputs map[string]any
	var failures []error
	for _, combination := range combinations {
		scope.values["matrix"] = combination
		outputs, err = r.once(job, scope)
		failures = append(failures, err)
	}
	return outputs, errors.Join(failures...)
}

// combine lists the combinations of a matrix of one row; a job without a matrix has one empty combination.
func combine(job *actionlint.Job) ([]map[string]any, error) {
	if job.Strategy == nil || job.Strategy.Matrix == nil {
		return []map[string]any{{}}, nil
	}
	matrix := job.Strategy.Matrix
	if len(matrix.Rows) != 1 || matrix.Include != nil || matrix.Exclude != nil {
		return nil, errors.New("only a matrix of one row is known here")
	}
	var combinations []map[string]any
	for name, row := range matrix.Rows {
		for _, value := range row.Values {
			scalar, ok := value.(*actionlint.RawYAMLString)
			if !ok {
				return nil, errors.New("only plain values are known in a matrix here")
			}
			combinations = append(combinations, map[string]any{strings.ToLower(name): scalar.Value})
		}
	}
	return combinations, nil
}

// once calls another workflow, or carries out the job's steps.
func (r *Runner) once(job *actionlint.Job, scope scope) (map[string]any, error) {
	if job.WorkflowCall == nil {
		return r.steps(job, scope)
	}
	inputs := map[string]any{}
	for name, input := range job.WorkflowCall.Inputs {
		value, err := scope.expand(input.Value.Value)
		if err != nil {
			return nil, err
		}
		inputs[name] = typed(value)
	}
	return nil, r.Workflow(filepath.Base(job.WorkflowCall.Uses.Value), inputs)
}

func (r *Runner) say(format string, values ...any) {
	fmt.Fprintf(r.Log, "--- "+format+"\n", values...)
}
