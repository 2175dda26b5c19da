package deploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"
)

// Values reads the settings that a stack has in its own file of the project, by their full names. A stack without one has none.
func Values(root, stack string) (map[string]string, error) {
	file := filepath.Join(root, "infra", "Pulumi."+stack+".yaml")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the stack's settings: %w", err)
	}
	var content struct{ Config map[string]any }
	if err := yaml.Unmarshal(text, &content); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	values := map[string]string{}
	for name, value := range content.Config {
		if values[name], err = written(value); err != nil {
			return nil, fmt.Errorf("read %s of %s: %w", name, file, err)
		}
	}
	return values, nil
}

// written is a value as it is given on the command line: a list as JSON.
func written(value any) (string, error) {
	switch value.(type) {
	case string, bool, int, float64:
		return fmt.Sprint(value), nil
	default:
		text, err := json.Marshal(value)
		return string(text), err
	}
}

// Over puts settings over others.
func Over(below map[string]string, layers ...map[string]string) map[string]string {
	all := maps.Clone(below)
	for _, layer := range layers {
		maps.Copy(all, layer)
	}
	return all
}
