package runner

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rhysd/actionlint"
)

// steps carries out the steps of a job in a folder of its own.
func (r *Runner) steps(job *actionlint.Job, scope scope) (map[string]any, error) {
	running, err := r.begin(job, scope)
	if err != nil {
		return nil, err
	}
	var failures []error
	for _, step := range job.Steps {
		running.scope.failed = len(failures) > 0
		if err := r.step(running, step); err != nil {
			failures = append(failures, err)
		}
	}
	outputs := map[string]any{}
	for name, output := range job.Outputs {
		value, err := running.scope.expand(output.Value.Value)
		if err != nil {
			return nil, err
		}
		outputs[strings.ToLower(name)] = value
	}
	return outputs, errors.Join(failures...)
}

// begin prepares a job: its folder, its environment's variables, its own environment for commands.
func (r *Runner) begin(job *actionlint.Job, scope scope) (*Job, error) {
	r.jobs++
	running := &Job{Folder: filepath.Join(r.Folder, fmt.Sprintf("%02d-%s", r.jobs, job.ID.Value)), scope: scope}
	if err := os.MkdirAll(running.Folder, 0o755); err != nil {
		return nil, err
	}
	if job.Environment != nil {
		name, err := scope.expand(job.Environment.Name.Value)
		if err != nil {
			return nil, err
		}
		vars, known := r.Vars[name]
		if !known {
			return nil, fmt.Errorf("there is no environment %q", name)
		}
		running.Environment = name
		scope.values["vars"] = objects(vars)
	}
	scope.values["steps"] = map[string]any{}
	scope.values["env"] = map[string]any{}
	environ, err := scope.environ(job.Env)
	running.Environ = environ
	return running, err
}

// environ is an env: block as NAME=value.
func (s scope) environ(env *actionlint.Env) ([]string, error) {
	if env == nil {
		return nil, nil
	}
	var environ []string
	for _, variable := range env.Vars {
		value, err := s.expand(variable.Value.Value)
		if err != nil {
			return nil, err
		}
		environ = append(environ, variable.Name.Value+"="+value)
	}
	return environ, nil
}

// step carries out one step, if it is due.
func (r *Runner) step(job *Job, step *actionlint.Step) error {
	due, err := job.scope.holds(step.If)
	if err != nil || !due {
		return err
	}
	name := "step"
	if step.Name != nil {
		name = step.Name.Value
	}
	r.say("%s: %s", job.Environment, name)
	switch exec := step.Exec.(type) {
	case *actionlint.ExecAction:
		err = r.use(job, exec)
	case *actionlint.ExecRun:
		err = r.command(job, step, exec)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (r *Runner) use(job *Job, exec *actionlint.ExecAction) error {
	name, _, _ := strings.Cut(exec.Uses.Value, "@")
	action, known := r.Actions[name]
	if !known {
		return fmt.Errorf("nothing stands in for the action %s", name)
	}
	with := map[string]string{}
	for key, input := range exec.Inputs {
		value, err := job.scope.expand(input.Value.Value)
		if err != nil {
			return err
		}
		with[key] = value
	}
	return action(job, with)
}

// command runs a step's command by bash, as GitHub does, and reads the outputs that it leaves.
func (r *Runner) command(job *Job, step *actionlint.Step, exec_ *actionlint.ExecRun) error {
	environ, err := job.scope.environ(step.Env)
	if err != nil {
		return err
	}
	outputs, err := os.CreateTemp(r.Folder, "outputs-")
	if err != nil {
		return err
	}
	defer os.Remove(outputs.Name())
	defer outputs.Close()
	command := exec.Command("bash", "-e", "-c", exec_.Run.Value)
	command.Dir = job.Folder
	command.Env = slices.Concat(r.Environ, job.Environ, environ, []string{"GITHUB_OUTPUT=" + outputs.Name()})
	tail := &lastLines{limit: 100}
	command.Stdout = io.MultiWriter(r.Log, tail)
	command.Stderr = command.Stdout
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", exec_.Run.Value, err, tail)
	}
	return job.keep(step, outputs)
}

// keep makes what a command wrote as outputs visible to later steps.
func (j *Job) keep(step *actionlint.Step, written io.Reader) error {
	if step.ID == nil {
		return nil
	}
	outputs := map[string]any{}
	lines := bufio.NewScanner(written)
	for lines.Scan() {
		name, value, found := strings.Cut(lines.Text(), "=")
		if !found {
			return fmt.Errorf("the output %q is not name=value", lines.Text())
		}
		outputs[strings.ToLower(name)] = value
	}
	j.scope.values["steps"].(map[string]any)[strings.ToLower(step.ID.Value)] = map[string]any{"outputs": outputs}
	return lines.Err()
}

// lastLines keeps the end of what a command printed, for the error.
type lastLines struct {
	limit int
	text  string
}

func (l *lastLines) Write(text []byte) (int, error) {
	lines := strings.SplitAfter(l.text+string(text), "\n")
	l.text = strings.Join(lines[max(0, len(lines)-l.limit):], "")
	return len(text), nil
}

func (l *lastLines) String() string { return strings.TrimSpace(l.text) }
