package emulatorshim

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/kubernetes"
)

// TokensPath is where the API server asks who sent a token.
const TokensPath = "/authenticate"

// emptyHash is the SHA-256 of no body.
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// authenticator stands in for EKS's own: it asks STS who signed a token, and by the access entries of the cluster what that one may do there.
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#webhook-token-authentication
type authenticator struct{ emulator string }

type review struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Spec       struct {
		Token string `json:"token"`
	} `json:"spec,omitzero"`
	Status reviewed `json:"status"`
}

type reviewed struct {
	Authenticated bool   `json:"authenticated"`
	Error         string `json:"error,omitempty"`
	User          struct {
		Username string   `json:"username"`
		Groups   []string `json:"groups"`
	} `json:"user,omitzero"`
}

func newAuthenticator(emulator *url.URL) *authenticator {
	return &authenticator{emulator: emulator.String()}
}

func (a *authenticator) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	var asked review
	if err := json.NewDecoder(q.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer := review{APIVersion: asked.APIVersion, Kind: asked.Kind}
	name, groups, err := a.identify(q.Context(), asked.Spec.Token)
	if err != nil {
		answer.Status.Error = err.Error()
	} else {
		answer.Status.Authenticated, answer.Status.User.Username, answer.Status.User.Groups = true, name, groups
	}
	text, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text)
}

// identify gives the role behind a token and its groups. A role without an entry does not get in.
func (a *authenticator) identify(ctx context.Context, token string) (string, []string, error) {
	call, err := signedCall(token)
	if err != nil {
		return "", nil, err
	}
	var all struct{ Clusters []string }
	if err := a.ask(ctx, "eks", "/clusters", &all); err != nil {
		return "", nil, err
	}
	for _, cluster := range all.Clusters {
		if !signedFor(ctx, call, cluster) {
			continue
		}
		role, err := a.caller(ctx, call, cluster)
		if err != nil {
			return "", nil, err
		}
		groups, err := a.groups(ctx, cluster, role)
		return role, groups, err
	}
	return "", nil, errors.New("the token is signed for no cluster that is here")
}

// signedCall takes a token apart.
func signedCall(token string) (*url.URL, error) {
	encoded, is := strings.CutPrefix(token, kubernetes.TokenPrefix)
	if !is {
		return nil, errors.New("the token is none of EKS")
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(encoded, "="))
	if err != nil {
		return nil, fmt.Errorf("read the token: %w", err)
	}
	call, err := url.Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("read the token: %w", err)
	}
	signed := call.Query()
	if signed.Get("Action") != "GetCallerIdentity" || !slices.Contains(strings.Split(signed.Get("X-Amz-SignedHeaders"), ";"), kubernetes.ClusterHeader) {
		return nil, errors.New("the token is no signed call of GetCallerIdentity for a cluster")
	}
	return call, nil
}

// signedFor tells whether a call was signed with this cluster's name, and lately. STS would find that out; the emulator's believes each signature.
func signedFor(ctx context.Context, call *url.URL, cluster string) bool {
	query := call.Query()
	at, err := time.Parse("20060102T150405Z", query.Get("X-Amz-Date"))
	lasts, errLasts := strconv.Atoi(query.Get("X-Amz-Expires"))
	if err != nil || errLasts != nil || time.Since(at) > tokenLife || lasts > int(tokenLife.Seconds()) {
		return false
	}
	again := *call
	signature := query.Get("X-Amz-Signature")
	for _, name := range []string{"Algorithm", "Credential", "Date", "SignedHeaders", "Signature"} {
		query.Del("X-Amz-" + name)
	}
	again.RawQuery = query.Encode()
	request := &http.Request{Method: http.MethodGet, URL: &again, Host: call.Host, Header: http.Header{}}
	request.Header.Set(kubernetes.ClusterHeader, cluster)
	credentials := aws.Credentials{AccessKeyID: keyOf(call), SecretAccessKey: awsconfig.Key}
	signed, _, err := v4.NewSigner().PresignHTTP(ctx, credentials, request, emptyHash, "sts", awsconfig.Region, at)
	return err == nil && signature != "" && strings.Contains(signed, "X-Amz-Signature="+signature)
}

// tokenLife is how old a token may be: https://docs.aws.amazon.com/eks/latest/userguide/cluster-auth.html
const tokenLife = 15 * time.Minute

// keyOf is the access key that a call is signed with.
func keyOf(call *url.URL) string {
	key, _, _ := strings.Cut(call.Query().Get("X-Amz-Credential"), "/")
	return key
}

// caller has STS answer the call. Access keys of a rehearsal are called like the role that has them on AWS.
func (a *authenticator) caller(ctx context.Context, call *url.URL, cluster string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.emulator+"/?"+call.RawQuery, nil)
	if err != nil {
		return "", fmt.Errorf("ask STS: %w", err)
	}
	request.Header.Set(kubernetes.ClusterHeader, cluster)
	request.Header.Set("Accept", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", fmt.Errorf("ask STS: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxBody))
	if err != nil || answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("ask STS: %s: %s: %w", answer.Status, text, err)
	}
	if !strings.Contains(string(text), awsconfig.Account) {
		return "", fmt.Errorf("STS knows the caller as one of another account: %s", text)
	}
	return awsconfig.RoleARN(keyOf(call)), nil
}

// groups are the policies of a role's access entry.
func (a *authenticator) groups(ctx context.Context, cluster, role string) ([]string, error) {
	var allowed struct {
		Policies []struct {
			Arn string `json:"policyArn"`
		} `json:"associatedAccessPolicies"`
	}
	if err := a.ask(ctx, "eks", "/clusters/"+cluster+"/access-entries/"+url.PathEscape(role)+"/access-policies", &allowed); err != nil {
		return nil, fmt.Errorf("%s has no access entry: %w", role, err)
	}
	groups := []string{"system:authenticated"}
	for _, one := range allowed.Policies {
		groups = append(groups, "eks:"+one.Arn[strings.LastIndexByte(one.Arn, '/')+1:])
	}
	return groups, nil
}

// ask reads from the emulator, which finds the service by the signature.
func (a *authenticator) ask(ctx context.Context, service, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.emulator+path, nil)
	if err != nil {
		return fmt.Errorf("ask %s: %w", service, err)
	}
	credentials := aws.Credentials{AccessKeyID: awsconfig.Key, SecretAccessKey: awsconfig.Key}
	if err := v4.NewSigner().SignHTTP(ctx, credentials, request, emptyHash, service, awsconfig.Region, time.Now()); err != nil {
		return fmt.Errorf("ask %s: %w", service, err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask %s: %w", service, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("ask %s: %s", service, answer.Status)
	}
	return json.NewDecoder(answer.Body).Decode(into)
}
