package runner

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nektos/act/pkg/model"
)

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

// steps carries out the steps of a job in a folder of its own.
func (r *Runner) steps(id string, job *job, scope scope, current call) (map[string]string, error) {
	running, err := r.begin(job, scope, current)
	if err != nil {
		return nil, err
	}
	var failures []error
	for _, step := range job.Steps {
		if err := r.step(running, step); err != nil {
			failures = append(failures, err)
			running.scope.Job.Status = "failure"
		}
	}
	if job.Environment.URL != "" && len(failures) == 0 {
		url, err := running.scope.expand(job.Environment.URL)
		failures = append(failures, err)
		if r.URLs != nil {
			r.URLs[running.Environment] = url
		}
	}
	outputs, err := running.scope.expandAll(job.Outputs)
	return outputs, errors.Join(append(failures, err)...)
}

// begin prepares a job: its folder, its environment's variables and secrets, its own environment for commands.
func (r *Runner) begin(job *job, scope scope, current call) (*Job, error) {
	r.jobs++
	running := &Job{Folder: filepath.Join(r.Folder, "workspace"), scope: scope}
	if err := errors.Join(os.RemoveAll(running.Folder), os.MkdirAll(running.Folder, 0o755)); err != nil {
		return nil, err
	}
	name, err := scope.expand(job.Environment.Name)
	if err != nil {
		return nil, err
	}
	if name != "" {
		vars, known := r.Vars[name]
		if !known {
			return nil, fmt.Errorf("there is no environment %q", name)
		}
		running.Environment = name
		running.scope.Vars = merged(r.Vars[""], vars)
	}
	if current.secrets {
		running.scope.Secrets = merged(r.Secrets[""], r.Secrets[name])
	}
	running.scope.folder = running.Folder
	running.scope.Job, running.scope.Steps = &model.JobContext{Status: "success"}, map[string]*model.StepResult{}
	environ, err := running.scope.expandAll(job.Job.Environment())
	running.Environ = assignments(environ)
	return running, err
}

// merged is an environment's values over the repository's.
func merged(repository, environment map[string]string) map[string]string {
	all := map[string]string{}
	for _, values := range []map[string]string{repository, environment} {
		for name, value := range values {
			all[name] = value
		}
	}
	return all
}

// assignments are variables as NAME=value.
func assignments(variables map[string]string) []string {
	var all []string
	for name, value := range variables {
		all = append(all, name+"="+value)
	}
	slices.Sort(all)
	return all
}

// step carries out one step, if it is due.
func (r *Runner) step(job *Job, step *model.Step) error {
	due, err := job.scope.holds(step.If.Value, "step")
	if err != nil {
		return fmt.Errorf("%s: %w", step, err)
	}
	result := &model.StepResult{Outputs: map[string]string{}, Outcome: model.StepStatusSkipped, Conclusion: model.StepStatusSkipped}
	if step.ID != "" {
		job.scope.Steps[step.ID] = result
	}
	if !due {
		return nil
	}
	r.log("%s: %s", job.Environment, step)
	if step.Uses != "" {
		err = r.use(job, step)
	} else {
		err = r.command(job, step, result)
	}
	result.Outcome, result.Conclusion = model.StepStatusSuccess, model.StepStatusSuccess
	if err != nil {
		result.Outcome, result.Conclusion = model.StepStatusFailure, model.StepStatusFailure
		return fmt.Errorf("%s: %w", step, err)
	}
	return nil
}

func (r *Runner) use(job *Job, step *model.Step) error {
	name, _, _ := strings.Cut(step.Uses, "@")
	action, known := r.Actions[name]
	if !known {
		return fmt.Errorf("nothing stands in for the action %s", name)
	}
	with, err := job.scope.expandAll(step.With)
	if err != nil {
		return err
	}
	return action(job, with)
}

// command runs a step's command by bash, as GitHub does, and reads the outputs that it leaves.
func (r *Runner) command(job *Job, step *model.Step, result *model.StepResult) error {
	environ, err := job.scope.expandAll(step.Environment())
	if err != nil {
		return err
	}
	outputs := filepath.Join(r.Folder, fmt.Sprintf("outputs-%02d", r.jobs))
	if err := os.WriteFile(outputs, nil, 0o600); err != nil {
		return err
	}
	summary := r.Summary
	if summary == "" {
		summary = os.DevNull
	}
	command := exec.Command("bash", "-e", "-c", step.Run)
	command.Dir = job.Folder
	command.Env = slices.Concat(r.Environ, job.Environ, assignments(environ),
		[]string{"GITHUB_OUTPUT=" + outputs, "GITHUB_STEP_SUMMARY=" + summary,
			"GITHUB_RUN_ATTEMPT=" + job.scope.Github.RunAttempt, "GITHUB_SHA=" + job.scope.Github.Sha}, r.Override)
	var printed bytes.Buffer
	command.Stdout = io.MultiWriter(r.Log, &printed)
	command.Stderr = command.Stdout
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", step.Run, err, lastLines(printed.String(), 100))
	}
	written, err := os.ReadFile(outputs)
	if err != nil {
		return err
	}
	return keep(result, string(written))
}

// keep makes what a command wrote as outputs visible to later steps.
func keep(result *model.StepResult, written string) error {
	for line := range strings.Lines(written) {
		name, value, found := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if !found {
			return fmt.Errorf("the output %q is not name=value", line)
		}
		result.Outputs[name] = value
	}
	return nil
}

// lastLines is the end of what a command printed, for the error.
func lastLines(text string, limit int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-limit):], "\n")
}
