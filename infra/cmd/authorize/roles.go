package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/bootstrap/account"
	"github.com/mote-dev/mote/infra/internal/iampolicy"
	"github.com/mote-dev/mote/infra/internal/project"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

const (
	namespace = "mote-bootstrap"
	// prefix begins the names of bootstrap's roles and policies.
	prefix = "github-" + project.Name + "-"
)

// mockedKey matches the ARN that the mocks give the key for the state.
var mockedKey = regexp.MustCompile(`arn:[a-z-]+:test:[^"]*:aws:kms/key:Key/[^"]*`)

// role is what is attached to a role, and the policy that it can never go beyond. A nil boundary is none.
type role struct {
	policies []policy
	boundary *policy
}

type policy struct {
	name       string
	statements []iampolicy.Statement
}

type accounts map[string]role

// roles runs bootstrap against mocks and keeps the roles that it makes, beside those that are given.
func roles(folder string, asked question) (accounts, error) {
	recording, err := record(folder, asked)
	if err != nil {
		return nil, err
	}
	attached, known := map[string]policy{}, accounts{}
	for _, one := range recording.Resources {
		if !strings.HasSuffix(one.Type, ":Policy") {
			continue
		}
		if attached[one.Name], err = asked.read(one.Name, one.Inputs["policy"]); err != nil {
			return nil, err
		}
		// What is a boundary is granted to no role by itself, but to all roles of the environment at most.
		if short := strings.TrimPrefix(one.Name, prefix); strings.HasPrefix(short, "boundary-") {
			known[short] = role{policies: []policy{attached[one.Name]}}
		}
	}
	for _, one := range recording.Resources {
		if err := known.add(asked, one, attached); err != nil {
			return nil, err
		}
	}
	return known, known.include(asked, attached)
}

// record brings the account up for a fork that has the environments.
func record(folder string, asked question) (*pulumimocks.Recording, error) {
	config, err := project.Config(folder, "")
	if err != nil {
		return nil, err
	}
	maps.Copy(config, map[string]string{
		namespace + ":repository": "example/mote", namespace + ":ownerId": "1", namespace + ":repositoryId": "1",
	})
	for key, list := range map[string][]string{
		"environments": asked.Environments, "existing": asked.Existing, "ownNames": asked.OwnNames, "permissions": asked.Permissions,
		"kubernetes": asked.Kubernetes,
	} {
		text, err := json.Marshal(list)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", key, err)
		}
		config[namespace+":"+key] = string(text)
	}
	recording, err := pulumimocks.Record(pulumimocks.Run{Project: namespace, Stack: "account", Config: config}, func(ctx *pulumi.Context) (pulumi.Map, error) {
		return nil, account.Deploy(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("run bootstrap's program: %w", err)
	}
	return recording, nil
}

// add keeps a policy that a resource gives to a role: the role's own, or one that is attached.
func (a accounts) add(asked question, one pulumimocks.Resource, attached map[string]policy) (err error) {
	name, is := one.Inputs["role"].(string)
	if !is {
		return nil
	}
	var p policy
	if arn, is := one.Inputs["policyArn"].(string); is {
		p = attached[arn[strings.LastIndexByte(arn, '/')+1:]]
	} else if p, err = asked.read(one.Name, one.Inputs["policy"]); err != nil {
		return err
	}
	if len(p.statements) == 0 {
		return fmt.Errorf("read the policies of %s: %s gives none", name, one.Name)
	}
	short := strings.TrimPrefix(name, prefix)
	known := a[short]
	known.policies = append(known.policies, p)
	a[short] = known
	return nil
}

// include adds the roles that are given.
func (a accounts) include(asked question, attached map[string]policy) error {
	for name, given := range asked.Given {
		known := role{}
		if given.Boundary != "" {
			boundary, is := attached[given.Boundary]
			if !is {
				return fmt.Errorf("find the boundary of %s: bootstrap makes no policy %s", name, given.Boundary)
			}
			known.boundary = &boundary
		}
		for _, title := range slices.Sorted(maps.Keys(given.Documents)) {
			p, err := asked.read(title, given.Documents[title])
			if err != nil {
				return err
			}
			known.policies = append(known.policies, p)
		}
		a[name] = known
	}
	return nil
}

// read reads a policy, as it is where the requests were made: the mocks are in an account and a region of their own. What is to be left
// out is left out.
func (q question) read(name string, document any) (policy, error) {
	text, _ := document.(string)
	if q.Key != "" {
		text = mockedKey.ReplaceAllLiteralString(text, q.Key)
	}
	text = strings.NewReplacer(pulumimocks.Account, q.Account, pulumimocks.Region, q.Region).Replace(text)
	statements, err := iampolicy.Statements(text)
	if err != nil {
		return policy{}, fmt.Errorf("%s: %w", name, err)
	}
	for i := range statements {
		statements[i].Action = slices.DeleteFunc(statements[i].Action, func(action string) bool {
			grant := name + "/" + statements[i].Sid + " " + action
			q.found[grant] = true
			return slices.Contains(q.Without, grant)
		})
	}
	return policy{name: name, statements: statements}, nil
}

// unknown gives a grant that is to be left out and that there is not.
func (q question) unknown() string {
	at := slices.IndexFunc(q.Without, func(grant string) bool { return !q.found[grant] })
	if at < 0 {
		return ""
	}
	return q.Without[at]
}

// decide gives the statements that allow a request, none if it is denied.
func (a accounts) decide(q request) ([]string, error) {
	known, is := a[q.Role]
	if !is {
		return nil, fmt.Errorf("there is no role %s", q.Role)
	}
	all := []string{}
	for _, p := range known.policies {
		by, err := p.allows(q)
		if err != nil {
			return nil, err
		}
		all = append(all, by...)
	}
	if known.boundary == nil || len(all) == 0 {
		return all, nil
	}
	within, err := known.boundary.allows(q)
	if err != nil || len(within) == 0 {
		return []string{}, err
	}
	return append(all, within...), nil
}

// allows names statements as POLICY/SID.
func (p policy) allows(q request) ([]string, error) {
	sids, err := iampolicy.Allows(p.statements, q.Request)
	for i := range sids {
		sids[i] = p.name + "/" + sids[i]
	}
	return sids, err
}

// grants are all that the roles of environments are granted.
func (a accounts) grants(environments []string) []granted {
	all := []granted{}
	for _, environment := range environments {
		for _, kind := range []string{"deploy", "preview", "boundary"} {
			name := kind + "-" + environment
			for _, p := range a[name].policies {
				for _, s := range p.statements {
					for _, action := range s.Action {
						all = append(all, granted{Role: name, Statement: p.name + "/" + s.Sid, Action: action})
					}
				}
			}
		}
	}
	return all
}
