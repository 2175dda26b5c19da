package kubernetes

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	// patience is for one request.
	patience = 20 * time.Second
	// maxAnswer bounds what is read of an answer: ten lines of a log, or the objects of one namespace.
	maxAnswer = 16 << 20
)

// Client asks one API server. Token is asked for before each request: those of EKS end after a quarter of an hour.
type Client struct {
	URL   string
	HTTP  *http.Client
	Token func(context.Context) (string, error)
}

// NewClient trusts the authority alone, which is PEM in base64, as EKS tells it.
func NewClient(endpoint, authority string, token func(context.Context) (string, error)) (*Client, error) {
	pem, err := base64.StdEncoding.DecodeString(authority)
	if err != nil {
		return nil, fmt.Errorf("read the cluster's certificate authority: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("read the cluster's certificate authority: it has no certificate")
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
	}
	return &Client{URL: endpoint, HTTP: &http.Client{Transport: transport, Timeout: patience}, Token: token}, nil
}

// refusal is an answer of the API server that is not what was asked for.
type refusal struct {
	status  int
	message string
}

func (r *refusal) Error() string {
	switch r.status {
	case http.StatusUnauthorized:
		return "the API server does not know who asks: the role has no access entry, which mote:kubernetesAdminArns would give it"
	case http.StatusForbidden:
		return "the API server refuses: " + r.message + "; a role that deploys has to be in mote:kubernetesAdminArns"
	default:
		return fmt.Sprintf("the API server answers %d: %s", r.status, r.message)
	}
}

// get reads an object, or a list of them.
func get[T any](ctx context.Context, c *Client, path string, query url.Values) (found T, err error) {
	text, err := c.do(ctx, http.MethodGet, path, query, nil)
	if err == nil {
		err = json.Unmarshal(text, &found)
	}
	if err != nil {
		return found, fmt.Errorf("read %s: %w", path, err)
	}
	return found, nil
}

// apply makes an object have these fields, as their owner: https://kubernetes.io/docs/reference/using-api/server-side-apply/
func (c *Client) apply(ctx context.Context, path, owner string, object map[string]any) error {
	text, err := json.Marshal(object)
	if err == nil {
		_, err = c.do(ctx, http.MethodPatch, path, url.Values{"fieldManager": {owner}, "force": {"true"}}, text)
	}
	if err != nil {
		return fmt.Errorf("apply %s: %w", path, err)
	}
	return nil
}

// do asks once.
func (c *Client) do(ctx context.Context, method, path string, query url.Values, body []byte) ([]byte, error) {
	token, err := c.Token(ctx)
	if err != nil {
		return nil, fmt.Errorf("get a token: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.URL+path+"?"+query.Encode(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("write request: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Accept", "application/json, */*")
	if body != nil {
		request.Header.Set("Content-Type", "application/apply-patch+yaml")
	}
	answer, err := c.HTTP.Do(request)
	if err != nil {
		return nil, fmt.Errorf("reach the API server, which lets in what mote:kubernetesApiCidrs lists: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the API server's answer: %w", err)
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return nil, &refusal{answer.StatusCode, reason(text)}
	}
	return text, nil
}

// reason is the message of a Status, which is how the API server refuses, or what it said instead.
func reason(text []byte) string {
	var status struct{ Message string }
	if json.Unmarshal(text, &status) == nil && status.Message != "" {
		return status.Message
	}
	return string(bytes.TrimSpace(text[:min(len(text), 300)]))
}

// passing says whether an error may be gone at the next try: EKS replaces API servers while they are asked.
func passing(err error) bool {
	if refused, is := errors.AsType[*refusal](err); is {
		return refused.status >= http.StatusInternalServerError || refused.status == http.StatusTooManyRequests
	}
	_, unreached := errors.AsType[*url.Error](err)
	return unreached
}

// refusedWith says whether the API server refused with a status.
func refusedWith(err error, status int) bool {
	refused, is := errors.AsType[*refusal](err)
	return is && refused.status == status
}
