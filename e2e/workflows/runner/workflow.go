package runner

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/nektos/act/pkg/model"
	"gopkg.in/yaml.v3"
)

// A workflow is a workflow file. Act's own reader knows neither "deployment" nor "queue" and refuses the file.
type workflow struct {
	On   yaml.Node       `yaml:"on"`
	Jobs map[string]*job `yaml:"jobs"`
}

// A job is one job of a workflow file, with the key that act leaves out.
type job struct {
	model.Job   `yaml:",inline"`
	Environment environment `yaml:"environment"`
}

// An environment is written as its name alone, or as a mapping.
type environment struct {
	Name string `yaml:"name"`
	URL  string `yaml:"url"`
}

// UnmarshalYAML reads both forms.
func (e *environment) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		e.Name = node.Value
		return nil
	}
	type fields environment
	return node.Decode((*fields)(e))
}

// load reads one workflow file.
func (r *Runner) load(name string) (*workflow, error) {
	text, err := os.ReadFile(filepath.Join(r.Workflows, name))
	if err != nil {
		return nil, err
	}
	var flow workflow
	if err := yaml.Unmarshal(text, &flow); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return &flow, nil
}

// model is the workflow as act's interpreter wants it, for the results of the jobs that a job needs.
func (w *workflow) model() *model.Workflow {
	jobs := map[string]*model.Job{}
	for id, job := range w.Jobs {
		jobs[id] = &job.Job
	}
	return &model.Workflow{RawOn: w.On, Jobs: jobs}
}

// order lists the jobs, each after those that it needs.
func (w *workflow) order() ([]string, error) {
	var order []string
	for len(order) < len(w.Jobs) {
		var ready []string
		for id, job := range w.Jobs {
			waits := slices.ContainsFunc(job.Needs(), func(need string) bool { return !slices.Contains(order, need) })
			if !slices.Contains(order, id) && !waits {
				ready = append(ready, id)
			}
		}
		if len(ready) == 0 {
			return nil, errors.New("the jobs need each other, or one that does not exist")
		}
		slices.Sort(ready)
		order = append(order, ready...)
	}
	return order, nil
}

// inputs are those that were given, and the defaults of those that were left out. A run by a push has no defaults.
func (w *workflow) inputs(given map[string]any, called bool) (map[string]any, error) {
	inputs := map[string]any{}
	if called {
		for name, input := range w.model().WorkflowCallConfig().Inputs {
			var value any
			if err := input.Default.Decode(&value); err != nil && !input.Default.IsZero() {
				return nil, fmt.Errorf("read the default of %s: %w", name, err)
			}
			inputs[name] = value
			if _, is := given[name]; !is && input.Required {
				return nil, fmt.Errorf("the input %s is required", name)
			}
		}
	}
	for name, value := range given {
		inputs[name] = value
	}
	return inputs, nil
}
