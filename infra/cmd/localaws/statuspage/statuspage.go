// Package statuspage shows in a browser what is deployed to the local AWS: one static page, and the data that it asks for again and again.
package statuspage

import (
	"context"
	_ "embed"
	"encoding/json"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/mote-dev/mote/infra/cmd/localaws/cluster"
)

// Path is where the page is. The emulator has nothing there, and AWS has no call of that path.
const Path = "/_status/"

// Looking bounds the time that one look at the local AWS may take.
const Looking = 10 * time.Second

//go:embed status.html
var page []byte

// Clients are what the data is read with.
type Clients struct {
	ECS  *ecs.Client
	ELB  *elb.Client
	Logs *cloudwatchlogs.Client
	// Notified is the file of notifications.
	Notified string
	// Cluster is asked for pods, unless it is nil.
	Cluster *cluster.API
}

// NewClients makes those of the AWS that is configured, with the file of notifications and, if there is one, a cluster.
func NewClients(config aws.Config, notified string, pods *cluster.API) Clients {
	return Clients{
		ECS: ecs.NewFromConfig(config), ELB: elb.NewFromConfig(config), Logs: cloudwatchlogs.NewFromConfig(config), Notified: notified, Cluster: pods,
	}
}

// NewHandler serves the page and its data.
func NewHandler(clients Clients) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path+"{$}", servePage)
	mux.HandleFunc("GET "+Path+"data.json", clients.serveData)
	return mux
}

// servePage sends the page, which may load nothing but its data.
func servePage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:")
	_, _ = w.Write(page)
}

// serveData sends what is there at this moment, or why that cannot be told.
func (c Clients) serveData(w http.ResponseWriter, q *http.Request) {
	ctx, cancel := context.WithTimeout(q.Context(), Looking)
	defer cancel()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	data, err := c.Look(ctx)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		data = Data{Error: err.Error()}
	}
	_ = json.NewEncoder(w).Encode(data) //nolint:errchkjson // Where this fails, the reader has gone.
}
