package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A workflow is the part of a workflow file, or of a composite action, that the rules look at. Nodes keep what plain values would
// lose: comments, and whether a key is there at all.
type workflow struct {
	Permissions yaml.Node       `yaml:"permissions"`
	Jobs        map[string]*job `yaml:"jobs"`
	Runs        struct {
		Steps []step `yaml:"steps"`
	} `yaml:"runs"`
}

type job struct {
	Uses        yaml.Node `yaml:"uses"`
	Permissions yaml.Node `yaml:"permissions"`
	Minutes     yaml.Node `yaml:"timeout-minutes"`
	Environment yaml.Node `yaml:"environment"`
	Concurrency struct {
		Group  string    `yaml:"group"`
		Cancel yaml.Node `yaml:"cancel-in-progress"`
	} `yaml:"concurrency"`
	Steps []step `yaml:"steps"`
	text  string
}

type step struct {
	Name string               `yaml:"name"`
	Uses yaml.Node            `yaml:"uses"`
	Run  string               `yaml:"run"`
	With map[string]yaml.Node `yaml:"with"`
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

func (j *job) inspect(t tree) []string {
	var mistakes []string
	note := func(when bool, mistake string) {
		if when {
			mistakes = append(mistakes, mistake)
		}
	}
	called := !j.Uses.IsZero()
	guarded := !j.Environment.IsZero()
	note(!called && j.Minutes.IsZero(), "may run for six hours: give it timeout-minutes")
	note(j.Permissions.Kind != yaml.MappingNode, "names no permissions of its own: grant what it needs, or {}")
	note(!guarded && strings.Contains(j.text, "secrets."), "reads a secret outside an environment")
	note(!guarded && credentials.MatchString(j.text), "takes AWS credentials outside an environment")
	note(guarded && (j.Concurrency.Group == "" || j.Concurrency.Cancel.Value != "false"),
		"works on an environment without a concurrency group that says \"cancel-in-progress: false\"")
	note(called && !local.MatchString(j.Uses.Value), "calls a workflow that is not of this repository")
	for _, step := range j.Steps {
		mistakes = append(mistakes, step.inspect(t)...)
	}
	return mistakes
}

var (
	// credentials are taken by the action itself or by the one of ours that uses it.
	credentials = regexp.MustCompile(`aws-actions/configure-aws-credentials@|\./\.github/actions/setup`)

	local  = regexp.MustCompile(`^\./\.github/[\w./-]+$`)
	pinned = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
	// version is the comment that tells people, and Dependabot, which release a commit is.
	version = regexp.MustCompile(`^# v\d+(\.\d+)*$`)
	// A run step is one call of something that a laptop can call too, with plain words or quoted variables behind it.
	call = regexp.MustCompile(`^(make|[\w./-]+)((?: +(?:[\w./=:@#-]+|"[\w./=:@-]*\$\w+"))*)$`)
)

func (s step) inspect(t tree) []string {
	var mistakes []string
	note := func(when bool, mistake, about string) {
		if when {
			mistakes = append(mistakes, fmt.Sprintf("has a step that %s: %s", mistake, about))
		}
	}
	uses := s.Uses.Value
	note(uses != "" && !local.MatchString(uses) && !pinned.MatchString(uses), "uses an action that is not pinned by its commit", uses)
	note(pinned.MatchString(uses) && !version.MatchString(s.Uses.LineComment), "has a pin without its version behind it, as in \"# v1.2.3\"", uses)
	keep := s.With["persist-credentials"]
	note(strings.HasPrefix(uses, "actions/checkout@") && keep.Value != "false", "leaves git's credentials behind: persist-credentials: false", uses)
	note(s.Run != "" && strings.Contains(s.Run, "${{"), "puts an expression into a command: pass it by env", s.Run)
	note(s.Run != "" && !single(t, s.Run), "is more than one call of a script or make target of this repository", s.Run)
	return mistakes
}

// single says whether a run step is one call of a make target, a script that is there, or the flake.
func single(t tree, run string) bool {
	match := call.FindStringSubmatch(strings.TrimSpace(run))
	if match == nil {
		return false
	}
	switch match[1] {
	case "make":
		return targets(t, strings.Fields(match[2]))
	case "nix":
		return t.stat("flake.nix") != nil
	default:
		info := t.stat(match[1])
		return info != nil && !info.IsDir() && info.Mode().Perm()&0o111 != 0
	}
}

// targets says whether all words are targets of the Makefile, or NAME=VALUE for one.
func targets(t tree, words []string) bool {
	makefile, err := t.read("Makefile")
	if err != nil || len(words) == 0 {
		return false
	}
	for _, word := range words {
		target := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(word) + `:`)
		if !strings.Contains(word, "=") && !target.Match(makefile) {
			return false
		}
	}
	return true
}
