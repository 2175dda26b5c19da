package scripts

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os/exec"
	"regexp"
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

func TestAwaitCI_AcceptsOnlyASuccess(t *testing.T) {
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

func TestCheckTag_IsTheVersionAndOnMain(t *testing.T) {
	h, _ := released(t)
	check := func(tag, words string) {
		t.Helper()
		printed, err := h.run("scripts/ci/check-tag.sh", tag)
		if (words == "") != (err == nil) || !strings.Contains(printed, words) {
			t.Errorf("want %q, got %v with\n%s", words, err, printed)
		}
	}
	check("v1.2.4", "the tag has to be v1.2.3")
	check("v1.2.3", "stack-1.2.3.json is missing")
	h.write("e2e/deployment/testdata/stack-1.2.3.json", "{}", 0o644)
	check("v1.2.3", "")
	h.git("commit", "--quiet", "--allow-empty", "--message", "beside main")
	check("v1.2.3", "is not on main")
}

func TestReleaseFiles_AreTheSameEachTimeAndArePublishedWhole(t *testing.T) {
	h, digest := released(t)
	collect := func() string {
		t.Helper()
		if printed, err := h.run("scripts/ci/release-files.sh", "files"); err != nil {
			t.Fatalf("%v\n%s", err, printed)
		}
		return h.read("files/SHA256SUMS")
	}
	if first, second := collect(), collect(); second != first || strings.Count(first, "\n") != 6 {
		t.Errorf("two runs gave\n%s\n%s", first, second)
	}
	if got := h.read("files/mote-1.2.3-image.digest"); got != digest+"\n" {
		t.Errorf("the digest is %q", got)
	}
	if notes := h.read("files/notes.md"); !strings.Contains(notes, digest) || !strings.Contains(notes, "verify-release.sh v1.2.3") {
		t.Errorf("the notes are %q", notes)
	}
	publish := func() (string, error) {
		h.write("calls", "", 0o644)
		return h.run("scripts/ci/publish.sh", "v1.2.3", "files")
	}
	if printed, err := publish(); err != nil {
		t.Errorf("%v\n%s", err, printed)
	}
	calls := h.read("calls")
	if strings.Contains(calls, "/notes.md files") || strings.Count(calls, " files/") != 8 {
		t.Errorf("want the notes as a text, and seven files: %q", calls)
	}
	for _, want := range []string{
		"release create v1.2.3 --repo me/mote --draft --verify-tag --generate-notes --notes-file files/notes.md", "release upload v1.2.3 --repo me/mote --clobber files/",
		"files/SHA256SUMS", "release edit v1.2.3 --repo me/mote --draft=false",
	} {
		_, after, found := strings.Cut(calls, want)
		if !found {
			t.Errorf("want %q next in %q", want, calls)
		}
		calls = after
	}
	h.write("known", "a release\n", 0o644)
	if printed, err := publish(); err != nil || strings.Contains(h.read("calls"), "release create") {
		t.Errorf("a run that is started again: %v with %q\n%s", err, h.read("calls"), printed)
	}
	h.write("files/mote-1.2.3-x86_64", "another binary", 0o644)
	if printed, err := publish(); err == nil {
		t.Errorf("a changed file was published:\n%s", printed)
	}
}

// buildLayout stands in for the build: the image of a commit is made of what the commit has in a file.
const buildLayout = `image:
	@mkdir -p target/dist/image/blobs/sha256
	@sum=$$(sha256sum <content | cut -d' ' -f1); cp content target/dist/image/blobs/sha256/$$sum; \
	printf '{"manifests":[{"digest":"sha256:%s"}]}' "$$sum" >target/dist/image/index.json
`

func TestVerifyRelease_AcceptsOnlyTheImageThatWasPublishedAndAttested(t *testing.T) {
	h, _ := released(t)
	h.write("Makefile", buildLayout, 0o644)
	h.write("content", "released", 0o644)
	h.git("add", "Makefile", "content")
	h.git("commit", "--quiet", "--message", "second")
	h.git("tag", "v1.2.3")
	h.write("content", "what is not committed", 0o644)
	sum := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	verify := func(words string, arguments ...string) {
		t.Helper()
		h.write("calls", "", 0o644)
		printed, err := h.run("scripts/ops/verify-release.sh", arguments...)
		if (words == "") != (err == nil) || !strings.Contains(printed, words) {
			t.Errorf("%q: want %q, got %v with\n%s", arguments, words, err, printed)
		}
	}
	verify("the tag v9.9.9 is not in this clone", "v9.9.9", "me/mote")
	verify("me/mote has no release v1.2.3", "v1.2.3", "me/mote")
	h.write("published", "latest\n", 0o644)
	verify(`the release's digest is "latest"`, "v1.2.3", "me/mote")
	h.write("published", "sha256:"+sum("released")+"\n", 0o644)
	verify("has no attestation of me/mote's release.yml on v1.2.3", "v1.2.3", "me/mote")
	h.write("attested", sum("released")+"\n"+sum("something else")+"\n", 0o644)
	verify("", "v1.2.3", "me/mote")
	commit, err := exec.Command("git", "-C", h.folder, "rev-parse", "v1.2.3").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := "--repo me/mote --signer-workflow me/mote/.github/workflows/release.yml --source-ref refs/tags/v1.2.3 --source-digest " + strings.TrimSpace(string(commit))
	if calls := h.read("calls"); !strings.Contains(calls, want) {
		t.Errorf("want %q, got %q", want, calls)
	}
	h.write("known", "origins/mote\n", 0o644)
	verify("", "v1.2.3")
	if calls := h.read("calls"); !strings.Contains(calls, "--repo origins/mote ") {
		t.Errorf("not the remote's repository: %q", calls)
	}
	h.write("published", "sha256:"+sum("something else")+"\n", 0o644)
	verify("but should be sha256:"+sum("something else"), "v1.2.3", "me/mote")
}

func TestCompareDigests_AcceptsOnlyEqualOnes(t *testing.T) {
	h := newCheckout(t)
	one, other := "sha256:"+strings.Repeat("1", 64)+"\n", "sha256:"+strings.Repeat("2", 64)+"\n"
	for words, second := range map[string]string{"one digest": one, "the images differ": other, "holds no digest": ""} {
		h.write("first", one, 0o644)
		h.write("second", second, 0o644)
		printed, err := h.run("scripts/ci/compare-digests.sh", "first", "second")
		if (second == one) != (err == nil) || !strings.Contains(printed, words) {
			t.Errorf("want %q, got %v with %q", words, err, printed)
		}
	}
}

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

func TestSBOM_SerialNumberIsAReproducibleUUID(t *testing.T) {
	h := newCheckout(t)
	h.write("bin/cargo", cargo, 0o755)
	h.write("bin/cargo-cyclonedx", "", 0o755)
	serial := func(crate string) string {
		t.Helper()
		h.write("crate", crate, 0o644)
		h.git("init", "--quiet")
		h.git("commit", "--quiet", "--allow-empty", "--message", "first")
		if printed, err := h.run("scripts/ci/sbom.sh", "sbom.json"); err != nil {
			t.Fatalf("%v\n%s", err, printed)
		}
		var list struct {
			SerialNumber string `json:"serialNumber"`
		}
		if err := json.Unmarshal([]byte(h.read("sbom.json")), &list); err != nil {
			t.Fatal(err)
		}
		return list.SerialNumber
	}
	first := serial("tiny_http")
	if !regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(first) {
		t.Errorf("%q is no UUID of version 8", first)
	}
	list := h.read("sbom.json")
	for word, want := range map[string]bool{`"mote@1.0.0 bin-target-0"`: true, `"pkg:cargo/mote@1.0.0"`: true, `"tiny_http"`: true, "unused": false, "file:": false} {
		if strings.Contains(list, word) != want {
			t.Errorf("whether %s is there: want %t of %s", word, want, list)
		}
	}
	if again, other := serial("tiny_http"), serial("mio"); again != first || other == first {
		t.Errorf("the same list has %q and %q, another one %q", first, again, other)
	}
}
