// Package emulatorshim stands in front of the emulator: all AWS calls of a rehearsal go through its proxy. It writes each of them down
// (calls.go), and fills what the emulator lacks and a deployment needs: Application Auto Scaling as a whole (scaling.go, with moto behind
// it), one property of services, where tasks are, and the end of a deployment that was rolled back (services.go). It also serves the page that shows what is deployed,
// and takes what Alertmanager sends.
package emulatorshim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
	"github.com/mote-dev/mote/infra/cmd/localaws/cluster"
	"github.com/mote-dev/mote/infra/cmd/localaws/notifications"
	"github.com/mote-dev/mote/infra/cmd/localaws/statuspage"
)

// maxBody bounds answers that are changed; a task definition has at most 64 KiB.
const maxBody = 4 << 20

// Proxy is the HTTP handler for all that the emulator has.
type Proxy struct {
	// direct has what the emulator has beside AWS's calls, such as its load balancers.
	recorded, direct, status, notified http.Handler
}

// router is the HTTP handler for AWS's calls.
type router struct {
	services, scaling, others http.Handler
}

// NewProxy makes a proxy to the emulator and moto, by their addresses, that writes the calls as JSON, one a line, and what Alertmanager sends into a file.
// The cluster, if there is one, is asked for what the page shows of it.
func NewProxy(emulator, moto *url.URL, to io.Writer, notified string, pods *cluster.API) *Proxy {
	recorded := &calls{to: to, next: &router{
		services: newServices(emulator), scaling: newScaling(emulator, moto), others: forwarder(emulator, nil),
	}}
	direct := forwarder(emulator, nil)
	direct.Rewrite = func(q *httputil.ProxyRequest) {
		q.SetURL(emulator)
		q.Out.Host = q.In.Host // by whose port the emulator tells a load balancer's listeners apart
	}
	return &Proxy{
		recorded: recorded, direct: direct, status: statuspage.NewHandler(statuspage.NewClients(awsconfig.Config(emulator.String()), notified, pods)),
		notified: notifications.NewReceiver(notified),
	}
}

func (p *Proxy) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	switch {
	case strings.HasPrefix(q.URL.Path, statuspage.Path):
		p.status.ServeHTTP(w, q)
	case q.URL.Path == notifications.Path:
		p.notified.ServeHTTP(w, q)
	case strings.HasPrefix(q.URL.Path, "/_"):
		p.direct.ServeHTTP(w, q)
	default:
		p.recorded.ServeHTTP(w, q)
	}
}

func (p *router) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	switch service, _ := target(q); service {
	case "AmazonEC2ContainerServiceV20141113":
		p.services.ServeHTTP(w, q)
	case "AnyScaleFrontendService":
		p.scaling.ServeHTTP(w, q)
	default:
		p.others.ServeHTTP(w, q)
	}
}

// target gives the service and the operation of a request.
func target(q *http.Request) (service, operation string) {
	service, operation, _ = strings.Cut(q.Header.Get("X-Amz-Target"), ".")
	return service, operation
}

// read gives the body of a request and leaves the request as it was.
func read(q *http.Request) ([]byte, error) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, fmt.Errorf("read the request: %w", err)
	}
	q.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// edit puts another body into an answer: the one that the function makes of it.
func edit(answer *http.Response, change func([]byte) ([]byte, error)) error {
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBody))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if body, err = change(body); err != nil {
		return err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	answer.ContentLength = int64(len(body))
	answer.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

// forwarder hands requests on to one address, whole and unpacked.
func forwarder(to *url.URL, answered func(*http.Response) error) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite: func(q *httputil.ProxyRequest) {
			q.SetURL(to)
			q.Out.Header.Del("Accept-Encoding")
		},
		ModifyResponse: answered,
	}
}

// write sends an answer. The client may be gone, and no one else wants to know.
func write[V any](w http.ResponseWriter, answer map[string]V) {
	text, err := json.Marshal(answer)
	if err != nil {
		text = []byte("{}")
	}
	_, _ = w.Write(text)
}

// refuse answers as AWS does to a request about something that is not there.
func refuse(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-Errortype", "ValidationException")
	w.WriteHeader(http.StatusBadRequest)
	write(w, map[string]string{"__type": "ValidationException", "message": err.Error()})
}
