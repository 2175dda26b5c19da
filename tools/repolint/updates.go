package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const dependabot = ".github/dependabot.yml"

// manifests are the files that name dependencies, and what Dependabot calls them.
var manifests = map[string]string{"go.mod": "gomod", "Cargo.toml": "cargo", "flake.lock": "nix", "requirements.txt": "pip", "package.json": "npm"}

// requirements says whether a file lists Python packages with their versions.
func requirements(name string) bool {
	return strings.HasPrefix(name, "tools/python/") && path.Ext(name) == ".txt"
}

// updates sees to it that no file with dependencies is forgotten by those who propose newer ones.
func updates(t tree) ([]string, error) {
	text, err := t.read(dependabot)
	if err != nil {
		return nil, err
	}
	var file struct {
		Updates []struct {
			Ecosystem   string   `yaml:"package-ecosystem"`
			Directory   string   `yaml:"directory"`
			Directories []string `yaml:"directories"`
		} `yaml:"updates"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("read %s: %w", dependabot, err)
	}
	watched := map[string][]string{}
	for _, entry := range file.Updates {
		watched[entry.Ecosystem] = append(append(watched[entry.Ecosystem], entry.Directories...), entry.Directory)
	}
	var mistakes []string
	for _, name := range t.names {
		ecosystem, is := manifests[path.Base(name)]
		if requirements(name) {
			ecosystem, is = "pip", true
		}
		folder := path.Join("/", path.Dir(name))
		if is && !slices.ContainsFunc(watched[ecosystem], func(pattern string) bool { return covers(pattern, folder) }) {
			mistakes = append(mistakes, fmt.Sprintf("%s: does not watch %s: add %q to %s", dependabot, name, folder, ecosystem))
		}
	}
	return mistakes, nil
}

func covers(pattern, folder string) bool {
	matched, err := path.Match(pattern, folder)
	return err == nil && matched
}
