package runner

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nektos/act/pkg/exprparser"
	"github.com/nektos/act/pkg/model"
)

const called = `
on:
  workflow_call:
    inputs:
      environment: {type: string, required: true}
      digest: {type: string, required: true}
      create: {type: boolean, default: false}
jobs:
  deploy:
    runs-on: x
    environment: ${{ inputs.environment }}
    env:
      ROLE: ${{ vars.ROLE }}
    steps:
      - name: credentials
        uses: a/b@1
        with: {role: "${{ vars.ROLE }}"}
      - name: deploy
        run: echo "$ROLE $MODE $DIGEST" && test "$ROLE" != "$BROKEN"
        env:
          MODE: ${{ inputs.create && '--create' || '--existing' }}
          DIGEST: ${{ inputs.digest }}
      - name: report
        if: failure()
        run: echo "reported $ROLE"
      - name: never
        if: inputs.digest == ''
        run: echo never
`

const caller = `
on: push
jobs:
  prod:
    needs: [build, dev]
    uses: ./.github/workflows/called.yml
    with: {environment: prod, digest: "${{ needs.build.outputs.digest }}", create: true}
  build:
    runs-on: x
    outputs:
      digest: ${{ steps.made.outputs.digest }}
    steps:
      - id: made
        run: echo "digest=sha256:1" >>"$GITHUB_OUTPUT"
  dev:
    needs: build
    uses: ./.github/workflows/called.yml
    with: {environment: dev, digest: "${{ needs.build.outputs.digest }}"}
  always:
    needs: prod
    if: ${{ !cancelled() && needs.prod.result != 'success' }}
    runs-on: x
    steps:
      - run: echo "prod ${RESULT}"
        env: {RESULT: "${{ needs.prod.result }}"}
`

// carryOut runs the two workflows above and returns all that was printed.
func carryOut(t *testing.T, broken string) (string, error) {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{"called.yml": called, "caller.yml": caller} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var log strings.Builder
	runner := Runner{
		Folder: t.TempDir(), Workflows: folder, Log: &log,
		Vars:    map[string]map[string]string{"dev": {"ROLE": "role-dev"}, "prod": {"ROLE": "role-prod"}},
		Environ: []string{"PATH=" + os.Getenv("PATH"), "BROKEN=" + broken},
		Actions: map[string]Action{"a/b": func(job *Job, with map[string]string) error {
			fmt.Fprintf(&log, "%s takes %s\n", job.Environment, with["role"])
			return nil
		}},
	}
	err := runner.Workflow("caller.yml", nil)
	return log.String(), err
}

func TestRunner_JobsRunInOrderOfNeedsWithTheirOwnVariables(t *testing.T) {
	log, err := carryOut(t, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"dev takes role-dev", "role-dev --existing sha256:1", "prod takes role-prod", "role-prod --create sha256:1",
		"job always is skipped",
	}
	rest := log
	for _, words := range want {
		_, after, found := strings.Cut(rest, words)
		if !found {
			t.Fatalf("want %q next in\n%s", words, log)
		}
		rest = after
	}
	for _, words := range []string{"never", "reported"} {
		if strings.Contains(log, words+"\n") {
			t.Errorf("%q was not due in\n%s", words, log)
		}
	}
}

func TestRunner_FailureStopsWhatNeedsIt(t *testing.T) {
	log, err := carryOut(t, "role-dev")
	if err == nil || !strings.Contains(err.Error(), "job dev") {
		t.Errorf("want the failure of dev, got %v", err)
	}
	for _, words := range []string{"reported role-dev", "job prod is skipped", "prod skipped"} {
		if !strings.Contains(log, words) {
			t.Errorf("want %q in\n%s", words, log)
		}
	}
	if strings.Contains(log, "role-prod") {
		t.Errorf("prod was touched:\n%s", log)
	}
}

func TestRunner_MatrixRunsEachValueAndAnyFailureCounts(t *testing.T) {
	var log strings.Builder
	runner := Runner{
		Folder: t.TempDir(), Workflows: t.TempDir(), Log: &log, Environ: []string{"PATH=" + os.Getenv("PATH")},
		Vars: map[string]map[string]string{"preview-dev": {}, "preview-prod": {}},
	}
	text := `on: push
jobs:
  each:
    strategy: {matrix: {environment: [dev, prod]}}
    environment: preview-${{ matrix.environment }}
    runs-on: x
    steps: [{run: 'echo "at $E" && test "$E" != dev', env: {E: "${{ matrix.environment }}"}}]
  after: {needs: each, runs-on: x, steps: [{run: echo never}]}`
	if err := os.WriteFile(filepath.Join(runner.Workflows, "a.yml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	err := runner.Workflow("a.yml", nil)
	if err == nil || !strings.Contains(log.String(), "at dev\n") || !strings.Contains(log.String(), "at prod\n") {
		t.Errorf("got %v with\n%s", err, log.String())
	}
	if !strings.Contains(log.String(), "job after is skipped") {
		t.Errorf("a failure did not count:\n%s", log.String())
	}
}

func TestRunner_UnknownActionIsAnError(t *testing.T) {
	runner := Runner{Folder: t.TempDir(), Workflows: t.TempDir(), Log: &strings.Builder{}}
	text := "on: push\njobs: {a: {runs-on: x, steps: [{uses: c/d@1}]}}"
	if err := os.WriteFile(filepath.Join(runner.Workflows, "a.yml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := runner.Workflow("a.yml", nil); err == nil || !strings.Contains(err.Error(), "stands in for the action c/d") {
		t.Errorf("got %v", err)
	}
}

// one carries out one workflow file with a log of its own.
func one(t *testing.T, runner Runner, files map[string]string, inputs map[string]any) (string, error) {
	t.Helper()
	var log strings.Builder
	runner.Folder, runner.Workflows, runner.Log, runner.Environ = t.TempDir(), t.TempDir(), &log, []string{"PATH=" + os.Getenv("PATH")}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(runner.Workflows, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	err := runner.Workflow("a.yml", inputs)
	return log.String(), err
}

// GitHub passes no secrets of an environment to a called workflow that was not given all: actions/runner#1490.
func TestRunner_CalledWorkflowSeesSecretsOnlyWhenTheCallerPassesAll(t *testing.T) {
	runner := Runner{Vars: map[string]map[string]string{"dev": {}}, Secrets: map[string]map[string]string{"dev": {"ROLE": "role-dev"}}}
	for secrets, want := range map[string]string{"": "at :", ", secrets: inherit": "at :role-dev"} {
		log, err := one(t, runner, map[string]string{
			"a.yml": "on: push\njobs: {dev: {uses: ./.github/workflows/b.yml" + secrets + "}}",
			"b.yml": "on: workflow_call\njobs: {b: {environment: {name: dev, deployment: false}, steps: [{run: 'echo \"at :$R\"', env: {R: '${{ secrets.ROLE }}'}}]}}",
		}, nil)
		if err != nil || !strings.Contains(log, want+"\n") {
			t.Errorf("%q: want %q, got %v with\n%s", secrets, want, err, log)
		}
	}
}

func TestRunner_RequiredInputOfACalledWorkflowIsDemanded(t *testing.T) {
	_, err := one(t, Runner{}, map[string]string{
		"a.yml": "on: push\njobs: {a: {uses: ./.github/workflows/b.yml}}",
		"b.yml": "on: {workflow_call: {inputs: {digest: {type: string, required: true}}}}\njobs: {b: {steps: [{run: 'true'}]}}",
	}, nil)
	if err == nil || !strings.Contains(err.Error(), "the input digest is required") {
		t.Errorf("got %v", err)
	}
}

func TestRunner_JobsThatNeedEachOtherAreAnError(t *testing.T) {
	_, err := one(t, Runner{}, map[string]string{"a.yml": "on: push\njobs: {a: {needs: b}, b: {needs: a}}"}, nil)
	if err == nil || !strings.Contains(err.Error(), "need each other") {
		t.Errorf("got %v", err)
	}
}

func TestRunner_EnvironmentGetsItsAddressFromASuccessfulStep(t *testing.T) {
	for command, want := range map[string]string{`echo "url=http://x" >>"$GITHUB_OUTPUT"`: "http://x", "exit 1": ""} {
		runner := Runner{Vars: map[string]map[string]string{"dev": {}}, URLs: map[string]string{}}
		text := "on: push\njobs: {a: {environment: {name: dev, url: '${{ steps.s.outputs.url }}'}, steps: [{id: s, run: '" + command + "'}]}}"
		_, _ = one(t, runner, map[string]string{"a.yml": text}, nil)
		if got := runner.URLs["dev"]; got != want {
			t.Errorf("%s: want %q, got %q", command, want, got)
		}
	}
}

func TestExpressions_HaveGitHubsMeaning(t *testing.T) {
	visible := scope{EvaluationEnvironment: exprparser.EvaluationEnvironment{
		Github: &model.GithubContext{}, Job: &model.JobContext{Status: "success"},
		Inputs: map[string]any{"yes": true, "no": false, "text": "a"},
	}}
	for source, want := range map[string]string{
		"x${{ inputs.text }}-${{ inputs.gone }}y": "xa-y",
		"${{ inputs.yes && '--a' || '--b' }}":     "--a",
		"${{ inputs.no && '--a' || '--b' }}":      "--b",
		"${{ inputs.gone || false }}":             "false",
		"${{ inputs.text == 'A' && !inputs.no }}": "true",
		"${{ inputs.text != 'a' || inputs.no }}":  "false",
		"${{ toJSON(inputs.text) }}":              `"a"`,
	} {
		if got, err := visible.expand(source); err != nil || got != want {
			t.Errorf("%s: want %q, got %q, %v", source, want, got, err)
		}
	}
	for _, source := range []string{"${{ inputs.", "${{ && }}", "${{ nonsense.x }}", "${{ nonsense(1) }}"} {
		if got, err := visible.expand(source); err == nil {
			t.Errorf("%s: want an error, got %q", source, got)
		}
	}
}
