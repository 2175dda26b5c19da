package workflows

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nektos/act/pkg/model"

	"github.com/mote-dev/mote/e2e/workflows/runner"
)

// logFile gets all that the workflows' commands print: an error shows only the end of it.
const logFile = "../../target/deployments.log"

// repository is what the commits belong to, as GitHub would say.
const repository = "me/mote"

// A world is GitHub as far as our workflows see it, beside a local AWS that other programs have started: commits, artifacts,
// attestations, environments with their variables, issues.
type world struct {
	t *testing.T
	// folder holds all of it.
	folder string
	// emulator is the local AWS's address.
	emulator string
	runner   *runner.Runner
	log      *os.File
	// credentials counts how often a job took any.
	credentials int
}

// newWorld needs the variables that `scripts/dev/rehearse.sh run` gives.
func newWorld(t *testing.T) *world {
	t.Helper()
	emulator := os.Getenv("AWS_ENDPOINT_URL")
	if emulator == "" {
		t.Fatal("AWS_ENDPOINT_URL names no local AWS; run this by: scripts/dev/rehearse-deployments.sh")
	}
	folder, err := filepath.Abs("../../target/workflows")
	w := &world{t: t, folder: folder, emulator: emulator}
	w.try(err)
	w.prepare()
	w.write("attested", "")
	w.write("issues", "")
	w.write("ci", "success\n")
	w.write("summary", "")
	w.write("bin/gh", gh)
	w.try(os.Chmod(w.path("bin/gh"), 0o755))
	w.key()
	w.log, err = os.Create(logFile)
	w.try(err)
	t.Cleanup(func() { _ = w.log.Close() })
	w.runner = &runner.Runner{
		Folder: w.path("jobs"), Workflows: w.path("source/.github/workflows"), Log: w.log,
		Vars: w.environments(), Secrets: w.secrets(), Environ: w.environ(), Override: []string{"BUILDER=scripts"},
		Summary: w.path("summary"), URLs: map[string]string{},
		GitHub: model.GithubContext{
			RunID: "7", RunAttempt: "1", Token: "none", Ref: "refs/heads/main", EventName: "push", Repository: repository,
		},
		Actions: map[string]runner.Action{
			"actions/checkout":          w.checkout,
			"actions/attest":            w.attest,
			"cachix/install-nix-action": w.nothing,
			"actions/upload-artifact":   w.upload,
			"actions/download-artifact": w.download,
			"./.github/actions/setup":   w.setup,
		},
	}
	w.source()
	return w
}

// compiled is what stays from job to job and from run to run, as Nix's store does. It is at one place, and so is what is built there, since
// compilers' caches go by paths.
const compiled = "compiled"

// prepare clears what the run before has left, but for that.
func (w *world) prepare() {
	w.t.Helper()
	w.try(os.MkdirAll(w.path(compiled), 0o755))
	left, err := os.ReadDir(w.folder)
	w.try(err)
	for _, one := range left {
		if one.Name() != compiled {
			w.try(os.RemoveAll(w.path(one.Name())))
		}
	}
	for _, name := range []string{"artifacts", "jobs", "state", "bin"} {
		w.try(os.Mkdir(w.path(name), 0o755))
	}
}

// secretsKey is what bootstrap makes once for the secrets in Pulumi's state, each environment's under its name, which follows.
const secretsKey = "awskms://alias/mote-state?region=us-east-1&context_environment="

func (w *world) key() {
	w.t.Helper()
	made := w.ask("kms", "TrentService.CreateKey", "{}")
	var key struct {
		KeyMetadata struct {
			KeyID string `json:"KeyId"`
		}
	}
	w.try(json.Unmarshal([]byte(made), &key))
	w.ask("kms", "TrentService.CreateAlias", fmt.Sprintf(`{"AliasName":"alias/mote-state","TargetKeyId":%q}`, key.KeyMetadata.KeyID))
}

// ask calls an operation of the local AWS as an operator at its console would, and returns the answer.
func (w *world) ask(service, operation, body string) string {
	w.t.Helper()
	request, err := http.NewRequest(http.MethodPost, w.emulator, strings.NewReader(body))
	w.try(err)
	request.Header.Set("X-Amz-Target", operation)
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=rehearsal/20260101/us-east-1/"+service+"/aws4_request")
	answer, err := http.DefaultClient.Do(request)
	w.try(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	w.try(err)
	if answer.StatusCode != http.StatusOK {
		w.t.Fatalf("%s %s: %s %s", operation, body, answer.Status, text)
	}
	return string(text)
}

func (w *world) path(name string) string { return filepath.Join(w.folder, name) }

func (w *world) try(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) write(name, text string) {
	w.t.Helper()
	w.try(os.WriteFile(w.path(name), []byte(text), 0o644))
}

func (w *world) read(name string) string {
	w.t.Helper()
	text, err := os.ReadFile(w.path(name))
	w.try(err)
	return string(text)
}

// tool runs a program that belongs to the test, not to a workflow, and returns what it printed.
func (w *world) tool(folder string, arguments ...string) string {
	w.t.Helper()
	command := exec.Command(arguments[0], arguments[1:]...)
	command.Dir = folder
	command.Env = append(os.Environ(), "PULUMI_BACKEND_URL=file://"+w.path("state"))
	output, err := command.Output()
	if err != nil {
		detail := ""
		if exit, ok := err.(*exec.ExitError); ok {
			detail = string(exit.Stderr)
		}
		w.t.Fatalf("%v: %v\n%s%s", arguments, err, output, detail)
	}
	return strings.TrimSpace(string(output))
}

// source is the repository on GitHub: this tree as it is now, as one commit, with what a user would set for this AWS.
func (w *world) source() {
	w.t.Helper()
	w.tool("../..", "bash", "-c", `source scripts/lib.sh && copy_tree "$0"`, w.path("source"))
	registry := strings.TrimPrefix(strings.TrimPrefix(w.emulator, "http://"), "https://")
	registry = strings.Replace(registry, "127.0.0.1", "localhost", 1)
	for _, stack := range stacks {
		// The emulator makes alarms but tells half of what they are, which would be taken for drift.
		w.set(stack, "alarms", "false")
		w.set(stack, "deployTimeoutMinutes", "5")
		w.set(stack, "registryEndpoint", registry)
		w.set(stack, "permissionsBoundary", "github-mote-boundary-"+stack)
	}
	w.tool(w.path("source"), "git", "init", "--quiet", "--initial-branch", "main")
	w.commit("first")
}

// set writes a setting of a stack into its file, unless it has one.
func (w *world) set(stack, name, value string) {
	w.t.Helper()
	file := "source/infra/Pulumi." + stack + ".yaml"
	if text := w.read(file); !strings.Contains(text, "mote:"+name+":") {
		w.write(file, strings.TrimRight(text, "\n")+"\n  mote:"+name+": "+value+"\n")
	}
}

// commit is a push to main.
func (w *world) commit(message string) {
	w.t.Helper()
	w.tool(w.path("source"), "git", "add", "--all")
	w.tool(w.path("source"), "git", "-c", "user.name=t", "-c", "user.email=t@example", "commit", "--quiet", "--message", message)
	w.runner.GitHub.Sha = w.tool(w.path("source"), "git", "rev-parse", "HEAD")
}

// replace changes one file of the source, and fails if that changes nothing.
func (w *world) replace(file, old, new string) {
	w.t.Helper()
	text := w.read("source/" + file)
	if !strings.Contains(text, old) {
		w.t.Fatalf("%s has no %q", file, old)
	}
	w.write("source/"+file, strings.Replace(text, old, new, 1))
}

// environ is what a runner has before any credentials: nothing that names an AWS.
func (w *world) environ() []string {
	environ := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "AWS_") || strings.HasPrefix(variable, "PATH=") || strings.HasPrefix(variable, "GITHUB_") ||
			strings.HasPrefix(variable, "PULUMI_CONFIG_PASSPHRASE")
	})
	return append(environ,
		"PATH="+w.path("bin")+":"+os.Getenv("PATH"), "WORLD="+w.folder,
		"GITHUB_REPOSITORY="+repository, "GITHUB_SERVER_URL=https://github.example", "GITHUB_RUN_ID=7",
		"PULUMI_SKIP_UPDATE_CHECK=true",
		"http_proxy="+w.names(), "no_proxy=localhost,127.0.0.1", "NO_PROXY=localhost,127.0.0.1",
	)
}

// names stands in for DNS: a proxy that finds a load balancer by the name that AWS gave it.
func (w *world) names() string {
	target, err := url.Parse(w.emulator)
	w.try(err)
	server := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(request *httputil.ProxyRequest) {
		host := request.In.URL.Hostname()
		request.Out.URL.Scheme, request.Out.URL.Host, request.Out.Host = target.Scheme, target.Host, target.Host
		request.Out.URL.Path = "/_alb/" + balancer(host) + request.In.URL.Path
	}})
	w.t.Cleanup(server.Close)
	return server.URL
}

// balancer is a load balancer's name in its DNS name, which is NAME-NUMBER.REGION.elb.amazonaws.com.
func balancer(host string) string {
	label, _, _ := strings.Cut(host, ".")
	if end := strings.LastIndexByte(label, '-'); end > 0 {
		return label[:end]
	}
	return label
}

// output asks Pulumi for an output of a stack.
func (w *world) output(stack, name string) string {
	w.t.Helper()
	return w.tool(w.path("source/infra"), "pulumi", "stack", "output", "--stack", stack, "--non-interactive", name)
}

// says asks a stack's load balancer for /.
func (w *world) says(stack string) string {
	w.t.Helper()
	answer, err := http.Get(w.emulator + "/_alb/" + w.output(stack, "loadBalancer") + "/")
	w.try(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	w.try(err)
	return fmt.Sprintf("%d %s", answer.StatusCode, strings.TrimSpace(string(body)))
}
