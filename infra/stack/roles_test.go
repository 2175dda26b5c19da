package stack

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// reasons has every resource of a policy that is not one exact ARN, by the statement's name, and why.
var reasons = map[string]string{
	"LogInToRegistry": "AWS knows no resource for ecr:GetAuthorizationToken",
	"WriteLogs":       "a stream's name ends in the id of a task that is not there yet",
	// What Prometheus and its sessions need: components/observability says why.
	"DescribeTasks":     "AWS numbers tasks; the cluster tells whose they are",
	"ListTasks":         "AWS knows no resource for it but a cluster's, by a condition",
	"DescribeAddresses": "AWS describes these for a whole account only",
	"OpenSessions":      "AWS knows no resource for it",
}

func TestRoles_AllowExactlyWhatIsListed(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		statements := allStatements(t, r)
		require.NotEmpty(t, statements)
		for _, statement := range statements {
			require.Equal(t, "Allow", statement.Effect)
			for _, action := range statement.Action {
				require.NotContains(t, action, "*", statement.Sid)
			}
			for _, resource := range statement.Resource {
				require.True(t, !strings.Contains(resource, "*") || reasons[statement.Sid] != "", "%s: %s", statement.Sid, resource)
			}
		}
	})
}

func TestRoles_OnlyTheLoginIsForEveryResource(t *testing.T) {
	for _, statement := range allStatements(t, deployed(t, trial{})) {
		for _, resource := range statement.Resource {
			if resource == "*" {
				require.Equal(t, []string{"ecr:GetAuthorizationToken"}, statement.Action)
			}
		}
	}
}

func TestRoles_ExecutionReachesItsRepositoryAndLogsOnly(t *testing.T) {
	r := deployed(t, trial{stack: "prod", changes: map[string]string{"existingRepository": "team/mote"}})
	found := map[string][]string{}
	for _, statement := range allStatements(t, r) {
		found[statement.Sid] = statement.Resource
	}
	require.Equal(t, map[string][]string{
		"LogInToRegistry": {"*"},
		"FetchImage":      {"arn:aws:ecr:eu-central-1:123456789012:repository/team/mote"},
		"WriteLogs": {"arn:aws:test:eu-central-1:123456789012:aws:cloudwatch/logGroup:LogGroup//ecs/mote-prod" +
			":log-stream:mote/mote/*"},
	}, found)
}

func TestRoles_TaskMayDoNothing(t *testing.T) {
	r := deployed(t, trial{})
	task := r.One(t, definition).Inputs["taskRoleArn"]
	execution := r.One(t, definition).Inputs["executionRoleArn"]
	require.NotEqual(t, task, execution)
	require.Contains(t, task, "mote-dev-task")
	for _, attached := range r.Of(t, "iam/rolePolicy:RolePolicy", 1) {
		require.Contains(t, attached.Inputs["role"], "mote-dev-execution")
	}
	r.Of(t, "iam/rolePolicyAttachment:RolePolicyAttachment", 0)
	for _, role := range r.Of(t, "iam/role:Role", 2) {
		require.NotContains(t, role.Inputs, "managedPolicyArns")
		require.NotContains(t, role.Inputs, "inlinePolicies")
	}
}

func TestRoles_AreAssumedByECSOfThisAccountOnly(t *testing.T) {
	for _, role := range deployed(t, trial{}).Of(t, "iam/role:Role", 2) {
		statements := parse(t, role.Inputs["assumeRolePolicy"])
		require.Len(t, statements, 1)
		require.Equal(t, map[string][]string{"Service": {"ecs-tasks.amazonaws.com"}}, statements[0].Principal)
		require.Equal(t, iampolicy.Condition{"StringEquals": {"aws:SourceAccount": {pulumimocks.Account}}}, statements[0].Condition)
	}
}

func TestRoles_CarryTheBoundary(t *testing.T) {
	for _, role := range deployed(t, trial{changes: map[string]string{"permissionsBoundary": "bounds"}}).Of(t, "iam/role:Role", 2) {
		require.Equal(t, "arn:aws:iam::123456789012:policy/bounds", role.Inputs["permissionsBoundary"], role.Name)
	}
	for _, role := range deployed(t, trial{}).Of(t, "iam/role:Role", 2) {
		require.NotContains(t, role.Inputs, "permissionsBoundary", role.Name)
	}
}

// allStatements returns what all policies of all roles allow.
func allStatements(t testing.TB, r *pulumimocks.Recording) []iampolicy.Statement {
	t.Helper()
	var all []iampolicy.Statement
	for _, one := range r.Of(t, "iam/rolePolicy:RolePolicy", 1) {
		all = append(all, parse(t, one.Inputs["policy"])...)
	}
	return all
}

func parse(t testing.TB, document any) []iampolicy.Statement {
	t.Helper()
	written, err := iampolicy.Statements(document)
	require.NoError(t, err)
	return written
}
