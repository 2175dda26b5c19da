package scripts

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestVerifyImage_AcceptsOnlyItsDigestWholeAndAttested(t *testing.T) {
	h := newCheckout(t)
	digest := h.layout("{}")
	verify := func(digest, words string) {
		t.Helper()
		printed, err := h.run("scripts/ci/verify-image.sh", digest, "me/mote")
		if (words == "") != (err == nil) || !strings.Contains(printed, words) {
			t.Errorf("want %q, got %v with\n%s", words, err, printed)
		}
	}
	verify(digest, "has no attestation of me/mote's deploy.yml on main")
	h.write("attested", strings.TrimPrefix(digest, "sha256:")+"\n", 0o644)
	verify(digest, "")
	want := "--repo me/mote --signer-workflow me/mote/.github/workflows/deploy.yml --source-ref refs/heads/main --deny-self-hosted"
	if calls := h.read("calls"); !strings.Contains(calls, want) {
		t.Errorf("want %q, got %q", want, calls)
	}
	verify("sha256:"+strings.Repeat("0", 64), "but should be sha256:000")
	h.write("target/dist/image/blobs/sha256/"+strings.Repeat("1", 64), "layer", 0o644)
	verify(digest, "was changed after it was named")
}

func TestDigest_IsPrintedOnlyWhenThereIsOneImage(t *testing.T) {
	h := newCheckout(t)
	if printed, err := h.run("scripts/ci/digest.sh"); err == nil || !strings.Contains(printed, "make image") {
		t.Errorf("got %v with %q", err, printed)
	}
	digest := h.layout("{}")
	if printed, err := h.run("scripts/ci/digest.sh"); err != nil || printed != digest+"\n" {
		t.Errorf("got %v with %q", err, printed)
	}
	if printed, err := h.run("scripts/ci/digest.sh", "named"); err != nil || h.read("named") != digest+"\n" {
		t.Errorf("got %v with %q", err, printed)
	}
	for _, index := range []string{`{"manifests":[]}`, `{"manifests":[{"digest":"a"},{"digest":"b"}]}`, `{"manifests":[{"digest":"a"}]}`} {
		h.write("target/dist/image/index.json", index, 0o644)
		if printed, err := h.run("scripts/ci/digest.sh"); err == nil {
			t.Errorf("%s: got %q", index, printed)
		}
	}
}

func TestComment_PullRequestHasOneWithAllPreviews(t *testing.T) {
	h := newCheckout(t)
	h.write("previews/dev.md", "### dev\n\n1 to create\n", 0o644)
	for known, want := range map[string]string{
		"":         "api --silent --method POST repos/me/mote/issues/5/comments",
		"12\n13\n": "api --silent --method PATCH repos/me/mote/issues/comments/12",
	} {
		h.write("known", known, 0o644)
		h.write("calls", "", 0o644)
		if printed, err := h.run("scripts/ci/comment.sh", "5", "previews"); err != nil {
			t.Fatalf("%v\n%s", err, printed)
		}
		if calls := h.read("calls"); !strings.Contains(calls, want) {
			t.Errorf("want %q, got %q", want, calls)
		}
		body := h.read("body")
		if !strings.HasPrefix(body, "<!-- mote: preview -->\n### dev\n\n1 to create\n### staging: no preview") {
			t.Errorf("the comment is %q", body)
		}
	}
}

func TestComment_OnlyTheBotsOwnIsUpdated(t *testing.T) {
	h := newCheckout(t)
	h.run("scripts/ci/comment.sh", "5", "previews")
	if calls := h.read("calls"); !strings.Contains(calls, `.user.login == "github-actions[bot]" and (.body | startswith(`) {
		t.Errorf("got %q", calls)
	}
}

func TestReportDrift_OpensOneIssueTellsWhatIsNewAndClosesIt(t *testing.T) {
	h := newCheckout(t)
	// report returns the calls of gh that change something.
	report := func(outcome, known string) string {
		t.Helper()
		h.write("known", known, 0o644)
		h.write("calls", "", 0o644)
		if printed, err := h.run("scripts/ci/report-drift.sh", "dev", outcome, "drift.txt"); err != nil {
			t.Fatalf("%v\n%s", err, printed)
		}
		_, changes, _ := strings.Cut(h.read("calls"), "\n")
		return changes
	}
	h.write("drift.txt", "~ retention: 14 => 7\nDuration: 3s\n", 0o644)
	if calls := report("failure", ""); !strings.HasPrefix(calls, "issue create") {
		t.Errorf("got %q", calls)
	}
	body := h.read("body")
	for _, words := range []string{"retention: 14 => 7", "https://github.example/me/mote/actions/runs/7"} {
		if !strings.Contains(body, words) {
			t.Errorf("want %q in %q", words, body)
		}
	}
	issue, err := json.Marshal(map[string]any{"number": 42, "title": "Stack dev and AWS differ", "body": body})
	if err != nil {
		t.Fatal(err)
	}
	h.write("drift.txt", "~ retention: 14 => 7\nDuration: 5s\n", 0o644)
	if calls := report("failure", string(issue)); calls != "" {
		t.Errorf("told the same twice: %q", calls)
	}
	h.write("drift.txt", "~ retention: 14 => 3\n", 0o644)
	if calls := report("failure", string(issue)); !strings.Contains(calls, "issue edit 42") || !strings.Contains(calls, "issue comment 42") {
		t.Errorf("got %q", calls)
	}
	if calls := report("success", string(issue)); !strings.HasPrefix(calls, "issue close 42") {
		t.Errorf("got %q", calls)
	}
	if calls := report("success", ""); calls != "" {
		t.Errorf("got %q", calls)
	}
}

func TestReportFailure_NamesTheJobsThatFailed(t *testing.T) {
	h := newCheckout(t)
	for known, want := range map[string]string{"": "issue create", "9\n": "issue comment 9"} {
		h.write("known", known, 0o644)
		h.write("calls", "", 0o644)
		if printed, err := h.run("scripts/ci/report-failure.sh", `{"dev":{"result":"failure"},"prod":{"result":"skipped"}}`); err != nil {
			t.Fatalf("%v\n%s", err, printed)
		}
		if calls := h.read("calls"); !strings.Contains(calls, want) || !strings.Contains(calls, "Failed: dev, of commit abc.") {
			t.Errorf("want %q, got %q", want, calls)
		}
	}
}

func TestWaitForCI_AcceptsOnlyASuccess(t *testing.T) {
	h := newCheckout(t)
	for known, words := range map[string]string{"success\n": "", "failure\n": `CI says "failure" of abc`, "cancelled\n": `CI says "cancelled"`, "": "CI has no result for abc"} {
		h.write("known", known, 0o644)
		printed, err := h.run("scripts/ci/wait-for-ci.sh", "abc", "1")
		if (words == "") != (err == nil) || !strings.Contains(printed, words) {
			t.Errorf("%q: want %q, got %v with %q", known, words, err, printed)
		}
	}
}

func TestMayDeploy_RefusesAFreezeAndAnOldCommit(t *testing.T) {
	for _, c := range []struct{ freeze, mode, attempt, newest, words string }{
		{"", "--newest", "1", "other", ""},
		{"", "--newest", "2", "abc", ""},
		{"", "--newest", "2", "other", "is no longer the newest on main"},
		{"", "--force", "2", "other", ""},
		{"fair", "--newest", "1", "abc", "deployments are frozen: fair"},
		{"fair", "--force", "1", "abc", ""},
	} {
		h := newCheckout(t)
		h.attempt = c.attempt
		h.write("known", c.newest+"\n", 0o644)
		printed, err := h.run("scripts/ci/may-deploy.sh", c.freeze, c.mode)
		if (c.words == "") != (err == nil) || !strings.Contains(printed, c.words) {
			t.Errorf("%+v: got %v with %q", c, err, printed)
		}
	}
}

// released is a checkout of version 1.2.3 on main, with what was built of it.
func released(t *testing.T) (h checkout, digest string) {
	t.Helper()
	h = newCheckout(t)
	digest = h.layout("{}")
	h.write("Cargo.toml", "[workspace]\n\n[package]\nname = \"mote\"\nversion = \"1.2.3\"\nedition = \"2024\"\n", 0o644)
	h.write("target/dist/mote-x86_64", "binary", 0o644)
	h.write("target/dist/mote-aarch64", "other binary", 0o644)
	h.write("target/dist/image-index/index.json", "{}", 0o644)
	h.write("target/dist/sbom.json", "{}", 0o644)
	h.git("init", "--quiet", "--initial-branch", "main")
	h.git("add", "Cargo.toml", "scripts")
	h.git("commit", "--quiet", "--message", "first")
	h.git("update-ref", "refs/remotes/origin/main", "HEAD")
	return h, digest
}

// buildLayout stands in for the build: the image of a commit is made of what the commit has in a file.
const buildLayout = `image:
	@mkdir -p target/dist/image/blobs/sha256
	@sum=$$(sha256sum <content | cut -d' ' -f1); cp content target/dist/image/blobs/sha256/$$sum; \
	printf '{"manifests":[{"digest":"sha256:%s"}]}' "$$sum" >target/dist/image/index.json
`

func TestAllGreen_AcceptsOnlyJobsThatAllSucceeded(t *testing.T) {
	h := newCheckout(t)
	for needs, words := range map[string]string{
		`{"a":{"result":"success"},"b":{"result":"success"}}`: "all green",
		`{"a":{"result":"success"},"b":{"result":"failure"}}`: "not green: b: failure",
		`{"a":{"result":"skipped"}}`:                          "not green: a: skipped",
		`{"a":{}}`:                                            "not green: a: null",
		`{}`:                                                  "there are no jobs",
		``:                                                    "the needs are not JSON",
	} {
		printed, err := h.run("scripts/ci/all-green.sh", needs)
		if (words == "all green") != (err == nil) || !strings.Contains(printed, words) {
			t.Errorf("%s: want %q, got %v with %q", needs, words, err, printed)
		}
	}
}

// cargo stands in for Cargo's lists. The serial number is null when its time is given, and a crate that is not linked is listed, too.
const cargo = `#!/bin/bash
crate=$(cat "$FOLDER/crate")
if [[ $1 == tree ]]; then printf 'mote v1.0.0 (/folder)\n%s v2.0.0\n' "$crate"; exit; fi
printf '{"bomFormat":"CycloneDX","specVersion":"1.5","serialNumber":null,
  "metadata":{"component":{"name":"mote","bom-ref":"path+file:///some/mote#1.0.0 bin-target-0","purl":"pkg:cargo/mote@1.0.0?download_url=file://."}},
  "components":[{"name":"%s","version":"2.0.0","bom-ref":"r","purl":"p"},{"name":"unused","version":"2.0.0","bom-ref":"u","purl":"p"}],
  "dependencies":[{"ref":"path+file:///some/mote#1.0.0 bin-target-0","dependsOn":["r"]},{"ref":"r","dependsOn":["u"]},{"ref":"u"}]}' "$crate" >mote_bin.cdx.json
`
