package runner

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
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

func TestJobsRunInTheOrderOfTheirNeedsWithTheirOwnVariables(t *testing.T) {
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

func TestAFailureStopsWhatNeedsIt(t *testing.T) {
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

func TestAMatrixRunsEachValueAndAnyFailureCounts(t *testing.T) {
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

func TestAnUnknownActionIsAnError(t *testing.T) {
	runner := Runner{Folder: t.TempDir(), Workflows: t.TempDir(), Log: &strings.Builder{}}
	text := "on: push\njobs: {a: {runs-on: x, steps: [{uses: c/d@1}]}}"
	if err := os.WriteFile(filepath.Join(runner.Workflows, "a.yml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := runner.Workflow("a.yml", nil); err == nil || !strings.Contains(err.Error(), "stands in for the action c/d") {
		t.Errorf("got %v", err)
	}
}

func TestExpressionsHaveGitHubsMeaning(t *testing.T) {
	visible := scope{values: map[string]any{"inputs": map[string]any{"yes": true, "no": false, "text": "a"}}}
	for source, want := range map[string]string{
		"x${{ inputs.text }}-${{ inputs.gone }}y": "xa-y",
		"${{ inputs.yes && '--a' || '--b' }}":     "--a",
		"${{ inputs.no && '--a' || '--b' }}":      "--b",
		"${{ inputs.gone || false }}":             "false",
		"${{ inputs.text == 'A' && !inputs.no }}": "true",
		"${{ inputs.text != 'a' || inputs.no }}":  "false",
	} {
		if got, err := visible.expand(source); err != nil || got != want {
			t.Errorf("%s: want %q, got %q, %v", source, want, got, err)
		}
	}
	for _, source := range []string{"${{ secrets.x }}", "${{ fromJSON('1') }}", "${{ inputs.a < 1 }}", "${{ inputs.", "${{ && }}"} {
		if got, err := visible.expand(source); err == nil {
			t.Errorf("%s: want an error, got %q", source, got)
		}
	}
}
