package iampolicy

import (
	"maps"
	"slices"
	"strings"
)

// fieldsOfSecret is how many parts the ARN of a whole secret has; what comes after them picks a key in it, a stage and a version.
const fieldsOfSecret = 7

// Secret is what a container gets a value from: a secret or a parameter by its ARN and, of a secret, what is picked of it.
type Secret struct {
	ARN                 string
	Key, Stage, Version string
}

// ParseSecret reads a reference as ECS takes it: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
func ParseSecret(reference string) Secret {
	if strings.Contains(reference, ":ssm:") {
		return Secret{ARN: reference}
	}
	fields := strings.Split(reference, ":")
	picked := make([]string, 3)
	if len(fields) > fieldsOfSecret {
		copy(picked, fields[fieldsOfSecret:])
		fields = fields[:fieldsOfSecret]
	}
	return Secret{ARN: strings.Join(fields, ":"), Key: picked[0], Stage: picked[1], Version: picked[2]}
}

// AllowSecrets returns statements that allow to read exactly the secrets and parameters of these references, by the names of variables, and to decrypt
// them by a key of the customer's, if there is one.
func AllowSecrets(references map[string]string, key string) []Statement {
	var secrets, parameters, keys []string
	for _, name := range slices.Sorted(maps.Keys(references)) {
		reference := references[name]
		if strings.Contains(reference, ":ssm:") {
			parameters = append(parameters, reference)
			continue
		}
		secrets = append(secrets, ParseSecret(reference).ARN)
	}
	if key != "" {
		keys = []string{key}
	}
	var statements []Statement
	for _, kind := range []struct {
		sid, action string
		arns        []string
	}{
		{"ReadSecrets", "secretsmanager:GetSecretValue", secrets},
		{"ReadParameters", "ssm:GetParameters", parameters},
		{"DecryptSecrets", "kms:Decrypt", keys},
	} {
		if len(kind.arns) > 0 {
			slices.Sort(kind.arns)
			statements = append(statements, Allow(kind.sid, []string{kind.action}, slices.Compact(kind.arns)))
		}
	}
	return statements
}
