package kubernetes

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const (
	// TokenPrefix begins each token. Behind it is the URL of a signed call to STS, in base64.
	TokenPrefix = "k8s-aws-v1." //nolint:gosec // It begins tokens, and is none.
	// ClusterHeader is signed with the rest, so that a token is for one cluster.
	ClusterHeader = "x-k8s-aws-id"
	// tokenSeconds is for how long the signature is good; EKS takes no other.
	tokenSeconds = "60"
)

// Token returns a source of tokens by which a cluster of EKS knows who asks: a signed request to AWS for the caller's own identity, which EKS sends.
// https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
func Token(cfg aws.Config, cluster string) func(context.Context) (string, error) {
	client := sts.NewPresignClient(sts.NewFromConfig(cfg, func(o *sts.Options) {
		o.APIOptions = append(o.APIOptions,
			smithyhttp.SetHeaderValue(ClusterHeader, cluster), smithyhttp.SetHeaderValue("X-Amz-Expires", tokenSeconds))
	}))
	return func(ctx context.Context) (string, error) {
		signed, err := client.PresignGetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			return "", fmt.Errorf("sign request for the caller's identity: %w", err)
		}
		return TokenPrefix + base64.RawURLEncoding.EncodeToString([]byte(signed.URL)), nil
	}
}
