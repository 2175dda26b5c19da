// Package runner carries out workflows on this machine: their jobs in order, their commands as they stand in the YAML. What GitHub
// does for a workflow outside its commands, such as artifacts and credentials, is given by the caller. Expressions are act's.
package runner

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/nektos/act/pkg/exprparser"
	"github.com/nektos/act/pkg/model"
)

// A Runner carries out workflows.
type Runner struct {
	// Folder is where each job gets a new, empty folder, as on a new machine. It is at the same path for all, as GitHub has it, which
	// compilers' caches depend on.
	Folder string
	// Actions are what stands in for the actions that steps use, by name without version.
	Actions map[string]Action
	// Vars and Secrets are those of each environment; those of "" are the repository's.
	Vars, Secrets map[string]map[string]string
	// GitHub is the "github" context.
	GitHub model.GithubContext
	// Environ is the environment of every command.
	Environ []string
	// Override is added last, for what this machine has another of than a runner of GitHub.
	Override []string
	// Workflows is the folder of the workflow files.
	Workflows string
	// Log gets what happens, and all that commands print.
	Log io.Writer
	// Summary is the file that gets what commands write as summaries of the run.
	Summary string
	// URLs are the addresses that jobs have given for their environments.
	URLs map[string]string

	jobs int
}

// An Action stands in for what a step uses.
type Action func(job *Job, with map[string]string) error

// A call is one workflow with its inputs, called by a run or by another workflow.
type call struct {
	inputs map[string]any
	// secrets says whether environments' secrets can be seen: GitHub passes none to a called workflow that was not given all.
	secrets bool
	results map[string]exprparser.Needs
}

// Workflow carries out one workflow file with its inputs, and returns an error when a job failed.
func (r *Runner) Workflow(name string, inputs map[string]any) error {
	return r.start(name, inputs, false, true)
}

func (r *Runner) start(name string, given map[string]any, called, secrets bool) error {
	flow, err := r.load(name)
	if err != nil {
		return err
	}
	inputs, err := flow.inputs(given, called)
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	order, err := flow.order()
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	current := call{inputs: inputs, secrets: secrets, results: map[string]exprparser.Needs{}}
	plan := flow.model()
	var failures []error
	for _, id := range order {
		result, err := r.job(id, flow.Jobs[id], plan, current)
		if err != nil {
			failures = append(failures, fmt.Errorf("job %s: %w", id, err))
		}
		current.results[id] = result
		// Act's success() and failure() look here.
		plan.Jobs[id].Result = result.Result
	}
	return errors.Join(failures...)
}

// job carries out one job, or skips it, and returns what the "needs" context says of it.
func (r *Runner) job(id string, job *job, plan *model.Workflow, current call) (exprparser.Needs, error) {
	scope := r.scope(id, job, plan, current)
	due, err := scope.holds(job.If.Value, "job")
	if err != nil {
		return exprparser.Needs{Result: "failure"}, err
	}
	if !due {
		r.log("job %s is skipped", id)
		return exprparser.Needs{Result: "skipped"}, nil
	}
	matrix, err := job.GetMatrixes()
	if err != nil {
		return exprparser.Needs{Result: "failure"}, err
	}
	var outputs map[string]string
	var failures []error
	for _, combination := range matrix {
		scope.Matrix = combination
		outputs, err = r.once(id, job, scope, current)
		failures = append(failures, err)
	}
	if err := errors.Join(failures...); err != nil {
		return exprparser.Needs{Result: "failure"}, err
	}
	return exprparser.Needs{Result: "success", Outputs: outputs}, nil
}

// scope is what a job sees before it begins.
func (r *Runner) scope(id string, job *job, plan *model.Workflow, current call) scope {
	needs := map[string]exprparser.Needs{}
	for _, need := range job.Needs() {
		needs[need] = current.results[need]
	}
	github := r.GitHub
	return scope{
		run: &model.Run{Workflow: plan, JobID: id},
		EvaluationEnvironment: exprparser.EvaluationEnvironment{
			Github: &github, Job: &model.JobContext{Status: "success"}, Needs: needs, Inputs: current.inputs, Vars: r.Vars[""],
		},
	}
}

// once calls another workflow, or carries out the job's steps.
func (r *Runner) once(id string, job *job, scope scope, current call) (map[string]string, error) {
	if job.Uses == "" {
		return r.steps(id, job, scope, current)
	}
	inputs := map[string]any{}
	for name, value := range job.With {
		inputs[name] = value
		text, is := value.(string)
		if !is {
			continue
		}
		expanded, err := scope.expand(text)
		if err != nil {
			return nil, err
		}
		inputs[name] = typed(expanded)
	}
	return nil, r.start(filepath.Base(job.Uses), inputs, true, current.secrets && job.InheritSecrets())
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

func (r *Runner) log(format string, values ...any) {
	fmt.Fprintf(r.Log, "--- "+format+"\n", values...)
}
