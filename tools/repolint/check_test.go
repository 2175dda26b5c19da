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
	mistakes, err := words(plant(t, map[string]string{"a.md": "mastodon, stodo" + "logy", "Cargo.lock": "to" + "do"}))
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

const (
	sha  = "3d3c42e5aac5ba805825da76410c181273ba90b1"
	flow = `
permissions: {}
jobs:
  build:
    permissions: {contents: read}
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@` + sha + ` # v7.0.1
        with: {persist-credentials: false}
      - run: make lint
      - run: scripts/ops/deploy.sh "$STACK" --create
  prod:
    if: github.ref == 'refs/heads/main'
    permissions: {id-token: write}
    timeout-minutes: 40
    environment: prod
    concurrency: {group: deploy-prod, cancel-in-progress: false, queue: max}
    steps:
      - uses: aws-actions/configure-aws-credentials@` + sha + ` # v6.2.3
      - run: scripts/ops/deploy.sh "$STACK"
        env: {KEY: "${{ secrets.KEY }}"}
  called:
    permissions: {}
    uses: ./.github/workflows/other.yml
`
)

func TestWorkflows_KeepTheRules(t *testing.T) {
	const start = "environment: prod\n    concurrency: {group: deploy-prod, cancel-in-progress: false, queue: max}"
	for _, broken := range []struct{ old, new, words string }{
		{"", "", ""},
		{"permissions: {}\njobs", "jobs", "grants something to all its jobs"},
		{"permissions: {}\njobs", "permissions: {contents: read}\njobs", "grants something to all its jobs"},
		{"    permissions: {contents: read}\n    timeout", "    timeout", "names no permissions of its own"},
		{"    timeout-minutes: 5\n    steps", "    steps", "may run for six hours"},
		{sha + " # v7.0.1", sha, "without its version"},
		{"make lint", "make lint && true", "more than one call"},
		{"make lint", "make", "more than one call"},
		{"make lint", "make gone", "more than one call"},
		{"make lint", "make lint MODE=fast", ""},
		{"make lint", "nix flake check --print-build-logs", ""},
		{"make lint", "curl x", "more than one call"},
		{"make lint", "scripts/gone.sh", "more than one call"},
		{"make lint", "scripts/plain.txt", "more than one call"},
		{"make lint", "|\n          make lint\n          make lint", "more than one call"},
		{`"$STACK" --create`, `$(date)`, "more than one call"},
		{`"$STACK" --create`, `$STACK`, "more than one call"},
		{"cancel-in-progress: false", "cancel-in-progress: true", "without a concurrency group"},
		{start, "environment: prod", "without a concurrency group"},
		{"group: deploy-prod, ", "", "without a concurrency group"},
		{", queue: max", "", "without a concurrency group"},
		{"    if: github.ref == 'refs/heads/main'\n", "", "credentials on any branch"},
		{"secrets.KEY", "vars.AWS_ROLE", "make it a secret"},
		{"timeout-minutes: 40", "timeout-minutes: 61", "longer than its credentials last"},
		{"{contents: read}", "{contents: write}", "may write to the repository where"},
		{"{contents: read}", "{attestations: write}", "signs where code of the repository runs"},
		{"make lint", "make image", "without naming BUILDER"},
		{start, "environment: preview-dev\n    concurrency: {group: p, cancel-in-progress: true}", "deployment: false"},
		{start, "environment: {name: preview-dev, deployment: false}\n    concurrency: {group: p, cancel-in-progress: true}", ""},
		{"environment: prod", "environment: approve-prod", "does more than ask for approval"},
		{"permissions: {}\njobs", "on: {push: {branches: [main]}}\nconcurrency: {group: 'c-${{ github.ref }}'}\npermissions: {}\njobs", "share a concurrency group"},
		{"permissions: {}\njobs", "on: {push: {branches: [main]}}\nconcurrency: {group: 'c-${{ github.run_id }}'}\npermissions: {}\njobs", ""},
		{"./.github/workflows/other.yml", "a/b/.github/workflows/c.yml@" + sha, "not of this repository"},
	} {
		text := strings.Replace(flow, broken.old, broken.new, 1)
		planted := plant(t, map[string]string{
			".github/workflows/a.yml": text,
			"Makefile":                "lint:\n\ttrue\nimage:\n\ttrue\n",
			setupAction:               "runs:\n  steps:\n    - name: c\n      with:\n        role-duration-seconds: 3600\n",
			"scripts/ops/deploy.sh":   "#!/usr/bin/env bash\n",
			"scripts/plain.txt":       "text",
			"flake.nix":               "{}",
		})
		mistakes, err := workflows(planted)
		t.Log(broken.old, "->", broken.new)
		wantMistake(t, mistakes, err, broken.words)
	}
}

func TestWorkflows_SecretsAndCredentialsStayInsideEnvironments(t *testing.T) {
	open := strings.Replace(flow, "    environment: prod\n", "", 1)
	setup := strings.Replace(open, "aws-actions/configure-aws-credentials@"+sha+" # v6.2.3", "./.github/actions/setup", 1)
	for _, text := range []string{open, setup} {
		wantBoth(t, text)
	}
}

func wantBoth(t *testing.T, text string) {
	t.Helper()
	mistakes, err := inspect(plant(t, map[string]string{"Makefile": "lint:\n", "scripts/ops/deploy.sh": "#!x"}),
		".github/workflows/a.yml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(mistakes, "\n")
	for _, words := range []string{"reads a secret outside", "takes AWS credentials outside"} {
		if !strings.Contains(all, words) {
			t.Errorf("want a mistake with %q, got %q", words, mistakes)
		}
	}
}

func TestWorkflows_CompositeActionsKeepTheRulesForSteps(t *testing.T) {
	text := "runs: {using: composite, steps: [{run: ls}]}"
	mistakes, err := workflows(plant(t, map[string]string{".github/actions/a/action.yml": text}))
	wantMistake(t, mistakes, err, "more than one call")
}

const described = `
name: mote
config:
  # Size
  mote:cpu: {type: integer, default: 256, description: "CPU units | a task"}
  mote:names: {type: array, default: [a, b], description: "names"}
  # Names
  mote:domain: {type: string, description: "domain"}
`

const tables = `# mote
<!-- settings: service -->
| setting | default | what it does |
|---|---|---|
| ` + "`MOTE_PORT` | `8080`" + ` | port |
<!-- end of settings -->
<!-- settings: stack -->

### Size

| setting | default | what it does |
|---|---|---|
| ` + "`mote:cpu` | `256`" + ` | CPU units \| a task |
| ` + "`mote:names` | `[a, b]`" + ` | names |

### Names

| setting | default | what it does |
|---|---|---|
| ` + "`mote:domain` | " + ` | domain |
<!-- end of settings -->
`

func TestConfiguration_TablesSayWhatTheSourcesSay(t *testing.T) {
	help := filepath.Join(t.TempDir(), "help")
	if err := os.WriteFile(help, []byte("Settings:\n  MOTE_PORT     port [8080]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, broken := range []struct{ old, new, words string }{
		{"", "", ""},
		{"`256`", "`512`", "stack settings are not what"},
		{"`8080`", "`80`", "service settings are not what"},
		{"<!-- settings: stack -->", "", "has no lines"},
	} {
		files := plant(t, map[string]string{"infra/Pulumi.yaml": described, document: strings.Replace(tables, broken.old, broken.new, 1)})
		mistakes, err := settingsTables{help}.check(files)
		wantMistake(t, mistakes, err, broken.words)
	}
}

func TestConfiguration_TablesAreWrittenAsTheyAreChecked(t *testing.T) {
	files := plant(t, map[string]string{"infra/Pulumi.yaml": described, document: begin("stack") + "\nold\n" + end + "\nrest"})
	if err := (settingsTables{}).write(files); err != nil {
		t.Fatal(err)
	}
	mistakes, err := settingsTables{}.check(files)
	wantMistake(t, mistakes, err, "")
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

func TestWorkflows_CallOfTheFlakeNeedsAFlake(t *testing.T) {
	for files, want := range map[string]bool{"flake.nix": true, "other.nix": false} {
		if got := single(plant(t, map[string]string{files: "{}"}), "nix flake check"); got != want {
			t.Errorf("with %s: got %v", files, got)
		}
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
	} {
		mistakes, err := updates(plant(t, map[string]string{dependabot: watched, name: ""}))
		wantMistake(t, mistakes, err, words)
	}
}

func TestStages_CIRunsEachOnce(t *testing.T) {
	for matrix, words := range map[string]string{
		"{stage: lint}, {stage: flake}":                 "",
		"{stage: lint}":                                 "runs the stages",
		"{stage: lint}, {stage: flake}, {stage: flake}": "runs the stages",
	} {
		mistakes, err := stages(plant(t, map[string]string{
			ciWorkflow: "jobs: {test: {strategy: {matrix: {include: [" + matrix + "]}}}}",
			testScript: "#!/bin/bash\nSTAGES='\nfirst    lint  a.sh\ncompute  flake b.sh\n'\n",
		}))
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
