package kubernetes_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/kubernetes"
)

// TestToken_IsASignedRequestForTheCallersIdentity holds what EKS asks of a token:
// https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
func TestToken_IsASignedRequestForTheCallersIdentity(t *testing.T) {
	cfg := aws.Config{Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", "session")}
	token, err := kubernetes.Token(cfg, "mote-prod")(context.Background())
	require.NoError(t, err)
	text, is := strings.CutPrefix(token, "k8s-aws-v1.")
	require.True(t, is)
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	require.NoError(t, err)
	signed, err := url.Parse(string(decoded))
	require.NoError(t, err)
	require.Equal(t, "https://sts.eu-central-1.amazonaws.com/", signed.Scheme+"://"+signed.Host+signed.Path)
	query := signed.Query()
	require.Equal(t, "GetCallerIdentity", query.Get("Action"))
	require.Equal(t, "60", query.Get("X-Amz-Expires"))
	require.Equal(t, "host;x-k8s-aws-id", query.Get("X-Amz-SignedHeaders"))
	require.Equal(t, "session", query.Get("X-Amz-Security-Token"))
	require.Len(t, query["X-Amz-Signature"], 1)
}

func TestToken_WithoutCredentialsIsAnError(t *testing.T) {
	none := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, errors.New("none are here") })
	_, err := kubernetes.Token(aws.Config{Region: "eu-central-1", Credentials: none}, "mote-prod")(context.Background())
	require.ErrorContains(t, err, "sign request for the caller's identity")
}

func TestClient_TrustsTheClustersAuthorityAlone(t *testing.T) {
	for authority, says := range map[string]string{"%": "illegal base64", "bm9uZQ==": "it has no certificate"} {
		_, err := kubernetes.NewClient("https://example.com", authority, nil)
		require.ErrorContains(t, err, says)
	}
}
