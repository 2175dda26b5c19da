package account

import (
	"maps"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
	"github.com/mote-dev/mote/infra/internal/project"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// namespace is that of the settings.
const namespace = "mote-bootstrap"

// fork is what a user would set for a repository of their own.
var fork = map[string]string{"repository": "Me/mote", "ownerId": "12", "repositoryId": "345"}

// try brings the account up against mocks, with changes over the settings of a fork.
func try(t require.TestingT, changes map[string]string) (*pulumimocks.Recording, error) {
	config, err := project.Config("..", "")
	require.NoError(t, err)
	for _, own := range []map[string]string{fork, changes} {
		for key, value := range own {
			config[namespace+":"+key] = value
		}
	}
	return pulumimocks.Record(pulumimocks.Run{Project: namespace, Stack: "account", Config: maps.Clone(config)}, build)
}

// made is try for settings that must be right.
func made(t require.TestingT, changes map[string]string) *pulumimocks.Recording {
	recording, err := try(t, changes)
	require.NoError(t, err)
	return recording
}

// find returns the resource of a type, by its last part, with a name.
func find(t require.TestingT, r *pulumimocks.Recording, kind, name string) pulumimocks.Resource {
	at := slices.IndexFunc(r.Resources, func(one pulumimocks.Resource) bool {
		return strings.HasSuffix(one.Type, ":"+kind) && one.Name == name
	})
	require.GreaterOrEqual(t, at, 0, "there is no %s %s", kind, name)
	return r.Resources[at]
}

// statements reads a policy.
func statements(t require.TestingT, document any) []iampolicy.Statement {
	read, err := iampolicy.Statements(document)
	require.NoError(t, err)
	return read
}

// policies are all that a role has been given, each as it was written.
func policies(t require.TestingT, r *pulumimocks.Recording, role string) []string {
	var documents []string
	for _, one := range r.Resources {
		if one.Inputs["role"] != role {
			continue
		}
		document := one.Inputs["policy"]
		if arn, attached := one.Inputs["policyArn"].(string); attached {
			document = find(t, r, "Policy", arn[strings.LastIndexByte(arn, '/')+1:]).Inputs["policy"]
		}
		documents = append(documents, document.(string))
	}
	require.NotEmpty(t, documents, role)
	return documents
}

// granted is all that a role has been given.
func granted(t require.TestingT, r *pulumimocks.Recording, role string) []iampolicy.Statement {
	var all []iampolicy.Statement
	for _, document := range policies(t, r, role) {
		all = append(all, statements(t, document)...)
	}
	return all
}

// may says whether a role may do something.
func may(t require.TestingT, r *pulumimocks.Recording, role, action, resource string, request map[string]string) bool {
	return allowed(t, granted(t, r, role), action, resource, request)
}

// allowed decides as AWS would.
func allowed(t require.TestingT, all []iampolicy.Statement, action, resource string, keys map[string]string) bool {
	by, err := iampolicy.Allows(all, iampolicy.Request{Action: action, Resource: resource, Keys: keys})
	require.NoError(t, err)
	return len(by) > 0
}

// everyPolicy calls visit with each policy that says what a role may do.
func everyPolicy(r *pulumimocks.Recording, visit func(name, document string)) {
	for _, one := range r.Resources {
		if strings.HasSuffix(one.Type, ":Policy") || strings.HasSuffix(one.Type, ":RolePolicy") {
			visit(one.Name, one.Inputs["policy"].(string))
		}
	}
}
