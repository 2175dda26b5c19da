package emulatorshim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fake is a stand-in for the emulator or moto: it knows one cluster with one service, and notes what it is asked to do.
type fake struct {
	clusters, services []string
	deployments        string
	operations         []string
}

func (a *fake) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	_, operation := target(q)
	a.operations = append(a.operations, operation)
	listed := func(kind string, names []string) {
		var all []string
		for _, name := range names {
			all = append(all, `{"status": "ACTIVE", "clusterName": "`+name+`", "serviceName": "`+name+`", "serviceArn": "arn:`+name+
				`", "deployments": [`+a.deployments+`]}`)
		}
		_, _ = io.WriteString(w, `{"`+kind+`": [`+strings.Join(all, ",")+`]}`)
	}
	switch operation {
	case "DescribeClusters":
		listed("clusters", a.clusters)
	case "DescribeServices":
		listed("services", a.services)
	case "CreateService", "UpdateService":
		a.services = []string{"web"}
		_, _ = io.WriteString(w, `{"service": {"serviceArn": "arn:web", "createdAt": 1790000000.123456789}}`)
	case "RegisterScalableTarget":
		_, _ = io.WriteString(w, `{"ScalableTargetARN": "arn:target"}`)
	case "DescribeTasks":
		_, _ = io.WriteString(w, `{"tasks": [{"launchType": "FARGATE", "containerInstanceArn": "arn:one", "cpu": "256"}]}`)
	default:
		_, _ = io.WriteString(w, `{}`)
	}
}

// proxied starts a proxy in front of two of them and gives a function that asks it.
func proxied(t *testing.T, emulator, moto *fake) func(target, body string) (int, string) {
	t.Helper()
	var addresses [2]*url.URL
	for i, handler := range []*fake{emulator, moto} {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		addresses[i], _ = url.Parse(server.URL)
	}
	proxy := httptest.NewServer(NewProxy(addresses[0], addresses[1], io.Discard, "", nil))
	t.Cleanup(proxy.Close)
	return func(target, body string) (int, string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, proxy.URL, strings.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("X-Amz-Target", target)
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return answer.StatusCode, string(text)
	}
}

const (
	ecsPrefix = "AmazonEC2ContainerServiceV20141113."
	ofScaling = "AnyScaleFrontendService."
	register  = `{"ServiceNamespace": "ecs", "ResourceId": "service/main/web", "Tags": {"owner": "mote"}}`
)

func TestScaling_TargetOfAnUnknownServiceIsRefused(t *testing.T) {
	moto := &fake{}
	ask := proxied(t, &fake{clusters: []string{"main"}}, moto)
	for _, operation := range []string{"RegisterScalableTarget", "PutScalingPolicy"} {
		status, body := ask(ofScaling+operation, register)
		require.Equal(t, http.StatusBadRequest, status)
		require.Contains(t, body, "ECS service doesn't exist: service/main/web")
	}
	require.Empty(t, moto.operations, "moto must not hear of it")
}

func TestScaling_TargetOfAKnownServiceReachesMoto(t *testing.T) {
	moto := &fake{}
	ask := proxied(t, &fake{clusters: []string{"main"}, services: []string{"web"}}, moto)
	status, body := ask(ofScaling+"RegisterScalableTarget", register)
	require.Equal(t, http.StatusOK, status, body)
	require.Equal(t, []string{"DescribeClusters", "CreateCluster", "RegisterTaskDefinition", "CreateService", "RegisterScalableTarget"}, moto.operations)

	_, tags := ask(ofScaling+"ListTagsForResource", `{"ResourceARN": "arn:target"}`)
	require.JSONEq(t, `{"Tags": {"owner": "mote"}}`, tags)
	ask(ofScaling+"TagResource", `{"ResourceARN": "arn:target", "Tags": {"more": "yes"}}`)
	ask(ofScaling+"UntagResource", `{"ResourceARN": "arn:target", "TagKeys": ["owner"]}`)
	_, tags = ask(ofScaling+"ListTagsForResource", `{"ResourceARN": "arn:target"}`)
	require.JSONEq(t, `{"Tags": {"more": "yes"}}`, tags)
}

func TestServices_ForgottenPropertyIsGivenBack(t *testing.T) {
	ask := proxied(t, &fake{}, &fake{})
	rebalancingOf := func(body string) any {
		var answer struct{ Services []map[string]any }
		require.NoError(t, json.Unmarshal([]byte(body), &answer))
		require.Len(t, answer.Services, 1)
		return answer.Services[0][rebalancing]
	}
	_, created := ask(ecsPrefix+"CreateService", `{"serviceName": "web", "availabilityZoneRebalancing": "ENABLED"}`)
	require.Contains(t, created, `"availabilityZoneRebalancing":"ENABLED"`)
	require.Contains(t, created, "1790000000.123456789", "numbers must stay as they were written")
	_, described := ask(ecsPrefix+"DescribeServices", `{}`)
	require.Equal(t, "ENABLED", rebalancingOf(described))
	ask(ecsPrefix+"UpdateService", `{"service": "web", "availabilityZoneRebalancing": "DISABLED"}`)
	_, described = ask(ecsPrefix+"DescribeServices", `{}`)
	require.Equal(t, "DISABLED", rebalancingOf(described))
}

func TestServices_TaskOfFargateIsOnNoInstance(t *testing.T) {
	_, described := proxied(t, &fake{}, &fake{})(ecsPrefix+"DescribeTasks", `{}`)
	require.JSONEq(t, `{"tasks": [{"launchType": "FARGATE", "cpu": "256"}]}`, described)
}

func TestServices_PropertyNeverAskedForStaysAway(t *testing.T) {
	ask := proxied(t, &fake{}, &fake{})
	_, created := ask(ecsPrefix+"CreateService", `{"serviceName": "web"}`)
	require.NotContains(t, created, rebalancing)
}

func TestServices_RolledBackDeploymentIsDroppedWhenItsTasksAreGone(t *testing.T) {
	deployment := func(status, state string, running int) string {
		return fmt.Sprintf(`{"status": %q, "rolloutState": %q, "runningCount": %d, "pendingCount": 0, "desiredCount": 0}`, status, state, running)
	}
	gone := deployment("ACTIVE", "FAILED", 0)
	stay := strings.Join([]string{
		deployment("PRIMARY", "FAILED", 0), deployment("PRIMARY", "COMPLETED", 1), deployment("ACTIVE", "FAILED", 1),
		deployment("ACTIVE", "IN_PROGRESS", 0),
	}, ",")
	emulator := &fake{services: []string{"web"}, deployments: stay + "," + gone}
	_, described := proxied(t, emulator, &fake{})(ecsPrefix+"DescribeServices", `{}`)
	var answer struct {
		Services []struct{ Deployments json.RawMessage }
	}
	require.NoError(t, json.Unmarshal([]byte(described), &answer))
	require.JSONEq(t, "["+stay+"]", string(answer.Services[0].Deployments))
}

func TestProxy_TasksReachAWSAsTheirRolesAndNothingElse(t *testing.T) {
	emulator := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { _, _ = io.WriteString(w, q.URL.Path) }))
	defer emulator.Close()
	address, err := url.Parse(emulator.URL)
	require.NoError(t, err)
	for _, one := range []struct {
		path, key string
		status    int
		recorded  bool
	}{
		{"/", "task-mote-dev-task-1", http.StatusOK, true}, {"/", "rehearsal", http.StatusForbidden, false},
		{"/", "deploy-dev", http.StatusForbidden, false}, {"/", "", http.StatusForbidden, false},
		{"/v4/token/task", "", http.StatusOK, false}, {"/_ministack/reset", "task-mote-dev-task-1", http.StatusNotFound, false},
		{"/_status/", "", http.StatusNotFound, false}, {"/_alb/one/", "", http.StatusNotFound, false},
	} {
		var lines bytes.Buffer
		q := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://172.30.0.1"+one.path, strings.NewReader("{}"))
		q.Header.Set("X-Amz-Target", "DynamoDB_20120810.GetItem")
		if one.key != "" {
			q.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+one.key+"/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
		}
		answer := httptest.NewRecorder()
		NewProxy(address, address, &lines, "", nil).ForTasks().ServeHTTP(answer, q)
		require.Equal(t, one.status, answer.Code, one)
		require.Equal(t, one.recorded, strings.Contains(lines.String(), `"access_key":"`+one.key+`"`), one)
		if one.status == http.StatusForbidden {
			require.Contains(t, answer.Body.String(), unknownCaller)
		}
	}
}
