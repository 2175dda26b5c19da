package scripts

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
)

// ghAPI stands in for gh with recorded answers: a file for each path, its slashes written as plus signs. What has none is not found. What
// is sent is written down.
const ghAPI = `#!/usr/bin/env bash
set -euo pipefail
filter=. path= sent=
while (($# > 0)); do
  case $1 in
    api | --silent) ;;
    --method) printf '%s ' "$2" >>"$FOLDER/calls"; shift ;;
    --jq) filter=$2; shift ;;
    --input) sent=$(jq -c .); shift ;;
    --field) sent+=" $2"; shift ;;
    *) path=$1 ;;
  esac
  shift
done
printf '%s %s\n' "$path" "$sent" >>"$FOLDER/calls"
[[ -z $sent ]] || exit 0
[[ -f $FOLDER/answers/${path//\//+} ]] || exit 1
jq -r "$filter" "$FOLDER/answers/${path//\//+}"
`

// answers are GitHub's for a repository that is ready, as its REST API documents them, less the fields that no script asks for.
func answers() map[string]string {
	all := map[string]string{
		"":                               `{"has_issues": true, "default_branch": "main", "private": false}`,
		"+actions+permissions":           `{"enabled": true, "allowed_actions": "all"}`,
		"+actions+permissions+workflow":  `{"default_workflow_permissions": "read", "can_approve_pull_request_reviews": false}`,
		"+vulnerability-alerts":          ``,
		"+code-scanning+default-setup":   `{"state": "not-configured", "languages": []}`,
		"+rulesets":                      `[{"id": 1, "name": "main", "enforcement": "active"}, {"id": 2, "name": "versions", "enforcement": "active"}]`,
		"+rules+branches+main":           `[{"type": "deletion"}, {"type": "required_status_checks", "parameters": {"required_status_checks": [{"context": "All green"}]}}]`,
		"+environments+approve-prod":     `{"protection_rules": [{"type": "branch_policy"}, {"type": "required_reviewers", "reviewers": [{"type": "User"}]}]}`,
		"+actions+variables+MOTE_DEPLOY": `{"name": "MOTE_DEPLOY", "value": "true"}`,
	}
	for _, stack := range []string{"dev", "staging", "prod"} {
		all["+environments+"+stack+"+deployment-branch-policies"] = `{"branch_policies": [{"id": 1, "name": "main"}]}`
		for _, environment := range []string{stack, "preview-" + stack} {
			for _, name := range []string{"AWS_ROLE", "AWS_ACCOUNT", "PULUMI_BACKEND_URL"} {
				all["+environments+"+environment+"+secrets+"+name] = `{"name": "` + name + `"}`
			}
			for _, name := range []string{"AWS_REGION", "SECRETS_PROVIDER"} {
				all["+environments+"+environment+"+variables+"+name] = `{"name": "` + name + `", "value": "v"}`
			}
		}
	}
	return all
}

// answering is a checkout in which gh gives these answers.
func answering(t *testing.T, recorded map[string]string) checkout {
	t.Helper()
	h := newCheckout(t)
	h.write("bin/gh", ghAPI, 0o755)
	h.write("calls", "", 0o644)
	for path, answer := range recorded {
		h.write("answers/repos+me+mote"+path, answer, 0o644)
	}
	return h
}

func TestCheckRepository_AcceptsOneThatIsReady(t *testing.T) {
	h := answering(t, answers())
	printed, err := h.run("scripts/ops/check-repository.sh", "me/mote")
	if err != nil || strings.Contains(printed, "missing") {
		t.Errorf("got %v with\n%s", err, printed)
	}
}

func TestCheckRepository_NamesEachSettingThatIsMissing(t *testing.T) {
	recorded := maps.Clone(answers())
	missing := map[string]struct{ answer, words string }{
		"+actions+permissions":                {`{"enabled": false}`, "Actions are on"},
		"":                                    {`{"has_issues": false, "default_branch": "main"}`, "issues are on"},
		"+actions+permissions+workflow":       {`{"default_workflow_permissions": "write"}`, "tokens of workflows only read"},
		"+vulnerability-alerts":               {"-", "the dependency graph is on"},
		"+code-scanning+default-setup":        {`{"state": "configured"}`, "CodeQL's default setup is off"},
		"+rulesets":                           {`[{"name": "main", "enforcement": "active"}, {"name": "versions", "enforcement": "disabled"}]`, "ruleset versions is active"},
		"+rules+branches+main":                {`[{"type": "deletion"}]`, "main takes only what CI has passed"},
		"+environments+approve-prod":          {`{"protection_rules": []}`, "prod waits for a reviewer"},
		"+environments+prod+secrets+AWS_ROLE": {"-", "secret AWS_ROLE of prod"},
		"+environments+preview-dev+variables+AWS_REGION":   {"-", "variable AWS_REGION of preview-dev"},
		"+environments+staging+deployment-branch-policies": {`{"branch_policies": [{"name": "*"}]}`, "environment staging takes main alone"},
		"+actions+variables+MOTE_DEPLOY":                   {"-", "deployments are switched on"},
	}
	for path, changed := range missing {
		recorded[path] = changed.answer
		if changed.answer == "-" {
			delete(recorded, path)
		}
	}
	h := answering(t, recorded)
	printed, err := h.run("scripts/ops/check-repository.sh", "me/mote")
	if want := fmt.Sprintf("me/mote lacks %d settings", len(missing)); err == nil || !strings.Contains(printed, want) {
		t.Errorf("want %q, got %v with\n%s", want, err, printed)
	}
	for path, changed := range missing {
		if !strings.Contains(printed, "missing  "+changed.words) {
			t.Errorf("%s: want %q in\n%s", path, changed.words, printed)
		}
	}
}

func TestProtect_SendsRulesetsAndEnvironments(t *testing.T) {
	h := answering(t, map[string]string{"+rulesets": `[{"id": 7, "name": "versions"}]`, "+vulnerability-alerts": ""})
	h.write("answers/users+ada", `{"id": 42}`, 0o644)
	if printed, err := h.run("scripts/ops/protect.sh", "me/mote", "--reviewer", "ada", "--approvals", "2"); err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	sent := map[string]string{}
	for line := range strings.Lines(h.read("calls")) {
		if method, rest, _ := strings.Cut(strings.TrimSpace(line), " "); method == "PUT" || method == "POST" {
			path, body, _ := strings.Cut(rest, " ")
			sent[method+" "+strings.TrimPrefix(path, "repos/me/mote/")] = body
		}
	}
	for call, words := range map[string][]string{
		"POST rulesets":                                        {`"context":"All green"`, `"strict_required_status_checks_policy":true`, `"required_approving_review_count":2`, `"non_fast_forward"`},
		"PUT rulesets/7":                                       {`"refs/tags/v*"`, `"actor_id":5`, `"creation"`, `"update"`, `"deletion"`},
		"PUT environments/approve-prod":                        {`"reviewers":[{"type":"User","id":42}]`, `"prevent_self_review":true`},
		"PUT environments/prod":                                {`"custom_branch_policies":true`},
		"PUT environments/preview-prod":                        {`"deployment_branch_policy":null`},
		"POST environments/prod/deployment-branch-policies":    {"name=main type=branch"},
		"POST environments/release/deployment-branch-policies": {"name=v* type=tag"},
		"PUT actions/permissions/workflow":                     {"default_workflow_permissions=read"},
	} {
		for _, word := range words {
			if !strings.Contains(sent[call], word) {
				t.Errorf("%s: want %s in %q", call, word, sent[call])
			}
		}
	}
	if strings.Contains(sent["PUT environments/approve-dev"], "reviewers") {
		t.Errorf("dev waits for a reviewer: %s", sent["PUT environments/approve-dev"])
	}
	if !json.Valid([]byte(sent["POST rulesets"])) {
		t.Errorf("no JSON: %s", sent["POST rulesets"])
	}
}
