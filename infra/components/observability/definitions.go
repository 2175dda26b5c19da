// Package observability has the service's metrics collected and looked at: what Prometheus is told to read, to compute and to raise, and
// Grafana's dashboard.
package observability

import (
	_ "embed"
	"fmt"

	"gopkg.in/yaml.v3"
)

// Rules are Prometheus's rules: what is computed and what is wrong when. They name the series that Limits gives.
//
//go:embed rules.yaml
var Rules string

// Dashboard is Grafana's, as tools/dashboards writes it.
//
//go:embed dashboards/mote.json
var Dashboard string

// ConfigurationFile is the name of Prometheus's configuration, which names the others beside it.
const (
	ConfigurationFile = "prometheus.yaml"
	rulesFile         = "rules.yaml"
	limitsFile        = "limits.yaml"
)

// Files are all that Prometheus reads, by name: its configuration and, where it evaluates them itself, the rules and what a task has, in CPU
// units and MiB.
func Files(target Target, cpu, memory int) (map[string]string, error) {
	scraped, err := Configuration(target)
	if err != nil {
		return nil, err
	}
	if target.RemoteWrite != "" {
		return map[string]string{ConfigurationFile: scraped}, nil
	}
	limits, err := Limits(cpu, memory)
	if err != nil {
		return nil, err
	}
	return map[string]string{ConfigurationFile: scraped, rulesFile: Rules, limitsFile: limits}, nil
}

// Times between two scrapes, evaluations and looks for tasks. A task that is killed is seen within 30 seconds.
const (
	scrapeInterval     = "10s"
	discoveryInterval  = "10s"
	evaluationInterval = "15s"
	// sendDeadline is how long a sample waits for others before it is sent: the rules look back no further than 15 seconds.
	sendDeadline = "1s"
)

// Target is the service whose tasks are scraped.
type Target struct {
	Region string
	// Cluster is an ARN, Service a name, Port that of the metrics.
	Cluster string
	Service string
	Port    int
	// Endpoint, AccessKey and SecretKey are empty on AWS, where the task's role is used.
	Endpoint, AccessKey, SecretKey string
	// Alertmanager is the HOST:PORT that alerts are sent to. Empty sends them nowhere.
	Alertmanager string
	// RemoteWrite is the URL in the region that takes what is scraped and evaluates the rules. Empty keeps it here.
	RemoteWrite string
}

// Limits are rules that give what a task has: CPU units of 1024 a core, and MiB of memory.
func Limits(cpu, memory int) (string, error) {
	return encode(ruleFile{Groups: []ruleGroup{{Name: "mote-limits", Rules: []rule{
		{Record: "task:cpu_limit:cores", Expr: fmt.Sprintf("vector(%g)", float64(cpu)/1024)},
		{Record: "task:memory_limit:bytes", Expr: fmt.Sprintf("vector(%d)", memory<<20)},
	}}}})
}

type ruleFile struct {
	Groups []ruleGroup `yaml:"groups"`
}

type ruleGroup struct {
	Name  string `yaml:"name"`
	Rules []rule `yaml:"rules"`
}

// managedInterval is the time between two evaluations by Amazon Managed Service for Prometheus, which bills each sample that an expression reads.
const managedInterval = "1m"

// ManagedRules are the rules and limits as one file for Amazon Managed Service for Prometheus.
func ManagedRules(cpu, memory int) (string, error) {
	limits, err := Limits(cpu, memory)
	if err != nil {
		return "", err
	}
	var all rulesText
	for _, text := range []string{limits, Rules} {
		var file rulesText
		if err := yaml.Unmarshal([]byte(text), &file); err != nil {
			return "", fmt.Errorf("read rules: %w", err)
		}
		for _, group := range file.Groups {
			group["interval"] = managedInterval
			all.Groups = append(all.Groups, group)
		}
	}
	return encode(all)
}

type rulesText struct {
	Groups []map[string]any `yaml:"groups"`
}

type rule struct {
	Record string `yaml:"record"`
	Expr   string `yaml:"expr"`
}

// Configuration is Prometheus's: https://prometheus.io/docs/prometheus/latest/configuration/configuration/
func Configuration(target Target) (string, error) {
	written := configuration{
		Global:   global{ScrapeInterval: scrapeInterval, EvaluationInterval: evaluationInterval},
		Alerting: alertsTo(target.Alertmanager),
		Scrapes: []scrape{{
			Job: "mote",
			Discovery: []discovery{{
				Role: "ecs", Region: target.Region, Clusters: []string{target.Cluster}, Port: target.Port, Refresh: discoveryInterval,
				Endpoint: target.Endpoint, AccessKey: target.AccessKey, SecretKey: target.SecretKey,
			}},
			Relabel: relabels(target.Service),
		}},
	}
	if target.RemoteWrite == "" {
		written.RuleFiles = []string{limitsFile, rulesFile}
	} else {
		written.RemoteWrites = []remoteWrite{{URL: target.RemoteWrite, Signature: signature{target.Region}, Queue: queue{sendDeadline}}}
	}
	return encode(written)
}

type configuration struct {
	Global       global        `yaml:"global"`
	RuleFiles    []string      `yaml:"rule_files,omitempty"`
	Alerting     *alerting     `yaml:"alerting,omitempty"`
	Scrapes      []scrape      `yaml:"scrape_configs"`
	RemoteWrites []remoteWrite `yaml:"remote_write,omitempty"`
}

type global struct {
	ScrapeInterval     string `yaml:"scrape_interval"`
	EvaluationInterval string `yaml:"evaluation_interval"`
}

type remoteWrite struct {
	URL       string    `yaml:"url"`
	Signature signature `yaml:"sigv4"`
	Queue     queue     `yaml:"queue_config"`
}

type signature struct {
	Region string `yaml:"region"`
}

type queue struct {
	Deadline string `yaml:"batch_send_deadline"`
}

type scrape struct {
	Job       string      `yaml:"job_name"`
	Discovery []discovery `yaml:"aws_sd_configs"`
	Relabel   []relabel   `yaml:"relabel_configs"`
}

type discovery struct {
	Role      string   `yaml:"role"`
	Region    string   `yaml:"region"`
	Clusters  []string `yaml:"clusters"`
	Port      int      `yaml:"port"`
	Refresh   string   `yaml:"refresh_interval"`
	Endpoint  string   `yaml:"endpoint,omitempty"`
	AccessKey string   `yaml:"access_key,omitempty"`
	SecretKey string   `yaml:"secret_key,omitempty"`
}

type relabel struct {
	Sources []string `yaml:"source_labels,flow"`
	Regex   string   `yaml:"regex"`
	Target  string   `yaml:"target_label,omitempty"`
	Action  string   `yaml:"action,omitempty"`
}

// relabels keep the tasks of one service that run, and name each by its id and its revision.
func relabels(service string) []relabel {
	return []relabel{
		{Sources: []string{"__meta_ecs_task_group", "__meta_ecs_last_status"}, Regex: "service:" + service + ";RUNNING", Action: "keep"},
		{Sources: []string{"__meta_ecs_task_arn"}, Regex: ".*/(.+)", Target: "task"},
		{Sources: []string{"__meta_ecs_task_definition"}, Regex: ".*:([0-9]+)", Target: "revision"},
	}
}

func encode(value any) (string, error) {
	text, err := yaml.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("write YAML: %w", err)
	}
	return string(text), nil
}
