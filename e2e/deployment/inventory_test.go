package deployment

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// listing is one request, in the form that its service speaks: a target for JSON, none for a query.
type listing struct{ service, target, body string }

// listings ask for everything that the stack makes, of each service that it makes something in.
var listings = []listing{
	{"ec2", "", "Action=DescribeVpcs&Version=2016-11-15"},
	{"ec2", "", "Action=DescribeSubnets&Version=2016-11-15"},
	{"ec2", "", "Action=DescribeInternetGateways&Version=2016-11-15"},
	{"ec2", "", "Action=DescribeRouteTables&Version=2016-11-15"},
	{"ec2", "", "Action=DescribeSecurityGroups&Version=2016-11-15"},
	{"ec2", "", "Action=DescribeSecurityGroupRules&Version=2016-11-15"},
	{"elasticloadbalancing", "", "Action=DescribeLoadBalancers&Version=2015-12-01"},
	{"elasticloadbalancing", "", "Action=DescribeTargetGroups&Version=2015-12-01"},
	{"iam", "", "Action=ListRoles&Version=2010-05-08"},
	{"ecr", "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories", "{}"},
	{"logs", "Logs_20140328.DescribeLogGroups", "{}"},
	{"ecs", "AmazonEC2ContainerServiceV20141113.ListClusters", "{}"},
	{"ecs", "AmazonEC2ContainerServiceV20141113.ListTaskDefinitions", "{}"},
	{"application-autoscaling", "AnyScaleFrontendService.DescribeScalableTargets", `{"ServiceNamespace":"ecs"}`},
	{"application-autoscaling", "AnyScaleFrontendService.DescribeScalingPolicies", `{"ServiceNamespace":"ecs"}`},
}

// inventory is all that the local AWS has, as text. Only ids are looked for in it, so no client has to understand it.
func inventory(t *testing.T, s status) string {
	t.Helper()
	var all strings.Builder
	for _, one := range listings {
		all.WriteString(s.ask(t, one))
	}
	return all.String()
}

// ask sends one request to the local AWS and gives the answer.
func (s status) ask(t *testing.T, one listing) string {
	t.Helper()
	content := "application/x-amz-json-1.1"
	if one.target == "" {
		content = "application/x-www-form-urlencoded"
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Shim+"/", strings.NewReader(one.body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", content)
	request.Header.Set("X-Amz-Target", one.target)
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=rehearsal/20260101/us-east-1/"+one.service+
		"/aws4_request, SignedHeaders=host, Signature=none")
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equalf(t, http.StatusOK, answer.StatusCode, "%s %s%s: %s", one.service, one.target, one.body, body)
	return string(body)
}

// requireGone checks that of the resources that were made and could be seen before, none can be seen after.
func requireGone(t *testing.T, made []resource, before, after string) {
	t.Helper()
	seen := 0
	for _, one := range made {
		if !one.Custom || one.ID == "" || !strings.Contains(before, one.ID) {
			continue
		}
		seen++
		require.NotContainsf(t, after, one.ID, "%s %s is still there", one.Type, one.ID)
	}
	require.GreaterOrEqual(t, seen, 15, "the inventory must be able to see what it looks for")
	t.Logf("%d of %d resources can be listed; none is left", seen, len(made))
}
