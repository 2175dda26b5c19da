package workflows

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/mote-dev/mote/e2e/workflows/runner"
)

// gh stands in for GitHub's command line: it knows attested digests, and writes issues down.
const gh = `#!/usr/bin/env bash
set -euo pipefail
case "$1 $2" in
  "run list") cat "$WORLD/ci" ;;
  "api repos/"*"/commits/main") git -C "$WORLD/source" rev-parse HEAD ;;
  "attestation verify") grep -qxF "$(sha256sum "$3" | cut -d ' ' -f 1)" "$WORLD/attested" ;;
  "issue list" | "api --paginate") ;;
  "issue close" | "issue comment") printf '%s\n' "$*" >>"$WORLD/issues" ;;
  "api --silent") cat "${!##body=@}" >"$WORLD/comment" ;;
  "issue create")
    printf '%s\n' "$*" >>"$WORLD/issues"
    if [[ -f ${!#} ]]; then cat "${!#}" >>"$WORLD/issues"; fi ;;
  *) printf 'gh stands in for few commands, not for: %s\n' "$*" >&2 && exit 1 ;;
esac
`

var stacks = []string{"dev", "staging", "prod"}

// environments are what a user sets up on GitHub, with their variables; those of "" are the repository's.
func (w *world) environments() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, stack := range stacks {
		for _, name := range []string{stack, "preview-" + stack} {
			all[name] = map[string]string{"AWS_REGION": "us-east-1", "SECRETS_PROVIDER": secretsKey + stack}
		}
		all["approve-"+stack] = map[string]string{}
	}
	all[""] = map[string]string{}
	return all
}

// secrets are those of the environments that take credentials.
func (w *world) secrets() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, stack := range stacks {
		for _, name := range []string{stack, "preview-" + stack} {
			all[name] = map[string]string{
				"AWS_ACCOUNT": "000000000000", "AWS_ROLE": "role-of-" + name, "PULUMI_BACKEND_URL": "file://" + w.path("state"),
			}
		}
	}
	return all
}

// nothing stands in for an action that only installs what is here already, or what the scripts do without.
func (w *world) nothing(*runner.Job, map[string]string) error { return nil }

// checkout clones the source. Cargo compiles what is younger than what it made, so each file is as old as its commit.
func (w *world) checkout(job *runner.Job, with map[string]string) error {
	clone := exec.Command("bash", "-euc", `git clone --quiet "$0" .
git ls-files -z | xargs -0 touch --no-dereference --date "$(git log -1 --format=@%ct)"
for toolchain in rustup debian path; do
  mkdir -p target "$1/$toolchain"
  ln -s "$1/$toolchain" target
done`, w.path("source"), w.path(compiled))
	clone.Dir = job.Folder
	output, err := clone.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	return nil
}

// setup gives a job the credentials of its environment, and only those.
func (w *world) setup(job *runner.Job, with map[string]string) error {
	if want := "role-of-" + job.Environment; with["role"] != want {
		return fmt.Errorf("the role is %q, but the environment's is %q", with["role"], want)
	}
	w.credentials++
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "AWS_") {
			job.Environ = append(job.Environ, variable)
		}
	}
	// The judge of calls reads from the signatures which role makes them.
	role := job.Environment
	if !strings.HasPrefix(role, "preview-") {
		role = "deploy-" + role
	}
	job.Environ = append(job.Environ, "AWS_ACCESS_KEY_ID="+role)
	return nil
}

func (w *world) attest(job *runner.Job, with map[string]string) error {
	hex, is := strings.CutPrefix(with["subject-digest"], "sha256:")
	if !is {
		return fmt.Errorf("%q is no digest", with["subject-digest"])
	}
	if sbom := with["sbom-path"]; sbom != "" {
		text, err := os.ReadFile(filepath.Join(job.Folder, sbom))
		if err != nil {
			return err
		}
		if err := acceptsSBOM(text); err != nil {
			return fmt.Errorf("attest %s: %w", sbom, err)
		}
	}
	w.write("attested", w.read("attested")+hex+"\n")
	return nil
}

// acceptsSBOM asks of a list what the action asks, and that it lists what the binary is made from.
func acceptsSBOM(text []byte) error {
	var list struct {
		Format  string `json:"bomFormat"`
		Version string `json:"specVersion"`
		Serial  string `json:"serialNumber"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	if list.Format != "CycloneDX" || list.Version == "" || !uuid8.MatchString(list.Serial) {
		return fmt.Errorf("format %q, version %q, serial number %q: the action takes none of it", list.Format, list.Version, list.Serial)
	}
	if !strings.Contains(string(text), `"tiny_http"`) {
		return errors.New("it does not list tiny_http")
	}
	return nil
}

var uuid8 = regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func (w *world) upload(job *runner.Job, with map[string]string) error {
	to := w.path("artifacts/" + with["name"])
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	from := filepath.Join(job.Folder, with["path"])
	if info, err := os.Stat(from); err == nil && !info.IsDir() {
		text, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		return errors.Join(os.MkdirAll(to, 0o755), os.WriteFile(filepath.Join(to, filepath.Base(from)), text, 0o644))
	}
	return os.CopyFS(to, os.DirFS(from))
}

// download gets one artifact by its name, or all that fit a pattern into one folder.
func (w *world) download(job *runner.Job, with map[string]string) error {
	found, err := filepath.Glob(w.path("artifacts/" + with["name"] + with["pattern"]))
	if err != nil || len(found) == 0 {
		return fmt.Errorf("there is no artifact %s%s: %w", with["name"], with["pattern"], err)
	}
	for _, artifact := range found {
		if err := os.CopyFS(filepath.Join(job.Folder, with["path"]), os.DirFS(artifact)); err != nil {
			return err
		}
	}
	return nil
}

// pullRequest makes the next workflow one of a pull request from the repository of that name.
func (w *world) pullRequest(from string) {
	w.runner.GitHub.Event = map[string]any{"pull_request": map[string]any{
		"number": 5, "user": map[string]any{"login": "contributor"},
		"head": map[string]any{"repo": map[string]any{"full_name": from}},
	}}
}
