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

// A service answers what a deployed mote might.
type service struct {
	root, health, contentType string
	status                    int
}

func (s service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/" {
		w.Write([]byte(s.root))
		return
	}
	w.Header().Set("Content-Type", s.contentType)
	w.WriteHeader(s.status)
	w.Write([]byte(s.health))
}

func TestSmoke_AcceptsAHealthyServiceOnly(t *testing.T) {
	const healthy, kind = `{"status":"ok"}`, "application/json"
	for words, answers := range map[string]service{
		"":                                {"mote", healthy, kind, 200},
		"/ is wrong":                      {"", healthy, kind, 200},
		"/health is wrong after 0 s: 503": {"mote", healthy, kind, 503},
		`body: {"status":"bad"}`:          {"mote", `{"status":"bad"}`, kind, 200},
		"200 text/plain":                  {"mote", healthy, "text/plain", 200},
	} {
		server := httptest.NewServer(answers)
		printed, err := invoke(t, "ops/smoke.sh", server.URL, "0")
		server.Close()
		if (words == "") != (err == nil) || !strings.Contains(printed, words) {
			t.Errorf("%+v: want %q, got %v with\n%s", answers, words, err, printed)
		}
	}
}

func TestSmoke_SaysWhyNothingCameBack(t *testing.T) {
	server := httptest.NewServer(service{})
	server.Close()
	printed, err := invoke(t, "ops/smoke.sh", server.URL, "0")
	if err == nil || !strings.Contains(printed, "onnect") {
		t.Errorf("got %v with %q", err, printed)
	}
}

func TestScripts_RefuseInvalidArguments(t *testing.T) {
	for _, refused := range []struct{ words, call string }{
		{"the URL is \"\"", "ops/smoke.sh"},
		{"the URL is \"ftp://x\"", "ops/smoke.sh ftp://x"},
		{"has to be a whole number", "ops/smoke.sh http://x soon"},
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
