package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 16 << 20

// API asks the API server as an administrator of the rehearsal.
type API struct {
	url    string
	client *http.Client
}

// Connect reads in the cluster's folder where the API server is, and who asks it.
func Connect(folder string) (*API, error) {
	var known struct {
		Clusters []struct{ Cluster struct{ Server string } }
	}
	text, err := os.ReadFile(Kubeconfig(folder))
	if err == nil {
		err = json.Unmarshal(text, &known)
	}
	if err == nil && len(known.Clusters) == 0 {
		err = errors.New("it names no cluster")
	}
	if err != nil {
		return nil, fmt.Errorf("read where the API server is: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(folder, "admin.crt"), filepath.Join(folder, "admin.key"))
	if err != nil {
		return nil, fmt.Errorf("read who asks the API server: %w", err)
	}
	authority, err := os.ReadFile(filepath.Join(folder, "ca.crt"))
	if err != nil {
		return nil, fmt.Errorf("read the authority: %w", err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(authority)
	return &API{url: known.Clusters[0].Cluster.Server, client: &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}},
	}}, nil
}

// get reads an object, or a list of them.
func (a *API) get(ctx context.Context, path string, into any) error {
	text, err := a.ask(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read the API server's answer: %w", err)
	}
	return nil
}

// ask gives an answer as it is. A body is what is to be merged into the object.
func (a *API) ask(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, a.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask the API server: %w", err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/strategic-merge-patch+json")
	}
	answer, err := a.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the API server: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask the API server for %s: %s", path, answer.Status)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the API server's answer: %w", err)
	}
	return text, nil
}
