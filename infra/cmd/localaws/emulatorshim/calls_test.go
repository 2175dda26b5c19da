package emulatorshim

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// recorded sends one request through a proxy to an emulator that answers so, and gives the line that was written.
func recorded(t *testing.T, change func(*http.Request), body string, answer http.HandlerFunc) map[string]any {
	t.Helper()
	emulator := httptest.NewServer(answer)
	defer emulator.Close()
	address, err := url.Parse(emulator.URL)
	require.NoError(t, err)
	var lines bytes.Buffer
	q := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/", strings.NewReader(body))
	q.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=rehearsal-up/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0")
	q.Header.Set("User-Agent", "client/1")
	change(q)
	NewProxy(address, address, &lines, "", nil).ServeHTTP(httptest.NewRecorder(), q)
	require.Equal(t, 1, strings.Count(lines.String(), "\n"))
	var line map[string]any
	require.NoError(t, json.Unmarshal(lines.Bytes(), &line))
	require.NotEmpty(t, line["time"])
	delete(line, "time")
	return line
}

func answers(status int, header, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		if header != "" {
			w.Header().Set("X-Amzn-Errortype", header)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

func TestCalls_JSONProtocol(t *testing.T) {
	line := recorded(t, func(q *http.Request) { q.Header.Set("X-Amz-Target", "AmazonSSM.GetParameter") }, `{"Name": "one", "Count": 12345678901234567890}`,
		answers(400, "", `{"__type": "com.amazon#ParameterNotFound", "message": "no"}`))
	text, err := json.Marshal(line)
	require.NoError(t, err)
	require.JSONEq(t, `{"service": "iam", "operation": "GetParameter", "region": "us-east-1", "access_key": "rehearsal-up",
		"parameters": {"Name": "one", "Count": 12345678901234567890}, "status": 400, "error": "ParameterNotFound", "user_agent": "client/1"}`, string(text))
}

func TestCalls_QueryProtocol(t *testing.T) {
	form := func(q *http.Request) {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	line := recorded(t, form, "Action=CreateRole&Version=2010-05-08&RoleName=a+b&Tags.member.1.Key=k", answers(409, "",
		"<ErrorResponse><Error><Type>Sender</Type><Code>EntityAlreadyExists</Code></Error></ErrorResponse>"))
	require.Equal(t, "CreateRole", line["operation"])
	require.Equal(t, map[string]any{"RoleName": "a b", "Tags.member.1.Key": "k"}, line["parameters"])
	require.Equal(t, "EntityAlreadyExists", line["error"])
	require.InDelta(t, 409, line["status"], 0)
}

func TestCalls_ResponseOfWhatWasChanged(t *testing.T) {
	for operation, kept := range map[string]bool{
		"CreateVpc": true, "DeleteVpc": true, "DisassociateRouteTable": true, "RegisterTaskDefinition": true, "DescribeVpcs": false,
		"ListTasks": false, "GetRole": false,
	} {
		ask := func(q *http.Request) { q.Header.Set("X-Amz-Target", "Any."+operation) }
		require.Equal(t, kept, recorded(t, ask, "{}", answers(200, "", `{"id": 1}`))["response"] == `{"id": 1}`, operation)
		require.NotContains(t, recorded(t, ask, "{}", answers(400, "", `{"id": 1}`)), "response", operation)
	}
}

func TestCalls_RESTProtocol(t *testing.T) {
	put := func(q *http.Request) {
		q.Method = http.MethodPut
		q.URL.Path, q.URL.RawQuery = "/bucket/key", "acl"
		q.Header.Set("X-Amz-Acl", "private")
	}
	line := recorded(t, put, "<a/>", answers(200, "", "<Code>none</Code>"))
	require.Equal(t, map[string]any{
		"method": "PUT", "path": "/bucket/key", "query": map[string]any{"acl": []any{""}},
		"headers": map[string]any{"x-amz-acl": "private"}, "body": "<a/>",
	}, line["parameters"])
	require.Empty(t, line["operation"])
	require.Empty(t, line["error"], "no error, whatever its body looks like")

	line = recorded(t, put, strings.Repeat("x", maxRecorded+1), answers(403, "AccessDenied:", ""))
	require.Empty(t, line["parameters"].(map[string]any)["body"], "an object is no parameter")
	require.Equal(t, "AccessDenied", line["error"])
}
