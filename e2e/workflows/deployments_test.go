// Package workflows rehearses what the workflows do: their own commands, read from the YAML, in their own order, against a local
// AWS. Only what is GitHub's is stood in for: artifacts, attestations, environments, issues.
package workflows

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

type inputs = map[string]any

// TestWorkflows_OneDigestGoesFromACommitToProductionAndBackDown tells one story; each part needs those before it.
func TestWorkflows_OneDigestGoesFromACommitToProductionAndBackDown(t *testing.T) {
	w := newWorld(t)
	var first, second string
	deployed := inputs{"environment": "dev", "digest": "sha256:0", "artifact": "image"}
	for _, part := range []struct {
		name string
		run  func(t *testing.T)
	}{
		{"nothing happens before deployments are switched on", func(t *testing.T) {
			for _, file := range []string{"deploy.yml", "drift.yml", "preview.yml"} {
				accepted(t, w.runner.Workflow(file, nil))
			}
			if w.credentials > 0 || w.read("issues") != "" {
				t.Errorf("credentials were taken %d times, and the issues are %q", w.credentials, w.read("issues"))
			}
			w.runner.Vars[""]["MOTE_DEPLOY"] = "true"
		}},
		{"a commit that CI has not passed goes nowhere, and an issue tells of it", func(t *testing.T) {
			w.write("ci", "failure\n")
			refused(t, w.runner.Workflow("deploy.yml", inputs{"create": true}), "job ci", `CI says "failure"`)
			if w.credentials > 0 || !strings.Contains(w.read("issues"), "A deployment failed") {
				t.Errorf("credentials were taken %d times, and the issues are %q", w.credentials, w.read("issues"))
			}
			w.write("ci", "success\n")
			w.write("issues", "")
		}},
		{"a branch that calls the workflow of main gets no credentials", func(t *testing.T) {
			w.runner.GitHub.Ref = "refs/heads/other"
			accepted(t, w.runner.Workflow("rollback.yml", inputs{"environment": "dev", "digest": "sha256:0"}))
			w.runner.GitHub.Ref = "refs/heads/main"
			if w.credentials > 0 {
				t.Errorf("credentials were taken %d times", w.credentials)
			}
		}},
		{"a missing stack is not made by a push", func(t *testing.T) {
			refused(t, w.runner.Workflow("deploy.yml", nil), "job dev", "there is no stack dev", "make it by --create")
		}},
		{"the first deployment makes all stacks and gives them one digest", func(t *testing.T) {
			accepted(t, w.runner.Workflow("deploy.yml", inputs{"create": true}))
			first = w.oneDigest(t)
		}},
		{"AWS has what the stacks say", func(t *testing.T) {
			accepted(t, w.runner.Workflow("drift.yml", nil))
		}},
		{"what was changed by hand is reported once for its stack", func(t *testing.T) {
			w.keepLogsFor(t, "staging", 3)
			refused(t, w.runner.Workflow("drift.yml", nil), "stack staging and AWS differ")
			issues := w.read("issues")
			if strings.Count(issues, "--title Stack ") != 1 || !strings.Contains(issues, "--title Stack staging and AWS differ") {
				t.Errorf("the issues are\n%s", issues)
			}
			if strings.Contains(issues, "000000000000") {
				t.Errorf("an issue names the account:\n%s", issues)
			}
			w.keepLogsFor(t, "staging", 14)
		}},
		{"a pull request shows in one comment what would change, and a fork's shows nothing", func(t *testing.T) {
			w.pullRequest("contributor/mote")
			accepted(t, w.runner.Workflow("preview.yml", nil))
			if _, err := os.Stat(w.path("comment")); err == nil {
				t.Errorf("a fork's program was run with credentials:\n%s", w.read("comment"))
			}
			w.pullRequest(repository)
			accepted(t, w.runner.Workflow("preview.yml", nil))
			comment := w.read("comment")
			for _, stack := range stacks {
				if !strings.Contains(comment, "### "+stack+"\n") || strings.Contains(comment, "no preview") {
					t.Errorf("the comment has no preview of %s:\n%s", stack, comment)
				}
			}
		}},
		{"a new commit is deployed everywhere", func(t *testing.T) {
			w.replace("src/config/defaults.rs", `"mote is up and running."`, `"mote, the second."`)
			w.commit("second")
			accepted(t, w.runner.Workflow("deploy.yml", nil))
			second = w.oneDigest(t)
			if second == first {
				t.Errorf("both commits gave %s", first)
			}
			w.wantAnswer(t, "prod", "200 mote, the second.")
			if summary := w.read("summary"); !strings.Contains(summary, "| before | `"+first+"` |\n| now | `"+second+"` |") {
				t.Errorf("the summary does not say what replaced what:\n%s", summary)
			}
			if url := w.runner.URLs["prod"]; url != w.output("prod", "url") {
				t.Errorf("the environment's address is %q", url)
			}
		}},
		{"an old run that is started again deploys nothing", func(t *testing.T) {
			newest := w.runner.GitHub.Sha
			w.runner.GitHub.Sha, w.runner.GitHub.RunAttempt = w.tool(w.path("source"), "git", "rev-parse", "HEAD~1"), "2"
			refused(t, w.runner.Workflow("environment.yml", deployed), "is no longer the newest on main")
			w.runner.GitHub.Sha, w.runner.GitHub.RunAttempt = newest, "1"
		}},
		{"a freeze holds back what is pushed", func(t *testing.T) {
			w.runner.Vars[""]["MOTE_FREEZE"] = "the week of the fair"
			refused(t, w.runner.Workflow("environment.yml", deployed), "deployments are frozen: the week of the fair")
		}},
		{"an environment goes back to a digest that it has run, in a freeze too, and no other environment moves", func(t *testing.T) {
			accepted(t, w.runner.Workflow("rollback.yml", inputs{"environment": "dev", "digest": first}))
			delete(w.runner.Vars[""], "MOTE_FREEZE")
			w.wantDigests(t, first, second, second)
			w.wantAnswer(t, "dev", "200 mote is up and running.")
		}},
		{"a digest that an environment has never run is refused", func(t *testing.T) {
			never := "sha256:" + strings.Repeat("0", 64)
			refused(t, w.runner.Workflow("rollback.yml", inputs{"environment": "dev", "digest": never}), "stack dev never ran it")
		}},
		{"a digest without an attestation is refused before anything changes", func(t *testing.T) {
			attested := w.read("attested")
			w.write("attested", strings.ReplaceAll(attested, strings.TrimPrefix(second, "sha256:"), ""))
			refused(t, w.runner.Workflow("rollback.yml", inputs{"environment": "dev", "digest": second}), "has no attestation")
			w.write("attested", attested)
			w.wantDigests(t, first, second, second)
		}},
		{"a stack that a killed update has locked is refused until it is unlocked", func(t *testing.T) {
			w.lock(t, "dev")
			deploy := inputs{"environment": "dev", "digest": second}
			refused(t, w.runner.Workflow("rollback.yml", deploy), "currently locked")
			refused(t, w.runner.Workflow("unlock.yml", inputs{"environment": "dev", "confirm": "prod"}), "nothing was touched")
			refused(t, w.runner.Workflow("rollback.yml", deploy), "currently locked")
			accepted(t, w.runner.Workflow("unlock.yml", inputs{"environment": "dev", "confirm": "dev"}))
			accepted(t, w.runner.Workflow("rollback.yml", deploy))
			w.wantDigests(t, second, second, second)
		}},
		{"a version that does not start stops at the first environment, which goes on with the old one", func(t *testing.T) {
			w.replace("src/main.rs", "fn main() -> ExitCode {\n", "fn main() -> ExitCode {\n    if std::env::args().count() == 1 { return ExitCode::from(1); }\n")
			w.commit("broken")
			refused(t, w.runner.Workflow("deploy.yml", nil), "job dev")
			w.wantDigestsOf(t, second, "staging", "prod")
			w.wantAnswer(t, "dev", "200 mote, the second.")
		}},
		{"a wrong typed name takes nothing down", func(t *testing.T) {
			refused(t, w.runner.Workflow("destroy.yml", inputs{"environment": "staging", "confirm": "dev"}), "nothing was touched")
			w.wantAnswer(t, "staging", "200 mote, the second.")
		}},
		{"staging is taken down on the first try", func(t *testing.T) {
			accepted(t, w.runner.Workflow("destroy.yml", inputs{"environment": "staging", "confirm": "staging", "remove": true}))
			w.wantStacks(t, "dev", "prod")
			w.wantPrinted(t, "stack staging is down, and AWS lists nothing more of it")
		}},
		{"prod is refused while it is protected", func(t *testing.T) {
			refused(t, w.runner.Workflow("destroy.yml", inputs{"environment": "prod", "confirm": "prod"}), "stack prod is protected")
			w.wantAnswer(t, "prod", "200 mote, the second.")
		}},
		{"prod is taken down after its protection was lifted by a deployment", func(t *testing.T) {
			w.replace("infra/Pulumi.prod.yaml", "deletionProtection: true", "deletionProtection: false")
			w.commit("lift the protection")
			refused(t, w.runner.Workflow("destroy.yml", inputs{"environment": "prod", "confirm": "prod"}), "stack prod is protected")
			accepted(t, w.runner.Workflow("rollback.yml", inputs{"environment": "prod", "digest": second}))
			accepted(t, w.runner.Workflow("destroy.yml", inputs{"environment": "prod", "confirm": "prod", "remove": true}))
			accepted(t, w.runner.Workflow("destroy.yml", inputs{"environment": "dev", "confirm": "dev", "remove": true}))
			w.wantStacks(t)
			w.wantPrinted(t, "stack prod is down, and AWS lists nothing more of it")
			w.wantPrinted(t, "stack dev is down, and AWS lists nothing more of it")
		}},
	} {
		if !t.Run(part.name, part.run) {
			t.Fatal("what follows needs this")
		}
	}
}

func accepted(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused wants the workflow to have failed with all of these words in its errors.
func refused(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("want a refusal with %q, but the workflow succeeded", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("want %q in the refusal, got:\n%v", word, err)
		}
	}
}

// oneDigest wants all environments to have the same image, and returns its digest.
func (w *world) oneDigest(t *testing.T) string {
	t.Helper()
	digest := w.output("dev", "imageDigest")
	w.wantDigests(t, digest, digest, digest)
	return digest
}

func (w *world) wantDigests(t *testing.T, digests ...string) {
	t.Helper()
	for index, stack := range stacks {
		w.wantDigestsOf(t, digests[index], stack)
	}
}

func (w *world) wantDigestsOf(t *testing.T, digest string, stacks ...string) {
	t.Helper()
	for _, stack := range stacks {
		if got := w.output(stack, "imageDigest"); got != digest {
			t.Errorf("stack %s has %s, want %s", stack, got, digest)
		}
	}
}

func (w *world) wantAnswer(t *testing.T, stack, want string) {
	t.Helper()
	if got := w.says(stack); got != want {
		t.Errorf("stack %s answers %q, want %q", stack, got, want)
	}
}

func (w *world) wantStacks(t *testing.T, want ...string) {
	t.Helper()
	names := w.tool(w.path("source/infra"), "sh", "-c", "pulumi stack ls --json --non-interactive | jq -r '.[].name'")
	if got := strings.Fields(names); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the stacks are %q, want %q", got, want)
	}
}

// wantPrinted wants the workflows' commands to have printed the words.
func (w *world) wantPrinted(t *testing.T, words string) {
	t.Helper()
	printed, err := os.ReadFile(logFile)
	w.try(err)
	if !strings.Contains(string(printed), words) {
		t.Errorf("nothing printed %q", words)
	}
}

// lock leaves what a killed update leaves.
func (w *world) lock(t *testing.T, stack string) {
	t.Helper()
	folder := "state/.pulumi/locks/organization/mote/" + stack
	w.try(os.MkdirAll(w.path(folder), 0o755))
	w.write(folder+"/6f1c0d52-7f6b-4d6e-9f4e-0d5f6f7a8b9c.json", `{"pid":1,"username":"t","hostname":"t","timestamp":"2026-01-01T00:00:00Z"}`)
}

// keepLogsFor changes how long a stack's log lines are kept, as an operator would on AWS's console.
func (w *world) keepLogsFor(t *testing.T, stack string, days int) {
	t.Helper()
	body := fmt.Sprintf(`{"logGroupName":%q,"retentionInDays":%d}`, w.output(stack, "logGroup"), days)
	w.ask("logs", "Logs_20140328.PutRetentionPolicy", body)
}
