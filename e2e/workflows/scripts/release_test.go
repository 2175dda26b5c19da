package scripts

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

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

// TestSBOM_NamesAnImageOfOthersByItsLabelsAndDigest has no Cargo, so a list that comes from there would be an error.
func TestSBOM_NamesAnImageOfOthersByItsLabelsAndDigest(t *testing.T) {
	for labels, want := range map[string]string{
		`"Labels":{"org.opencontainers.image.title":"Flask","org.opencontainers.image.version":"1.2"}`: "Flask 1.2 pkg:oci/flask@DIGEST?arch=arm64",
		`"User":"app"`: "image DIGEST pkg:oci/image@DIGEST?arch=arm64",
	} {
		h := newCheckout(t)
		h.write("bin/cargo", "#!/bin/false\n", 0o755)
		h.write("target/dist/image/blobs/sha256/1", `{"architecture":"arm64","config":{`+labels+`}}`, 0o644)
		digest := h.layout(`{"config":{"digest":"sha256:1"},"layers":[{"digest":"sha256:2"},{"digest":"sha256:3"}]}`)
		if printed, err := h.run("scripts/ci/sbom.sh", "sbom.json", "target/dist/image"); err != nil || !strings.Contains(printed, "was not built by this project") {
			t.Fatalf("%v\n%s", err, printed)
		}
		var list struct {
			SerialNumber string `json:"serialNumber"`
			Components   []any  `json:"components"`
			Metadata     struct {
				Component struct {
					Name, Version, PURL string
					Hashes              []struct{ Content string }
				}
			} `json:"metadata"`
		}
		if err := json.Unmarshal([]byte(h.read("sbom.json")), &list); err != nil {
			t.Fatal(err)
		}
		found := list.Metadata.Component
		got := strings.ReplaceAll(strings.ReplaceAll(found.Name+" "+found.Version+" "+found.PURL, url.QueryEscape(digest), "DIGEST"), digest, "DIGEST")
		if got != want || len(found.Hashes) != 1 || "sha256:"+found.Hashes[0].Content != digest || len(list.Components) != 0 || list.SerialNumber == "" {
			t.Errorf("want %q of %s, got %q and %+v", want, digest, got, list)
		}
	}
}
