package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A workflow is the part of a workflow file, or of a composite action, that the rules look at. Nodes keep what plain values would
// lose: comments, and whether a key is there at all.
type workflow struct {
	On          yaml.Node       `yaml:"on"`
	Permissions yaml.Node       `yaml:"permissions"`
	Concurrency concurrency     `yaml:"concurrency"`
	Jobs        map[string]*job `yaml:"jobs"`
	Runs        struct {
		Steps []step `yaml:"steps"`
	} `yaml:"runs"`
}

type job struct {
	If          string      `yaml:"if"`
	Uses        yaml.Node   `yaml:"uses"`
	Permissions yaml.Node   `yaml:"permissions"`
	Minutes     yaml.Node   `yaml:"timeout-minutes"`
	Environment environment `yaml:"environment"`
	Concurrency concurrency `yaml:"concurrency"`
	Steps       []step      `yaml:"steps"`
	text        string
}

type concurrency struct {
	Group  string    `yaml:"group"`
	Cancel yaml.Node `yaml:"cancel-in-progress"`
	Queue  string    `yaml:"queue"`
}

// An environment is written as its name alone, or as a mapping.
type environment struct {
	Name       string    `yaml:"name"`
	Deployment yaml.Node `yaml:"deployment"`
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

type step struct {
	Name string               `yaml:"name"`
	Uses yaml.Node            `yaml:"uses"`
	Run  string               `yaml:"run"`
	Env  map[string]yaml.Node `yaml:"env"`
}

// UnmarshalYAML keeps the job's own text beside its fields, to look for expressions anywhere in it.
func (j *job) UnmarshalYAML(node *yaml.Node) error {
	type fields job
	if err := node.Decode((*fields)(j)); err != nil {
		return err
	}
	text, err := yaml.Marshal(node)
	j.text = string(text)
	return err
}

func isWorkflow(name string) bool {
	return strings.HasPrefix(name, ".github/workflows/") && strings.HasPrefix(filepath.Ext(name), ".y")
}

func isAction(name string) bool {
	return strings.HasPrefix(name, ".github/actions/") && strings.HasPrefix(filepath.Base(name), "action.y")
}

// workflows reads every workflow and composite action of the tree.
func workflows(t tree) ([]string, error) {
	var mistakes []string
	for _, name := range t.names {
		if !isWorkflow(name) && !isAction(name) {
			continue
		}
		text, err := t.read(name)
		if err != nil {
			return nil, err
		}
		found, err := inspect(t, name, text)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		for _, mistake := range found {
			mistakes = append(mistakes, name+": "+mistake)
		}
	}
	return mistakes, nil
}

// inspect returns what is wrong with one workflow or composite action.
func inspect(t tree, name string, text []byte) ([]string, error) {
	var flow workflow
	if err := yaml.Unmarshal(text, &flow); err != nil {
		return nil, err
	}
	var mistakes []string
	if isWorkflow(name) && (flow.Permissions.Kind != yaml.MappingNode || len(flow.Permissions.Content) > 0) {
		mistakes = append(mistakes, "grants something to all its jobs: write \"permissions: {}\" at the top and grants in each job")
	}
	if onMain(flow.On) && strings.Contains(flow.Concurrency.Group, "github.ref") && !strings.Contains(flow.Concurrency.Group, "github.run_id") {
		mistakes = append(mistakes, "runs of main share a concurrency group, so a newer one cancels one that waits: use github.run_id there")
	}
	for _, step := range flow.Runs.Steps {
		mistakes = append(mistakes, step.inspect(t)...)
	}
	for id, job := range flow.Jobs {
		for _, mistake := range job.inspect(t) {
			mistakes = append(mistakes, fmt.Sprintf("job %q %s", id, mistake))
		}
	}
	return mistakes, nil
}

// onMain says whether pushes to a branch start the workflow.
func onMain(on yaml.Node) bool {
	var events struct {
		Push struct {
			Branches []string `yaml:"branches"`
		} `yaml:"push"`
	}
	return on.Kind == yaml.MappingNode && on.Decode(&events) == nil && len(events.Push.Branches) > 0
}
