// authorize decides as AWS would whether roles may do what they are asked to: those that the project bootstrap makes, and others whose
// policies are given. It reads a question as JSON from its input and writes the answer as JSON. The judge of calls (e2e/judge) asks.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/mote-dev/mote/infra/internal/commandline"
	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// question is what is read.
type question struct {
	// Account and Region are where the requests were made.
	Account string `json:"account"`
	Region  string `json:"region"`
	// Key is the ARN of the key for the state. Empty leaves it as the mocks have it.
	Key string `json:"key"`
	// Environments are the stacks whose roles bootstrap makes, Existing, OwnNames and Permissions what it is told of them, as its settings have them.
	Environments []string `json:"environments"`
	Existing     []string `json:"existing"`
	OwnNames     []string `json:"ownNames"`
	Permissions  []string `json:"permissions"`
	// Kubernetes are the environments whose stacks may be on EKS.
	Kubernetes []string `json:"kubernetes"`
	// Without are grants to leave out, each as POLICY/SID ACTION: what needs them is denied then.
	Without []string `json:"without"`
	// found are all grants, as Without names them.
	found map[string]bool
	// Given are further roles, by name.
	Given    map[string]given `json:"given"`
	Requests []request        `json:"requests"`
}

// given is a role that a stack made.
type given struct {
	// Boundary is the name of one of bootstrap's policies. Empty is none.
	Boundary  string            `json:"boundary"`
	Documents map[string]string `json:"documents"`
}

// request is made by a role: deploy-ENVIRONMENT, preview-ENVIRONMENT, or a given one.
type request struct {
	iampolicy.Request

	Role string `json:"role"`
}

// answer is what is written: for each request the statements that allow it, none if it is denied, and all that bootstrap's roles are granted.
type answer struct {
	Decisions [][]string `json:"decisions"`
	Grants    []granted  `json:"grants"`
}

// granted is an action of a statement, which is named as in decisions.
type granted struct {
	Role      string `json:"role"`
	Statement string `json:"statement"`
	Action    string `json:"action"`
}

func main() {
	commandline.Introduce("authorize <QUESTION.json")
	if err := run(os.Stdin, os.Stdout, "bootstrap"); err != nil {
		fmt.Fprintln(os.Stderr, "authorize:", err)
		os.Exit(1)
	}
}

// run answers one question about the roles of the bootstrap project in a folder.
func run(in io.Reader, out io.Writer, folder string) error {
	asked := question{found: map[string]bool{}}
	decoder := json.NewDecoder(in)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&asked); err != nil {
		return fmt.Errorf("read the question: %w", err)
	}
	known, err := roles(folder, asked)
	if err != nil {
		return err
	}
	if grant := asked.unknown(); grant != "" {
		return fmt.Errorf("leave out a grant: there is no %s", grant)
	}
	told := answer{Decisions: [][]string{}, Grants: known.grants(asked.Environments)}
	for _, q := range asked.Requests {
		by, err := known.decide(q)
		if err != nil {
			return fmt.Errorf("decide %s on %s by %s: %w", q.Action, q.Resource, q.Role, err)
		}
		told.Decisions = append(told.Decisions, by)
	}
	return json.NewEncoder(out).Encode(told)
}
