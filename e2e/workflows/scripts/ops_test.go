package scripts

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
)

// invoke runs one of the scripts that workflows call, without Pulumi, and returns all that it printed.
func invoke(t *testing.T, script string, arguments ...string) (string, error) {
	t.Helper()
	command := exec.Command("../../../scripts/"+script, arguments...)
	command.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + t.TempDir()}
	output, err := command.CombinedOutput()
	return string(output), err
}

func TestSmoke_WantsStatus200OfThePathsThatAreConfigured(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := map[string]int{"/": 200, "/healthz": 200, "/empty": 204, "/bad": 503}[r.URL.Path]
		if status == 0 {
			status = 404
		}
		w.WriteHeader(status)
		w.Write([]byte("from " + r.URL.Path))
	}))
	defer server.Close()
	for _, asked := range []struct{ paths, words string }{
		{"/healthz", ""},
		{"/ /healthz", ""},
		{"/health", "/health is wrong after 0 s: 404"},
		{"/healthz /bad", "/bad is wrong after 0 s: 503"},
		{"/empty", "/empty is wrong after 0 s: 204"},
		{"/bad", "body: from /bad"},
	} {
		printed, err := invoke(t, "ops/smoke.sh", server.URL, asked.paths, "0")
		if (asked.words == "") != (err == nil) || !strings.Contains(printed, asked.words) {
			t.Errorf("%q: want %q, got %v with\n%s", asked.paths, asked.words, err, printed)
		}
		if err == nil && strings.Count(printed, "GET ") != len(strings.Fields(asked.paths)) {
			t.Errorf("%q: each path is asked for, and no other, but it printed\n%s", asked.paths, printed)
		}
	}
}

func TestSmoke_SaysWhyNothingCameBack(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	printed, err := invoke(t, "ops/smoke.sh", server.URL, "/health", "0")
	if err == nil || !strings.Contains(printed, "onnect") {
		t.Errorf("got %v with %q", err, printed)
	}
}

func TestScripts_RefuseInvalidArguments(t *testing.T) {
	for _, refused := range []struct{ words, call string }{
		{"the URL is \"\"", "ops/smoke.sh"},
		{"the URL is \"ftp://x\"", "ops/smoke.sh ftp://x"},
		{"the paths are \"\"", "ops/smoke.sh http://x"},
		{"each beginning with a slash", "ops/smoke.sh http://x health"},
		{"has to be a whole number", "ops/smoke.sh http://x /health soon"},
		{"the stack's name is \"\"", "ops/select-stack.sh"},
		{"the stack's name is \"Prod\"", "ops/select-stack.sh Prod"},
		{"the stack's name is \"../prod\"", "ops/select-stack.sh ../prod"},
		{"usage:", "ops/select-stack.sh dev --make"},
		{"usage:", "ops/deploy.sh"},
		{"\"--force\" is neither", "ops/deploy.sh dev --force"},
		{"the stack's name is \"dev;ls\"", "ops/deploy.sh dev;ls"},
		{"usage:", "ops/fetch-image.sh dev"},
		{"the digest is \"latest\"", "ops/fetch-image.sh dev latest"},
		{"usage:", "ci/verify-image.sh sha256:1"},
		{"usage:", "ops/preview.sh dev"},
		{"usage:", "ops/drift.sh dev"},
		{"usage:", "ops/unlock.sh dev"},
		{"the typed name is \"dev\", but the stack is \"prod\": nothing was touched", "ops/unlock.sh prod --confirm dev"},
		{"usage:", "ci/sbom.sh"},
		{"usage:", "ci/wait-for-ci.sh"},
		{"usage:", "ci/may-deploy.sh reason"},
		{"usage:", "ci/report-drift.sh dev x"},
		{"the typed name is \"dev\", but the stack is \"prod\"", "ci/confirm.sh prod dev"},
		{"usage:", "ci/release-files.sh"},
		{"usage:", "ci/check-release.sh"},
		{"usage:", "ci/build-release.sh"},
		{"usage:", "ci/check-tag.sh"},
		{"\"main\" is no tag of a release", "ops/verify-release.sh main"},
		{"\"all-of-it\" is none of them", "dev/audit.sh all-of-it"},
		{"\"\" is no repository", "ops/bootstrap.sh"},
		{"\"mote\" is no repository", "ops/bootstrap.sh mote"},
		{"\"-y\" is neither", "ops/bootstrap.sh me/mote -y"},
		{"\"mote\" is no repository", "ops/protect.sh mote"},
		{"the number of approvals is \"many\"", "ops/protect.sh me/mote --approvals many"},
		{"\"mote\" is no repository", "ops/check-repository.sh mote"},
		{"usage:", "ops/dashboard.sh"},
		{"usage:", "ops/dashboard.sh dev 3000 more"},
		{"usage:", "ops/destroy.sh dev"},
		{"usage:", "ops/destroy.sh dev --yes dev"},
		{"usage:", "ops/destroy.sh dev --confirm dev --all"},
		{"the typed name is \"staging\", but the stack is \"prod\": nothing was touched", "ops/destroy.sh prod --confirm staging"},
		{"the typed name is \"\"", "ops/destroy.sh prod --confirm "},
	} {
		words := strings.Split(refused.call, " ")
		printed, err := invoke(t, words[0], words[1:]...)
		if err == nil || !strings.Contains(printed, refused.words) {
			t.Errorf("%q: want a refusal with %q, got %v with %q", refused.call, refused.words, err, printed)
		}
		if strings.Count(printed, "error: ") != 1 {
			t.Errorf("%q: want one error, got %q", refused.call, printed)
		}
	}
}

func TestMaskAccount_HidesNumbersOfAccountsAndNothingElse(t *testing.T) {
	command := exec.Command("bash", "-c", "source ../../../scripts/lib.sh && mask_account")
	command.Stdin = strings.NewReader("arn:aws:iam::123456789012:role/a 123456789012:123456789012 sha256:a123456789012b 1234567890123")
	output, err := command.Output()
	if want := "arn:aws:iam::************:role/a ************:************ sha256:a123456789012b 1234567890123"; err != nil || string(output) != want {
		t.Errorf("got %q, %v", output, err)
	}
}

func TestFail_IsAnAnnotationOnGitHub(t *testing.T) {
	command := exec.Command("bash", "-c", "source ../../../scripts/lib.sh && fail $'one\\ntwo'")
	command.Env = []string{"GITHUB_ACTIONS=true", "PATH=/usr/bin:/bin", "HOME=/"}
	output, err := command.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "::error::one%0Atwo\n") {
		t.Errorf("got %q, %v", output, err)
	}
}

// verification stands in for verify-deployment, which fails where there is a file, and says what another has of what it put back.
const verification = `#!/bin/sh
cat >/dev/null
printf 'go %s\n' "$*" >>"$FOLDER/asked"
case "$*" in
  *-explain*) ;;
  *-undo*) if test -e "$FOLDER/undone"; then cat "$FOLDER/undone"; fi; test ! -e "$FOLDER/fails-undo" ;;
  *verify-deployment*) test ! -e "$FOLDER/fails-verify" ;;
esac
`

// deployedBy runs deploy.sh for an image, with a Pulumi that has these outputs before an update and those after it.
func deployedBy(t *testing.T, before, after func(digest string) string, files ...string) (h checkout, digest, printed string, err error) {
	t.Helper()
	h = newCheckout(t)
	digest = h.layout("{}")
	h.make("infra")
	for _, file := range files {
		name, text, _ := strings.Cut(file, "=")
		h.write(name, text, 0o644)
	}
	h.write("outputs", before(digest), 0o644)
	h.write("updated", after(digest), 0o644)
	h.write("bin/pulumi", `#!/bin/sh
printf '%s\n' "$*" >>"$FOLDER/asked"
case "$*" in *"stack output"*) cat "$FOLDER/outputs" ;; *" up "*) cp "$FOLDER/updated" "$FOLDER/outputs"; test ! -e "$FOLDER/fails-up" ;; esac
`, 0o755)
	h.write("bin/go", verification, 0o755)
	h.write("bin/curl", "#!/bin/sh\nprintf '%s\\n' \"$*\" >>\"$FOLDER/requests\"\nprintf '200 text/plain'\n", 0o755)
	printed, err = h.run("scripts/ops/deploy.sh", "dev", "--digest", digest)
	return h, digest, printed, err
}

func TestDeploy_SaysWhatReplacedWhatAndAsksEachPath(t *testing.T) {
	none := func(string) string { return "{}" }
	serving := func(digest string) string {
		return `{"imageDigest":"` + digest + `","url":"http://mote.example","smokePaths":"/ /health"}`
	}
	for name, before := range map[string]func(string) string{
		"nothing": none, "sha256:old": func(string) string { return `{"imageDigest":"sha256:old"}` },
	} {
		h, digest, printed, err := deployedBy(t, before, serving)
		if err != nil {
			t.Fatal(err, printed)
		}
		for _, line := range []string{"| URL | http://mote.example |", "| before | `" + name + "` |", "| now | `" + digest + "` |"} {
			if summary := h.read("summary"); !strings.Contains(summary, line) {
				t.Errorf("want %q in the summary, got\n%s", line, summary)
			}
		}
		for _, path := range []string{"http://mote.example/\n", "http://mote.example/health\n"} {
			if requests := h.read("requests"); !strings.Contains(requests, path) {
				t.Errorf("%q was not asked: %s", path, requests)
			}
		}
		if asked := strings.Count(h.read("asked"), "stack output"); asked != 2 {
			t.Errorf("the outputs were read %d times, once before the update and once after it is enough", asked)
		}
	}
}

func TestDeploy_StackThatRunsAnotherImageIsAnError(t *testing.T) {
	other := func(string) string { return `{"imageDigest":"sha256:other"}` }
	if _, _, printed, err := deployedBy(t, other, other); err == nil || !strings.Contains(printed, "stack dev says that it runs sha256:other") {
		t.Errorf("got %v with\n%s", err, printed)
	}
}

// TestDeploy_VersionBeforeIsPutBackAndReadAnew is about EKS, where verify-deployment says what it put back. ECS rolls back by itself, and it says nothing.
func TestDeploy_VersionBeforeIsPutBackAndReadAnew(t *testing.T) {
	serving := func(digest string) string {
		return `{"imageDigest":"` + digest + `","url":"http://mote.example","smokePaths":"/"}`
	}
	const anew = "refresh --stack dev --yes --skip-preview --non-interactive --target **kubernetes:apps/v1:Deployment::**"
	for name, failure := range map[string]struct {
		files []string
		anew  bool
		says  []string
	}{
		"an update on EKS":        {[]string{"fails-up", "undone=put back: sha256:old"}, true, []string{"put back: sha256:old", "stack dev was not brought up"}},
		"a check on EKS":          {[]string{"fails-verify", "undone=put back: sha256:old"}, true, []string{"put back: sha256:old", "stack dev does not serve sha256:"}},
		"an update on ECS":        {[]string{"fails-up"}, false, []string{"stack dev was not brought up"}},
		"a check on ECS":          {[]string{"fails-verify"}, false, []string{"stack dev does not serve sha256:"}},
		"what does not come back": {[]string{"fails-up", "undone=not put back: x", "fails-undo"}, true, []string{"not put back: x", "could not be put back", "stack dev was not brought up"}},
	} {
		h, _, printed, err := deployedBy(t, serving, serving, failure.files...)
		if err == nil {
			t.Errorf("%s: the deployment has failed, and is no success", name)
		}
		for _, says := range failure.says {
			if !strings.Contains(printed, says) {
				t.Errorf("%s: want %q, got\n%s", name, says, printed)
			}
		}
		asked := h.read("asked")
		if strings.Contains(asked, anew) != failure.anew || strings.Count(asked, "-undo") != 1 {
			t.Errorf("%s: it asked\n%s", name, asked)
		}
	}
}

// TestDestroy_WhatControllersMadeHasToGoFirst is about load balancers and disks that no stack knows.
func TestDestroy_WhatControllersMadeHasToGoFirst(t *testing.T) {
	for made, says := range map[string]string{"": "stack dev is down", "arn:volume/vol-1": "would leave"} {
		h := newCheckout(t)
		h.make("infra")
		h.write("made", made, 0o644)
		h.write("bin/pulumi", `#!/bin/sh
printf '%s\n' "$*" >>"$FOLDER/asked"
case "$*" in *"stack export"*) printf '{"deployment":{}}' ;; esac
`, 0o755)
		h.write("bin/go", "#!/bin/sh\ncase \"$*\" in *-controllers*) cat \"$FOLDER/made\" ;; esac\n", 0o755)
		printed, err := h.run("scripts/ops/destroy.sh", "dev", "--confirm", "dev")
		if (err != nil) != (made != "") || !strings.Contains(printed, says) || !strings.Contains(printed, made) {
			t.Errorf("%q: got %v with\n%s", made, err, printed)
		}
		if destroyed := strings.Contains(h.read("asked"), " destroy "); destroyed != (made == "") {
			t.Errorf("%q: destroyed is %v", made, destroyed)
		}
	}
}
