package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// plant makes a tree of its own from names and texts, so that each rule is seen to fail.
func plant(t *testing.T, files map[string]string) tree {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	if output, err := exec.Command("git", "-C", root, "init", "--quiet").CombinedOutput(); err != nil {
		t.Fatalf("git init: %v\n%s", err, output)
	}
	planted, err := open(root)
	if err != nil {
		t.Fatal(err)
	}
	return planted
}

// wantMistake fails unless exactly one mistake was found and it holds the words. No words: none may be found.
func wantMistake(t *testing.T, mistakes []string, err error, words string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case words == "" && len(mistakes) > 0:
		t.Errorf("found mistakes where there are none:\n%s", strings.Join(mistakes, "\n"))
	case words != "" && (len(mistakes) != 1 || !strings.Contains(mistakes[0], words)):
		t.Errorf("want one mistake with %q, got %q", words, mistakes)
	}
}

func TestWords_NotesToOneselfAreFound(t *testing.T) {
	for _, note := range []string{"// TO" + "DO: later", "# fix" + "me", "let x = d" + "bg!(y);"} {
		mistakes, err := words(plant(t, map[string]string{"a.rs": "fine\n" + note}))
		wantMistake(t, mistakes, err, "a.rs:2")
	}
	mistakes, err := words(plant(t, map[string]string{"a.md": "mastodon, stodo" + "logy", "Cargo.lock": "to" + "do", "a/package-lock.json": "to" + "do"}))
	wantMistake(t, mistakes, err, "")
}

func TestPaths_FoldersOfOneMachineAreFound(t *testing.T) {
	for _, line := range []string{"cd /ro" + "ot/mote", "x=\"/ho" + "me/me\"", "see /wo" + "rk/wt"} {
		mistakes, err := paths(plant(t, map[string]string{"run": line}))
		wantMistake(t, mistakes, err, "exists on one machine only")
	}
	mistakes, err := paths(plant(t, map[string]string{"run": "cd $HOME/x; https://a.example/ho" + "me/b; src/ro" + "ot/c"}))
	wantMistake(t, mistakes, err, "")
}

func TestScripts_CanBeRunAndStopAtTheirFirstError(t *testing.T) {
	const good = "#!/usr/bin/env bash\nset -euo pipefail\n"
	for text, words := range map[string]string{
		good:                             "",
		"# shellcheck shell=bash\nx=1\n": "",
		"#!/usr/bin/env bash\nls\n":      "goes on after an error",
		"echo\n":                         "starts neither",
	} {
		mistakes, err := scripts(plant(t, map[string]string{"a.sh": text}))
		wantMistake(t, mistakes, err, words)
	}
	wantMistake(t, script("a.sh", good, 0o644), nil, "cannot be run")
}

func TestLinks_LeadSomewhere(t *testing.T) {
	files := map[string]string{
		"docs/a.md": "[up](../README.md) [b](b.md#part) [web](https://x.example) [here](#part)",
		"docs/b.md": "b",
		"README.md": `<img src="docs/gone.svg">`,
	}
	mistakes, err := links(plant(t, files))
	wantMistake(t, mistakes, err, "README.md:1: links to docs/gone.svg")
}

func TestNamedPaths_Exist(t *testing.T) {
	files := map[string]string{
		"docs/a.md":              "`src/main.rs`, `src/`, `src/{a,b}.rs` and `cargo test` are fine, `src/gone.rs` is not",
		"docs/decisions/0001.md": "`src/old.rs`",
		"src/main.rs":            "",
	}
	mistakes, err := namedPaths(plant(t, files))
	wantMistake(t, mistakes, err, "docs/a.md:1: names src/gone.rs")
}

func TestExceptions_AcceptedFindingHasAReasonAndAnEnd(t *testing.T) {
	today := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for entry, words := range map[string]string{
		"{vulnerability: CVE-1, reason: not called; until 2026-12-31}": "",
		"{vulnerability: CVE-1, reason: not called; until 2026-11-22}": "look at it again",
		"{vulnerability: CVE-1, reason: not called; until 2026-13-01}": "look at it again",
		"{vulnerability: CVE-1, reason: until 2026-12-31}":             "has no reason",
		"{vulnerability: CVE-1, reason: not called}":                   "has no reason",
		"{vulnerability: CVE-1}":                                       "has no reason",
		"{reason: not called; until 2026-12-31}":                       "names no vulnerability",
	} {
		planted := plant(t, map[string]string{exceptionsFile: "ignore: [" + entry + "]"})
		mistakes, err := exceptions(today)(planted)
		wantMistake(t, mistakes, err, words)
	}
}

func TestUpdates_EveryFileWithDependenciesIsWatched(t *testing.T) {
	const watched = `updates:
  - {package-ecosystem: gomod, directories: [/infra, /tools/*]}
  - {package-ecosystem: cargo, directory: /}
`
	for name, words := range map[string]string{
		"infra/go.mod":            "",
		"tools/a/go.mod":          "",
		"Cargo.toml":              "",
		"tools/a/b/go.mod":        `does not watch tools/a/b/go.mod: add "/tools/a/b" to gomod`,
		"infra/Cargo.toml":        `add "/infra" to cargo`,
		"tools/python/zizmor.txt": `add "/tools/python" to pip`,
		"x/requirements.txt":      `add "/x" to pip`,
		"flake.lock":              `add "/" to nix`,
		"tools/a/package.json":    `add "/tools/a" to npm`,
	} {
		mistakes, err := updates(plant(t, map[string]string{dependabot: watched, name: ""}))
		wantMistake(t, mistakes, err, words)
	}
}

func TestPulumi_CLIHasTheVersionOfTheSDK(t *testing.T) {
	for version, words := range map[string]string{"3.1.0": "", "3.2.0": "differ", "": "names no version"} {
		mistakes, err := pulumi(plant(t, map[string]string{
			setupAction:    "        pulumi-version: " + version + "\n",
			"infra/go.mod": "require (\n\tgithub.com/pulumi/pulumi/sdk/v3 v3.1.0\n)\n",
		}))
		wantMistake(t, mistakes, err, words)
	}
}

func TestSettingsOnly_ProgramsStayOutOfTheFolderOfGitHub(t *testing.T) {
	for name, words := range map[string]string{".github/a.yml": "", ".github/CODEOWNERS": "", ".github/x/run.sh": "holds YAML only", "run.sh": ""} {
		mistakes, err := settingsOnly(plant(t, map[string]string{name: "text"}))
		wantMistake(t, mistakes, err, words)
	}
}

func TestAnnotation_NamesFileAndLine(t *testing.T) {
	for mistake, want := range map[string]string{
		"a.md:3: links to b: gone": "::error file=a.md,line=3::links to b: gone",
		"a.yml: job \"x\" y":       "::error file=a.yml,line=1::job \"x\" y",
	} {
		if got := annotation(mistake); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
}

func TestToolchains_EveryModuleNamesTheSame(t *testing.T) {
	for other, words := range map[string]string{
		"go 1.26\n\ntoolchain go1.26.8\n": "", "go 1.26\n": "b/go.mod: has no toolchain line", "go 1.26\n\ntoolchain go1.26.9\n": "different toolchains",
	} {
		mistakes, err := toolchains(plant(t, map[string]string{"a/go.mod": "go 1.26\n\ntoolchain go1.26.8\n", "b/go.mod": other}))
		wantMistake(t, mistakes, err, words)
	}
}
