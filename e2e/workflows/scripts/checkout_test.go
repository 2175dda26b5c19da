package scripts

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// gh stands in for GitHub's command line: it writes down how it was called, knows one comment or issue, and attests the digests
// that are listed in a file.
const gh = `#!/usr/bin/env bash
set -euo pipefail
printf '%s\n' "$*" >>"$FOLDER/calls"
case "$1 $2" in
  "attestation verify") grep -qxF "$(sha256sum "$3" | cut -d ' ' -f 1)" "$FOLDER/attested" ;;
  "api --paginate" | "issue list" | "run list" | "api repos/me/mote/commits/main") cat "$FOLDER/known" ;;
  "release download") [[ -f $FOLDER/published ]] && cp "$FOLDER/published" "${!#}/mote-image.digest" ;;
  "repo view") cat "$FOLDER/known" ;;
  "release view") test -s "$FOLDER/known" ;;
  "issue comment" | "issue create" | "issue edit") if [[ -f ${!#} ]]; then cat "${!#}" >"$FOLDER/body"; fi ;;
  "api --silent") cat "${!##body=@}" >"$FOLDER/body" ;;
esac
`

// checkout is a copy of the scripts, with a stand-in for gh on its PATH.
type checkout struct {
	t      *testing.T
	folder string
	// attempt is how often the run was started, once unless it says otherwise.
	attempt string
}

func newCheckout(t *testing.T) checkout {
	t.Helper()
	folder := t.TempDir()
	if output, err := exec.Command("cp", "-r", "../../../scripts", folder).CombinedOutput(); err != nil {
		t.Fatalf("copy the scripts: %v\n%s", err, output)
	}
	h := checkout{t: t, folder: folder}
	h.write("bin/gh", gh, 0o755)
	h.write("known", "", 0o644)
	h.write("attested", "", 0o644)
	return h
}

func (h checkout) make(name string) string {
	h.t.Helper()
	path := filepath.Join(h.folder, name)
	if err := os.MkdirAll(path, 0o755); err != nil {
		h.t.Fatal(err)
	}
	return path
}

func (h checkout) write(name, text string, mode os.FileMode) {
	h.t.Helper()
	h.make(filepath.Dir(name))
	if err := os.WriteFile(filepath.Join(h.folder, name), []byte(text), mode); err != nil {
		h.t.Fatal(err)
	}
}

func (h checkout) read(name string) string {
	h.t.Helper()
	text, err := os.ReadFile(filepath.Join(h.folder, name))
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

func (h checkout) run(script string, arguments ...string) (string, error) {
	h.t.Helper()
	command := exec.Command(filepath.Join(h.folder, script), arguments...)
	command.Dir = h.folder
	command.Env = []string{
		"PATH=" + h.folder + "/bin:" + os.Getenv("PATH"), "HOME=" + h.folder, "FOLDER=" + h.folder,
		"CARGO_HOME=" + home("CARGO_HOME", ".cargo"), "RUSTUP_HOME=" + home("RUSTUP_HOME", ".rustup"),
		"GITHUB_REPOSITORY=me/mote", "GITHUB_SERVER_URL=https://github.example", "GITHUB_RUN_ID=7",
		"GITHUB_SHA=abc", "GITHUB_RUN_ATTEMPT=" + cmp.Or(h.attempt, "1"), "MOTE_INTERVAL=0", "GITHUB_STEP_SUMMARY=" + filepath.Join(h.folder, "summary"),
	}
	output, err := command.CombinedOutput()
	return string(output), err
}

// home is where a tool of Rust keeps its things, for scripts whose HOME is a folder of the test.
func home(variable, folder string) string {
	if value := os.Getenv(variable); value != "" {
		return value
	}
	return filepath.Join(os.Getenv("HOME"), folder)
}

func (h checkout) git(arguments ...string) {
	h.t.Helper()
	command := exec.Command("git", append([]string{"-C", h.folder, "-c", "user.name=t", "-c", "user.email=t@example"}, arguments...)...)
	if output, err := command.CombinedOutput(); err != nil {
		h.t.Fatalf("git %v: %v\n%s", arguments, err, output)
	}
}

// layout puts a manifest into target/dist/image and returns its digest.
func (h checkout) layout(manifest string) string {
	h.t.Helper()
	sum := sha256.Sum256([]byte(manifest))
	name := hex.EncodeToString(sum[:])
	h.write("target/dist/image/blobs/sha256/"+name, manifest, 0o644)
	h.write("target/dist/image/index.json", fmt.Sprintf(`{"manifests":[{"digest":"sha256:%s"}]}`, name), 0o644)
	return "sha256:" + name
}
