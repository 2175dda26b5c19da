package main

import (
	"strings"
	"testing"
)

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

func TestWorkflows_CallOfTheFlakeNeedsAFlake(t *testing.T) {
	for files, want := range map[string]bool{"flake.nix": true, "other.nix": false} {
		if got := single(plant(t, map[string]string{files: "{}"}), "nix flake check"); got != want {
			t.Errorf("with %s: got %v", files, got)
		}
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
			testScript: "#!/bin/bash\nSTAGES='\nfirst    lint  a.sh\nbeside   flake nix/b.sh\n'\n",
		}))
		wantMistake(t, mistakes, err, words)
	}
}
