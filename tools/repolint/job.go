package main

import (
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const onlyMain = "github.ref == 'refs/heads/main'"

var (
	// credentials are taken by the action itself or by the one of ours that uses it.
	credentials = regexp.MustCompile(`aws-actions/configure-aws-credentials@|\./\.github/actions/setup`)
	secret      = regexp.MustCompile(`\bsecrets\.\w`)
	// accountNames are what names the AWS account. GitHub keeps secrets out of logs, and variables not.
	accountNames = regexp.MustCompile(`\bvars\.(AWS_ROLE|AWS_ACCOUNT|PULUMI_BACKEND_URL)\b`)
)

// inspect returns what is wrong with a job, each beginning with a verb.
func (j *job) inspect(t tree) []string {
	var mistakes []string
	note := func(when bool, mistake string) {
		if when {
			mistakes = append(mistakes, mistake)
		}
	}
	called := !j.Uses.IsZero()
	outside := j.Environment.Name == ""
	note(!called && j.Minutes.IsZero(), "may run for six hours: give it timeout-minutes")
	note(j.Permissions.Kind != yaml.MappingNode, "names no permissions of its own: grant what it needs, or {}")
	note(outside && secret.MatchString(j.text), "reads a secret outside an environment")
	note(outside && j.takesCredentials(), "takes AWS credentials outside an environment")
	note(accountNames.MatchString(j.text), "reads as a variable what names the AWS account: make it a secret")
	note(called && !local.MatchString(j.Uses.Value), "calls a workflow that is not of this repository")
	note(j.granted("attestations") == "write" && j.runsCode(), "signs where code of the repository runs: sign in a job without checkout and commands")
	note(j.granted("contents") == "write" && j.builds(), "may write to the repository where code of others is compiled: publish in a job of its own")
	mistakes = append(mistakes, j.inspectEnvironment()...)
	mistakes = append(mistakes, j.inspectLimits(t)...)
	for _, step := range j.Steps {
		mistakes = append(mistakes, step.inspect(t)...)
	}
	return mistakes
}

func (j *job) takesCredentials() bool { return credentials.MatchString(j.text) }

// granted is what the job is granted of a scope.
func (j *job) granted(scope string) string {
	var grants map[string]string
	if j.Permissions.Decode(&grants) != nil {
		return ""
	}
	return grants[scope]
}

// runsCode says whether anything of the repository is carried out.
func (j *job) runsCode() bool {
	for _, step := range j.Steps {
		if step.Run != "" || strings.HasPrefix(step.Uses.Value, "./") || strings.HasPrefix(step.Uses.Value, "actions/checkout@") {
			return true
		}
	}
	return false
}

// builds says whether something is compiled.
func (j *job) builds() bool {
	for _, step := range j.Steps {
		if strings.HasPrefix(step.Run, "make ") || strings.HasPrefix(step.Run, "nix ") {
			return true
		}
	}
	return false
}

// inspectEnvironment holds a job to what its kind of environment asks for; the name's beginning is the kind.
func (j *job) inspectEnvironment() []string {
	name := j.Environment.Name
	switch {
	case name == "":
		return nil
	case strings.HasPrefix(name, "approve-"):
		if j.Concurrency.Group != "" || j.takesCredentials() || secret.MatchString(j.text) {
			return []string{"does more than ask for approval: no queue, credentials or secrets there, since it may wait for days"}
		}
		return nil
	case strings.HasPrefix(name, "preview-"):
		if j.Concurrency.Group == "" || j.Environment.Deployment.Value != "false" {
			return []string{"reads an environment without a concurrency group and \"deployment: false\""}
		}
		return nil
	}
	var mistakes []string
	if j.Concurrency.Group == "" || j.Concurrency.Cancel.Value != "false" || j.Concurrency.Queue != "max" {
		mistakes = append(mistakes, "works on an environment without a concurrency group that says \"cancel-in-progress: false\" and \"queue: max\"")
	}
	if j.takesCredentials() && !strings.Contains(j.If, onlyMain) {
		mistakes = append(mistakes, "takes an environment's credentials on any branch: if: "+onlyMain)
	}
	return mistakes
}

const setupAction = ".github/actions/setup/action.yml"

var session = regexp.MustCompile(`(?m)^ *role-duration-seconds: (\d+)$`)

// inspectLimits holds what a job may take to what its credentials last. A test of infra/config does so for the longest deployment.
func (j *job) inspectLimits(t tree) []string {
	minutes, err := strconv.Atoi(j.Minutes.Value)
	if err != nil || !j.takesCredentials() {
		return nil
	}
	if seconds, found := number(t, setupAction, session); found && minutes*60 > seconds {
		return []string{"may run for longer than its credentials last: see role-duration-seconds in " + setupAction}
	}
	return nil
}

// number is the first number that a pattern finds in a file.
func number(t tree, name string, pattern *regexp.Regexp) (int, bool) {
	text, err := t.read(name)
	if err != nil {
		return 0, false
	}
	match := pattern.FindSubmatch(text)
	if match == nil {
		return 0, false
	}
	value, err := strconv.Atoi(string(match[1]))
	return value, err == nil
}
