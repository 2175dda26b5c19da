// Package notifications stands for what Alertmanager would tell people by: mail, chat, a pager. It writes down what comes, and shows it.
package notifications

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"sync"
	"time"
)

// Path is where Alertmanager sends to.
const Path = "/_notifications"

// maxBody bounds what Alertmanager sends at once, some hundred alerts.
const maxBody = 1 << 20

// Notification is one alert that an operator would have been told of.
type Notification struct {
	Time     time.Time `json:"time"`
	Status   string    `json:"status"` // firing or resolved
	Alert    string    `json:"alert"`
	Severity string    `json:"severity"`
	Summary  string    `json:"summary"`
	Runbook  string    `json:"runbook"`
}

// webhook is what Alertmanager sends: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
type webhook struct {
	Alerts []struct {
		Status      string            `json:"status"`
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
	} `json:"alerts"`
}

// receiver writes into a file, one notification a line.
type receiver struct {
	mutex sync.Mutex
	file  string
}

// NewReceiver takes what Alertmanager sends and appends it to a file.
func NewReceiver(file string) http.Handler { return &receiver{file: file} }

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	var sent webhook
	if q.Method != http.MethodPost || json.NewDecoder(io.LimitReader(q.Body, maxBody)).Decode(&sent) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if err := r.keep(sent, time.Now().UTC()); err != nil {
		// Alertmanager sends it again.
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (r *receiver) keep(sent webhook, now time.Time) error {
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	for _, alert := range sent.Alerts {
		if err := encoder.Encode(Notification{
			Time: now, Status: alert.Status, Alert: alert.Labels["alertname"], Severity: alert.Labels["severity"],
			Summary: alert.Annotations["summary"], Runbook: alert.Annotations["runbook_url"],
		}); err != nil {
			return fmt.Errorf("write a notification: %w", err)
		}
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	out, err := os.OpenFile(r.file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open the file of notifications: %w", err)
	}
	_, err = out.Write(lines.Bytes())
	return errors.Join(err, out.Close())
}

// Read gives what was written into a file, the oldest first, and nothing where there is no file. A line that is being written is left out.
func Read(file string) ([]Notification, error) {
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read notifications: %w", err)
	}
	all := []Notification{}
	for line := range bytes.Lines(text) {
		var one Notification
		if json.Unmarshal(line, &one) == nil {
			all = append(all, one)
		}
	}
	return all, nil
}
