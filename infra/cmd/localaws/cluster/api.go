package cluster

import (
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
	text, err := a.read(ctx, path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read the API server's answer: %w", err)
	}
	return nil
}

// read gives an answer as it is.
func (a *API) read(ctx context.Context, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+path, nil)
	if err != nil {
		return nil, fmt.Errorf("ask the API server: %w", err)
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
