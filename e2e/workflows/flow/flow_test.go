// Package flow carries out the workflows with commands and actions that only say that they were called: what runs, in which order, and
// what does not run. It takes a second; the parent package does it for real.
package flow

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nektos/act/pkg/model"

	"github.com/mote-dev/mote/e2e/workflows/runner"
)

// A github is one repository's workflows, and what was called.
type github struct {
	runner.Runner
	log strings.Builder
}

// newGithub has the environments that a user creates, with deployments switched on.
func newGithub(t *testing.T) *github {
	t.Helper()
	g := &github{}
	g.Runner = runner.Runner{
		Folder: t.TempDir(), Workflows: "../../../.github/workflows", Log: &g.log, Actions: map[string]runner.Action{},
		Vars: map[string]map[string]string{"": {"MOTE_DEPLOY": "true"}, "release": {}}, Secrets: map[string]map[string]string{}, URLs: map[string]string{},
		GitHub:  model.GithubContext{Ref: "refs/heads/main", Repository: "me/mote", EventName: "push", RunAttempt: "1", Sha: "abc"},
		Environ: []string{"PATH=" + t.TempDir() + ":" + os.Getenv("PATH"), "GITHUB_REPOSITORY=me/mote", "GITHUB_REF_NAME=v1.0.0"},
	}
	for _, stack := range []string{"dev", "staging", "prod"} {
		for _, name := range []string{stack, "preview-" + stack} {
			g.Vars[name] = map[string]string{"AWS_REGION": "eu-west-1"}
			g.Secrets[name] = map[string]string{"AWS_ROLE": "role-" + name, "AWS_ACCOUNT": "1", "PULUMI_BACKEND_URL": "s3://state-" + name}
		}
		g.Vars["approve-"+stack] = map[string]string{}
	}
	folder, _, _ := strings.Cut(strings.TrimPrefix(g.Environ[0], "PATH="), ":")
	for _, name := range []string{"make", "nix"} {
		program(t, filepath.Join(folder, name), "echo \"call: "+name+" $*\"")
	}
	g.actions(t)
	return g
}

var uses = regexp.MustCompile(`uses: (\S+?)(?:@\S+)?(?: #.*)?\n`)

// actions stand in for each action that a workflow uses; the checkout brings scripts that say how they were called.
func (g *github) actions(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob(g.Workflows + "/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range uses.FindAllStringSubmatch(string(text), -1) {
			name := match[1]
			g.Actions[name] = func(job *runner.Job, with map[string]string) error {
				fmt.Fprintf(&g.log, "call: %s %s%s\n", filepath.Base(name), with["role"], with["subject-digest"])
				return nil
			}
		}
	}
	g.Actions["actions/checkout"] = func(job *runner.Job, _ map[string]string) error { return scripts(job.Folder) }
}

// scripts are those of the tree, each of which says only how it was called; some have outputs.
func scripts(folder string) error {
	list, err := exec.Command("git", "-C", "../../..", "ls-files", "scripts").Output()
	if err != nil {
		return err
	}
	for name := range strings.FieldsSeq(string(list)) {
		text := "#!/bin/bash\necho \"call: " + filepath.Base(name) + " $*\"\n"
		switch filepath.Base(name) {
		case "digest.sh", "build-release.sh":
			text += "echo digest=sha256:1 >>\"$GITHUB_OUTPUT\"\n"
		case "deploy.sh":
			text += "echo \"state: $PULUMI_BACKEND_URL\"\necho \"url=http://$STACK\" >>\"$GITHUB_OUTPUT\"\n"
		case "wait-for-ci.sh", "drift.sh":
			text += "exit ${FAILS:-0}\n"
		}
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			return err
		}
	}
	return nil
}

func program(t *testing.T, path, command string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("#!/bin/bash\n"+command+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// calls are what a workflow called, in order.
func (g *github) calls(t *testing.T, name string, inputs map[string]any) ([]string, error) {
	t.Helper()
	g.log.Reset()
	err := g.Workflow(name, inputs)
	var calls []string
	for line := range strings.Lines(g.log.String()) {
		if call, is := strings.CutPrefix(line, "call: "); is {
			calls = append(calls, strings.TrimSpace(call))
		}
	}
	return calls, err
}

// want compares what was called with what should have been.
func want(t *testing.T, calls []string, err error, wanted ...string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(calls, wanted) {
		t.Errorf("want\n  %s\ngot\n  %s", strings.Join(wanted, "\n  "), strings.Join(calls, "\n  "))
	}
}

func TestDeploy_BuildsOnceSignsApartAndPromotesOneDigest(t *testing.T) {
	g := newGithub(t)
	calls, err := g.calls(t, "deploy.yml", nil)
	wanted := []string{
		"install-nix-action", "make image", "sbom.sh target/dist/sbom.json target/dist/image", "digest.sh", "upload-artifact", "upload-artifact",
		"wait-for-ci.sh abc",
		"download-artifact", "attest sha256:1", "attest sha256:1",
	}
	for _, stack := range []string{"dev", "staging", "prod"} {
		wanted = append(wanted, "may-deploy.sh  --newest", "download-artifact", "verify-image.sh sha256:1 me/mote", "setup role-"+stack,
			"deploy.sh "+stack+" --existing --digest sha256:1")
	}
	want(t, calls, err, wanted...)
	for _, stack := range []string{"dev", "staging", "prod"} {
		if url := g.URLs[stack]; url != "http://"+stack || !strings.Contains(g.log.String(), "state: s3://state-"+stack+"\n") {
			t.Errorf("%s has the address %q, or another environment's state", stack, url)
		}
	}
}

func TestDeploy_NothingRunsUntilItIsSwitchedOn(t *testing.T) {
	g := newGithub(t)
	delete(g.Vars[""], "MOTE_DEPLOY")
	for _, name := range []string{"deploy.yml", "drift.yml", "preview.yml"} {
		calls, err := g.calls(t, name, nil)
		want(t, calls, err)
	}
}

func TestDeploy_WhatCIRefusesReachesNoEnvironmentAndIsReported(t *testing.T) {
	g := newGithub(t)
	g.Environ = append(g.Environ, "FAILS=1")
	calls, err := g.calls(t, "deploy.yml", nil)
	if err == nil || slices.ContainsFunc(calls, func(call string) bool { return strings.HasPrefix(call, "setup") }) {
		t.Errorf("got %v with %q", err, calls)
	}
	if last := calls[len(calls)-1]; !strings.HasPrefix(last, "report-failure.sh") || !strings.Contains(last, "failure") {
		t.Errorf("the last call is %q", last)
	}
}

func TestEnvironment_AnotherBranchGetsNothing(t *testing.T) {
	g := newGithub(t)
	g.GitHub.Ref = "refs/heads/other"
	for name, inputs := range map[string]map[string]any{
		"deploy.yml": nil, "drift.yml": nil, "rollback.yml": {"environment": "prod", "digest": "sha256:2"},
		"destroy.yml": {"environment": "prod", "confirm": "prod"}, "unlock.yml": {"environment": "prod", "confirm": "prod"},
	} {
		calls, err := g.calls(t, name, inputs)
		want(t, calls, err)
	}
}

func TestRollback_VerifiesWhatItPulledAndIgnoresAFreeze(t *testing.T) {
	g := newGithub(t)
	g.Vars[""]["MOTE_FREEZE"] = "fair"
	calls, err := g.calls(t, "rollback.yml", map[string]any{"environment": "prod", "digest": "sha256:2"})
	want(t, calls, err, "may-deploy.sh fair --force", "setup role-prod", "fetch-image.sh prod sha256:2", "verify-image.sh sha256:2 me/mote",
		"deploy.sh prod --existing --digest sha256:2")
}

func TestDestroy_AsksForApprovalAndTheNameFirst(t *testing.T) {
	g := newGithub(t)
	calls, err := g.calls(t, "destroy.yml", map[string]any{"environment": "dev", "confirm": "dev", "remove": true})
	want(t, calls, err, "confirm.sh dev dev", "setup role-dev", "destroy.sh dev --confirm dev --remove-stack")
}

func TestUnlock_AsksForApprovalAndTheNameFirst(t *testing.T) {
	g := newGithub(t)
	calls, err := g.calls(t, "unlock.yml", map[string]any{"environment": "dev", "confirm": "dev"})
	want(t, calls, err, "confirm.sh dev dev", "setup role-dev", "unlock.sh dev --confirm dev")
}

func TestDrift_ReportsEachOutcome(t *testing.T) {
	for fails, outcome := range map[string]string{"0": "success", "1": "failure"} {
		g := newGithub(t)
		g.Environ = append(g.Environ, "FAILS="+fails)
		calls, err := g.calls(t, "drift.yml", nil)
		if (outcome == "success") != (err == nil) {
			t.Errorf("got %v", err)
		}
		want(t, calls, nil,
			"setup role-preview-dev", "drift.sh dev target/drift.txt", "report-drift.sh dev "+outcome+" target/drift.txt",
			"setup role-preview-staging", "drift.sh staging target/drift.txt", "report-drift.sh staging "+outcome+" target/drift.txt",
			"setup role-preview-prod", "drift.sh prod target/drift.txt", "report-drift.sh prod "+outcome+" target/drift.txt")
	}
}

func TestPreview_ForksAndDependabotGetNone(t *testing.T) {
	for _, from := range []struct {
		repository, user string
		count            int
	}{{"contributor/mote", "contributor", 0}, {"me/mote", "dependabot[bot]", 0}, {"me/mote", "me", 3}} {
		g := newGithub(t)
		g.GitHub.Event = map[string]any{"pull_request": map[string]any{
			"number": 5, "user": map[string]any{"login": from.user}, "head": map[string]any{"repo": map[string]any{"full_name": from.repository}},
		}}
		_, err := g.calls(t, "preview.yml", nil)
		if err != nil || strings.Count(g.log.String(), "call: preview.sh") != from.count || strings.Count(g.log.String(), "call: comment.sh 5") != min(from.count, 1) {
			t.Errorf("%+v: %v\n%s", from, err, g.log.String())
		}
	}
}

func TestRelease_PublishesWhatWasSignedApartFromTheBuildAndRebuildsIt(t *testing.T) {
	g := newGithub(t)
	calls, err := g.calls(t, "release.yml", nil)
	want(t, calls, err,
		"install-nix-action", "check-tag.sh v1.0.0", "build-release.sh target/release-files", "upload-artifact",
		"download-artifact", "attest", "attest sha256:1", "attest sha256:1", "download-artifact", "publish.sh v1.0.0 target/release-files",
		"install-nix-action", "verify-release.sh v1.0.0 me/mote", "verify-release.sh v1.0.0 me/mote")
}

func TestCI_EachStageRunsOnceAndAllGreenComesLast(t *testing.T) {
	g := newGithub(t)
	calls, err := g.calls(t, "ci.yml", nil)
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("../../../scripts/dev/test.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range regexp.MustCompile(`(?m)^(?:first|compute|wait) +(\w+) `).FindAllStringSubmatch(string(script), -1) {
		stage := match[1]
		if strings.Count(strings.Join(calls, "\n")+"\n", "make test STAGE="+stage+"\n") != 1 {
			t.Errorf("stage %s does not run once: %q", stage, calls)
		}
	}
	if last := calls[len(calls)-1]; !strings.HasPrefix(last, "all-green.sh {") {
		t.Errorf("the last call is %q", last)
	}
}
