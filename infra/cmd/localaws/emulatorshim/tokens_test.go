package emulatorshim

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/kubernetes"
)

// token is what `aws eks get-token` makes.
func token(t *testing.T, key, secret, cluster string, at time.Time) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		"http://localhost:4566/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=60", nil)
	require.NoError(t, err)
	request.Header.Set(kubernetes.ClusterHeader, cluster)
	credentials := aws.Credentials{AccessKeyID: key, SecretAccessKey: secret}
	signed, _, err := v4.NewSigner().PresignHTTP(t.Context(), credentials, request, emptyHash, "sts", awsconfig.Region, at)
	require.NoError(t, err)
	return kubernetes.TokenPrefix + base64.RawURLEncoding.EncodeToString([]byte(signed))
}

// fakeEKS has a cluster in which the role deploy-dev is an administrator.
func fakeEKS(t *testing.T) *url.URL {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		switch path := q.URL.Path; {
		case q.URL.Query().Get("Action") == "GetCallerIdentity":
			_, _ = io.WriteString(w, `{"Account":"`+awsconfig.Account+`"}`)
		case path == "/clusters":
			_, _ = io.WriteString(w, `{"clusters":["mote-dev"]}`)
		case path == "/clusters/mote-dev/access-entries/"+awsconfig.RoleARN("deploy-dev")+"/access-policies":
			_, _ = io.WriteString(w, `{"associatedAccessPolicies":[{"policyArn":"arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"}]}`)
		default:
			http.NotFound(w, q)
		}
	}))
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	return address
}

// reviewOf asks as an API server does.
func reviewOf(t *testing.T, at *url.URL, token string) reviewed {
	t.Helper()
	asked := review{APIVersion: "authentication.k8s.io/v1", Kind: "TokenReview"}
	asked.Spec.Token = token
	text, err := json.Marshal(asked)
	require.NoError(t, err)
	proxy := NewProxy(at, at, io.Discard, "", nil)
	answer := httptest.NewRecorder()
	proxy.ForCluster(at).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodPost, TokensPath, bytes.NewReader(text)))
	require.Equal(t, http.StatusOK, answer.Code)
	var told review
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &told))
	require.Equal(t, "TokenReview", told.Kind)
	return told.Status
}

func TestTokens_RoleWithAnEntryGetsInByItsPolicies(t *testing.T) {
	told := reviewOf(t, fakeEKS(t), token(t, "deploy-dev", awsconfig.Key, "mote-dev", time.Now()))
	require.True(t, told.Authenticated, told.Error)
	require.Equal(t, awsconfig.RoleARN("deploy-dev"), told.User.Username)
	require.Equal(t, []string{"system:authenticated", "eks:AmazonEKSClusterAdminPolicy"}, told.User.Groups)
}

func TestTokens_OthersAreRefused(t *testing.T) {
	at := fakeEKS(t)
	right := token(t, "deploy-dev", awsconfig.Key, "mote-dev", time.Now())
	for name, one := range map[string]struct{ token, reason string }{
		"another prefix":        {strings.Replace(right, "k8s-", "k9s-", 1), "none of EKS"},
		"no URL":                {kubernetes.TokenPrefix + "%", "read the token"},
		"another call":          {kubernetes.TokenPrefix + base64.RawURLEncoding.EncodeToString([]byte("http://localhost/?Action=AssumeRole")), "no signed call"},
		"no entry":              {token(t, "preview-dev", awsconfig.Key, "mote-dev", time.Now()), "has no access entry"},
		"for another cluster":   {token(t, "deploy-dev", awsconfig.Key, "mote-prod", time.Now()), "no cluster that is here"},
		"by another's key":      {token(t, "deploy-dev", "guessed", "mote-dev", time.Now()), "no cluster that is here"},
		"from before breakfast": {token(t, "deploy-dev", awsconfig.Key, "mote-dev", time.Now().Add(-time.Hour)), "no cluster that is here"},
	} {
		told := reviewOf(t, at, one.token)
		require.False(t, told.Authenticated, name)
		require.Contains(t, told.Error, one.reason, name)
	}
}

func TestForCluster_NothingElseIsReached(t *testing.T) {
	at := fakeEKS(t)
	for _, path := range []string{"/", "/clusters", "/_ministack/health", TokensPath} {
		answer := httptest.NewRecorder()
		NewProxy(at, at, io.Discard, "", nil).ForCluster(at).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		require.GreaterOrEqual(t, answer.Code, 400, path)
	}
}
