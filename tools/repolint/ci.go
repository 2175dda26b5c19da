package main

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	ciWorkflow = ".github/workflows/ci.yml"
	testScript = "scripts/dev/test.sh"
)

// stageTable is what "make test" runs, a stage a line: its group, its name and its command.
var stageTable = regexp.MustCompile(`(?m)^STAGES='\n([^']*)'$`)

// stages sees to it that CI runs each stage of the test script, and each once.
func stages(t tree) ([]string, error) {
	script, err := t.read(testScript)
	if err != nil {
		return nil, err
	}
	var want []string
	table := stageTable.FindSubmatch(script)
	if table == nil {
		return []string{testScript + ": has no table of stages"}, nil
	}
	for line := range strings.Lines(string(table[1])) {
		want = append(want, strings.Fields(line)[1])
	}
	text, err := t.read(ciWorkflow)
	if err != nil {
		return nil, err
	}
	var flow struct {
		Jobs map[string]struct {
			Strategy struct {
				Matrix struct {
					Include []struct {
						Stage string `yaml:"stage"`
					} `yaml:"include"`
				} `yaml:"matrix"`
			} `yaml:"strategy"`
		} `yaml:"jobs"`
	}
	if err := yaml.Unmarshal(text, &flow); err != nil {
		return nil, fmt.Errorf("read %s: %w", ciWorkflow, err)
	}
	var have []string
	for _, entry := range flow.Jobs["test"].Strategy.Matrix.Include {
		have = append(have, entry.Stage)
	}
	slices.Sort(want)
	slices.Sort(have)
	if len(want) == 0 || !slices.Equal(want, have) {
		return []string{fmt.Sprintf("%s: runs the stages %q, but %s has %q", ciWorkflow, have, testScript, want)}, nil
	}
	return nil, nil
}

var (
	pulumiCLI = regexp.MustCompile(`(?m)^ *pulumi-version: (\S+)$`)
	pulumiSDK = regexp.MustCompile(`(?m)^\s*github.com/pulumi/pulumi/sdk/v3 v(\S+)$`)
)

// pulumi keeps the CLI of the workflows at the version of the SDK, which Dependabot raises.
func pulumi(t tree) ([]string, error) {
	var versions []string
	for name, pattern := range map[string]*regexp.Regexp{setupAction: pulumiCLI, "infra/go.mod": pulumiSDK} {
		text, err := t.read(name)
		if err != nil {
			return nil, err
		}
		match := pattern.FindSubmatch(text)
		if match == nil {
			return []string{name + ": names no version of Pulumi"}, nil
		}
		versions = append(versions, string(match[1]))
	}
	if versions[0] != versions[1] {
		return []string{fmt.Sprintf("%s: pulumi-version and the SDK of infra/go.mod differ: %s", setupAction, strings.Join(versions, ", "))}, nil
	}
	return nil, nil
}

// settingsOnly keeps programs out of .github: what GitHub reads there is YAML, and a few files of its own.
func settingsOnly(t tree) ([]string, error) {
	var mistakes []string
	for _, name := range t.names {
		own := path.Base(name) == "CODEOWNERS" || path.Ext(name) == ".md"
		if strings.HasPrefix(name, ".github/") && !own && !slices.Contains([]string{".yml", ".yaml"}, path.Ext(name)) {
			mistakes = append(mistakes, name+": is a program or data: .github/ holds YAML only")
		}
	}
	return mistakes, nil
}

var toolchain = regexp.MustCompile(`(?m)^toolchain (go\S+)$`)

// toolchains keeps every module at one patch version of Go: without the line, "go 1.26" is the oldest one, with all its faults.
func toolchains(t tree) ([]string, error) {
	var mistakes []string
	versions := map[string]string{}
	for _, name := range t.names {
		if path.Base(name) != "go.mod" {
			continue
		}
		text, err := t.read(name)
		if err != nil {
			return nil, err
		}
		match := toolchain.FindSubmatch(text)
		if match == nil {
			mistakes = append(mistakes, name+": has no toolchain line, so CI takes the oldest Go that fits")
			continue
		}
		versions[string(match[1])] = name
	}
	if len(versions) > 1 {
		mistakes = append(mistakes, fmt.Sprintf("go.mod: the modules name different toolchains: %v", versions))
	}
	return mistakes, nil
}
