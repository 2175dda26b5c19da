// Package iampolicy writes IAM policy documents: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
package iampolicy

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Statement allows actions on resources, or allows a service to take on a role. Sid says what for.
type Statement struct {
	Sid       string
	Effect    string
	Principal map[string][]string `json:",omitempty"`
	Action    []string
	Resource  []string  `json:",omitempty"`
	Condition Condition `json:",omitempty"`
}

// Condition has, by operator and key, the values of which one must be met; all keys must be.
type Condition map[string]map[string][]string

// document is a whole policy. The version is the language's, not ours.
type document struct {
	Version   string
	Statement []Statement
}

// MoveTraffic is AWS's own policy for the role that ECS moves traffic with, which follows what ECS needs. It reaches every load balancer of
// the account, and nothing else.
const MoveTraffic = "AmazonECSInfrastructureRolePolicyForLoadBalancers"

// Allow returns a statement that allows the actions on the resources.
func Allow(sid string, actions, resources []string) Statement {
	return Statement{Sid: sid, Effect: "Allow", Action: actions, Resource: resources}
}

// AssumedBy returns the trust policy that lets an AWS service take on a role, for this account only: without the condition
// another account could make the service use the role (https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html).
func AssumedBy(service, account string) (string, error) {
	return JSON(Statement{
		Sid:       "AssumedByService",
		Effect:    "Allow",
		Principal: map[string][]string{"Service": {service}},
		Action:    []string{"sts:AssumeRole"},
		Condition: Condition{"StringEquals": {"aws:SourceAccount": {account}}},
	})
}

// JSON returns the policy of these statements.
func JSON(statements ...Statement) (string, error) {
	text, err := json.Marshal(document{Version: "2012-10-17", Statement: statements})
	if err != nil {
		return "", fmt.Errorf("write policy: %w", err)
	}
	return string(text), nil
}

// Statements reads a policy back, as a resource was given it. One that is not known yet, or says nothing, is an error.
func Statements(given any) ([]Statement, error) {
	text, is := given.(string)
	if !is {
		return nil, errors.New("the policy is not known")
	}
	var read document
	if err := json.Unmarshal([]byte(text), &read); err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	if len(read.Statement) == 0 {
		return nil, errors.New("the policy says nothing")
	}
	return read.Statement, nil
}
