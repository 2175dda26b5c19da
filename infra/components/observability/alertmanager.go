package observability

// AlertmanagerFile is the name of Alertmanager's configuration.
const AlertmanagerFile = "alertmanager.yaml"

// Times of Alertmanager: an alert waits a moment for others of its name, and one that goes on is repeated after hours.
const (
	groupWait      = "1s"
	groupInterval  = "5s"
	repeatInterval = "4h"
)

// Alertmanager is a configuration that sends all alerts, and that they are over, to a URL:
// https://prometheus.io/docs/alerting/latest/configuration/
func Alertmanager(url string) (string, error) {
	const receiver = "webhook"
	return encode(alertmanager{
		Route:     route{Receiver: receiver, Group: []string{"alertname"}, Wait: groupWait, Interval: groupInterval, Repeat: repeatInterval},
		Receivers: []receiving{{Name: receiver, Webhooks: []webhook{{URL: url, Resolved: true}}}},
	})
}

type alertmanager struct {
	Route     route       `yaml:"route"`
	Receivers []receiving `yaml:"receivers"`
}

type route struct {
	Receiver string   `yaml:"receiver"`
	Group    []string `yaml:"group_by,flow"`
	Wait     string   `yaml:"group_wait"`
	Interval string   `yaml:"group_interval"`
	Repeat   string   `yaml:"repeat_interval"`
}

type receiving struct {
	Name     string     `yaml:"name"`
	Webhooks []webhook  `yaml:"webhook_configs,omitempty"`
	Topics   []snsTopic `yaml:"sns_configs,omitempty"`
}

type webhook struct {
	URL      string `yaml:"url"`
	Resolved bool   `yaml:"send_resolved"`
}

// alerting is the part of Prometheus's configuration that names Alertmanager.
type alerting struct {
	Alertmanagers []staticTargets `yaml:"alertmanagers"`
}

type staticTargets struct {
	Static []targets `yaml:"static_configs"`
}

type targets struct {
	Targets []string `yaml:"targets,flow"`
}

// alertsTo names an Alertmanager by its address, or none.
func alertsTo(address string) *alerting {
	if address == "" {
		return nil
	}
	return &alerting{Alertmanagers: []staticTargets{{Static: []targets{{Targets: []string{address}}}}}}
}
