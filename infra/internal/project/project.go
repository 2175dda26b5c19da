// Package project reads Pulumi.yaml and the stacks' files as Pulumi does, for programs and tests that run without Pulumi's command.
package project

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"
)

// Name is that of the project that is deployed.
const Name = "mote"

// Setting is one entry of the section config in Pulumi.yaml.
type Setting struct {
	Type        string `yaml:"type"`
	Default     any    `yaml:"default"`
	Description string `yaml:"description"`
}

// described is what a Pulumi.yaml says: the project's name, which is the namespace of its settings, and the settings.
type described struct {
	Name   string             `yaml:"name"`
	Config map[string]Setting `yaml:"config"`
}

func describe(folder string) (described, error) {
	var file described
	err := read(filepath.Join(folder, "Pulumi.yaml"), &file)
	return file, err
}

// Settings returns what Pulumi.yaml in the folder describes, by key without namespace.
func Settings(folder string) (map[string]Setting, error) {
	file, err := describe(folder)
	return file.Config, err
}

// Config returns a stack's whole configuration, keys with namespace and values as Pulumi hands them to a program: the defaults, and
// over them the stack's own file. An empty stack has the defaults only.
func Config(folder, stack string) (map[string]string, error) {
	file, err := describe(folder)
	if err != nil {
		return nil, err
	}
	config := map[string]string{}
	for key, setting := range file.Config {
		if config[file.Name+":"+key], err = text(setting.Default); err != nil {
			return nil, fmt.Errorf("read default of %s: %w", key, err)
		}
	}
	if stack == "" {
		return config, nil
	}
	own, err := Values(folder, stack)
	maps.Copy(config, own)
	return config, err
}

// Values returns what a stack's own file says, keys with namespace.
func Values(folder, stack string) (map[string]string, error) {
	var file struct {
		Config map[string]any `yaml:"config"`
	}
	if err := read(filepath.Join(folder, "Pulumi."+stack+".yaml"), &file); err != nil {
		return nil, err
	}
	values := map[string]string{}
	for key, value := range file.Config {
		var err error
		if values[key], err = text(value); err != nil {
			return nil, fmt.Errorf("read %s of %s: %w", key, stack, err)
		}
	}
	return values, nil
}

// text writes a value as Pulumi does: texts as they are, all else as JSON.
func text(value any) (string, error) {
	if plain, is := value.(string); is {
		return plain, nil
	}
	written, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("write value: %w", err)
	}
	return string(written), nil
}

func read(path string, into any) error {
	content, err := os.ReadFile(path) //nolint:gosec // the caller names the project's own folder.
	if err != nil {
		return fmt.Errorf("read project: %w", err)
	}
	if err := yaml.Unmarshal(content, into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}
