package workflows

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/mote-dev/mote/e2e/workflows/runner"
)

// gh stands in for GitHub's command line: it knows attested digests, and writes issues down.
const gh = `#!/usr/bin/env bash
set -euo pipefail
case "$1 $2" in
  "attestation verify") grep -qxF "$(sha256sum "$3" | cut -d ' ' -f 1)" "$WORLD/attested" ;;
  "issue list" | "api --paginate") ;;
  "api --silent") cat "${!##body=@}" >"$WORLD/comment" ;;
  "issue create") printf '%s\n' "$*" >>"$WORLD/issues" && cat "${!#}" >>"$WORLD/issues" ;;
  *) printf 'gh stands in for few commands, not for: %s\n' "$*" >&2 && exit 1 ;;
esac
`

var stacks = []string{"dev", "staging", "prod"}

// environments are what a user sets up on GitHub.
func (w *world) environments() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, stack := range stacks {
		for _, name := range []string{stack, "preview-" + stack} {
			all[name] = map[string]string{
				"AWS_REGION": "us-east-1", "AWS_ACCOUNT": "000000000000", "AWS_ROLE": "role-of-" + name,
				"PULUMI_BACKEND_URL": "file://" + w.path("state"), "SECRETS_PROVIDER": secretsKey,
			}
		}
	}
	return all
}

// nothing stands in for an action that only installs what is here already, or what the scripts do without.
func (w *world) nothing(*runner.Job, map[string]string) error { return nil }

func (w *world) checkout(job *runner.Job, with map[string]string) error {
	output, err := exec.Command("git", "clone", "--quiet", w.path("source"), job.Folder).CombinedOutput()
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
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "AWS_") {
			job.Environ = append(job.Environ, variable)
		}
	}
	return nil
}

func (w *world) attest(job *runner.Job, with map[string]string) error {
	hex, is := strings.CutPrefix(with["subject-digest"], "sha256:")
	if !is {
		return fmt.Errorf("%q is no digest", with["subject-digest"])
	}
	if sbom := with["sbom-path"]; sbom != "" {
		text, err := os.ReadFile(filepath.Join(job.Folder, sbom))
		if err != nil || !strings.Contains(string(text), `"tiny_http"`) {
			return fmt.Errorf("%s does not list tiny_http: %w", sbom, err)
		}
	}
	w.write("attested", w.read("attested")+hex+"\n")
	return nil
}

func (w *world) upload(job *runner.Job, with map[string]string) error {
	to := w.path("artifacts/" + with["name"])
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	return os.CopyFS(to, os.DirFS(filepath.Join(job.Folder, with["path"])))
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
		"number": 5, "user": map[string]any{"login": "somebody"},
		"head": map[string]any{"repo": map[string]any{"full_name": from}},
	}}
}
