package service

import (
	"maps"
	"slices"
	"strings"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// fieldsOfSecret is how many parts the ARN of a whole secret has; what comes after them picks a key in it, a stage and a version.
const fieldsOfSecret = 7

// secretStatements allow ECS to read exactly the secrets and parameters that the container gets.
func secretStatements(args *Args) []iampolicy.Statement {
	var secrets, parameters []string
	for _, name := range slices.Sorted(maps.Keys(args.Secrets)) {
		arn := args.Secrets[name]
		if strings.Contains(arn, ":ssm:") {
			parameters = append(parameters, arn)
			continue
		}
		secrets = append(secrets, strings.Join(strings.SplitN(arn, ":", fieldsOfSecret+1)[:fieldsOfSecret], ":"))
	}
	var statements []iampolicy.Statement
	for _, kind := range []struct {
		sid, action string
		arns        []string
	}{
		{"ReadSecrets", "secretsmanager:GetSecretValue", secrets},
		{"ReadParameters", "ssm:GetParameters", parameters},
		{"DecryptSecrets", "kms:Decrypt", nonEmpty(args.SecretsKey)},
	} {
		if len(kind.arns) > 0 {
			slices.Sort(kind.arns)
			statements = append(statements, iampolicy.Allow(kind.sid, []string{kind.action}, slices.Compact(kind.arns)))
		}
	}
	return statements
}

func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}
