package observability

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	// streamPrefix begins the names of log streams: prefix/container/task.
	streamPrefix = "observability"
	// maxDefinition is AWS's limit for a task definition, in bytes: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
	maxDefinition = 64 << 10
	// The ports are those of localhost, which the two containers share.
	prometheusPort = 9090
	grafanaPort    = 3000
	// folder is where a container may write, whatever user it runs as.
	folder = "/tmp/"
)

// The shapes below are ECS's own: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
// The root of their file systems can be written: the agent of sessions needs it, and so do the files that a container unpacks.
type container struct {
	Name             string          `json:"name"`
	Image            string          `json:"image"`
	Essential        bool            `json:"essential"`
	EntryPoint       []string        `json:"entryPoint"`
	Command          []string        `json:"command"`
	Environment      []variable      `json:"environment"`
	Secrets          []reference     `json:"secrets,omitempty"`
	LinuxParameters  linuxParameters `json:"linuxParameters"`
	HealthCheck      healthCheck     `json:"healthCheck"`
	LogConfiguration logging         `json:"logConfiguration"`
}

type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type reference struct {
	Name      string `json:"name"`
	ValueFrom string `json:"valueFrom"`
}

type linuxParameters struct {
	InitProcessEnabled bool `json:"initProcessEnabled"`
}

// healthCheck's times are seconds.
type healthCheck struct {
	Command     []string `json:"command"`
	Interval    int      `json:"interval"`
	Timeout     int      `json:"timeout"`
	Retries     int      `json:"retries"`
	StartPeriod int      `json:"startPeriod"`
}

type logging struct {
	LogDriver string            `json:"logDriver"`
	Options   map[string]string `json:"options"`
}

// containerDefinitions returns the JSON of the containers, with all that they read in it, so that no image of ours is needed. There are two, whose
// secret is the ARN of a password, or one that sends what it collects to a workspace's address.
func containerDefinitions(args *Args, clusterArn, service, logGroup, secretOrAddress string) (string, error) {
	target := Target{Region: args.Caller.Region, Cluster: clusterArn, Service: service, Port: args.Port}
	if args.Mode == Managed {
		target.RemoteWrite = secretOrAddress + "api/v1/remote_write"
	}
	files, err := Files(target, args.CPU, args.Memory)
	if err != nil {
		return "", err
	}
	prometheus, err := unpacking("prometheus", args.PrometheusImage, prometheusCommand(args.Mode), prometheusPort, "/-/ready", files)
	if err != nil {
		return "", err
	}
	containers := []container{prometheus}
	if args.Mode == Prometheus {
		grafana, err := grafanaContainer(args.GrafanaImage, secretOrAddress)
		if err != nil {
			return "", err
		}
		containers = append(containers, grafana)
	}
	for i := range containers {
		containers[i].LogConfiguration = logging{LogDriver: "awslogs", Options: map[string]string{
			"awslogs-group": logGroup, "awslogs-region": args.Caller.Region, "awslogs-stream-prefix": streamPrefix,
		}}
	}
	return encoded(containers)
}

// grafanaContainer reads its password from a secret.
func grafanaContainer(image, password string) (container, error) {
	made, err := unpacking("grafana", image, "exec /run.sh", grafanaPort, "/api/health", GrafanaFiles(fmt.Sprintf("http://127.0.0.1:%d", prometheusPort)))
	if err != nil {
		return container{}, err
	}
	made.Environment = append(made.Environment, grafanaSettings()...)
	made.Secrets = []reference{{Name: "GF_SECURITY_ADMIN_PASSWORD", ValueFrom: password}}
	return made, nil
}

// encoded refuses what AWS would refuse, which counts the whole definition; what is beside the containers takes less than a kilobyte.
func encoded(containers []container) (string, error) {
	text, err := json.Marshal(containers)
	if err != nil {
		return "", fmt.Errorf("write container definitions: %w", err)
	}
	if size := len(text) + 1<<10; size > maxDefinition {
		return "", fmt.Errorf("rules and dashboard make a task definition of %d bytes: AWS allows %d", size, maxDefinition)
	}
	return string(text), nil
}

// prometheusCommand keeps 15 days in what Fargate gives each task for free, 20 GB, while the task lives; an agent keeps what it has not sent yet.
func prometheusCommand(mode string) string {
	storage := "--storage.tsdb.path=/prometheus --storage.tsdb.retention.time=15d --storage.tsdb.retention.size=10GB"
	if mode == Managed {
		storage = "--agent --storage.agent.path=/prometheus"
	}
	return fmt.Sprintf("exec /bin/prometheus --config.file=%s %s --web.listen-address=127.0.0.1:%d", folder+ConfigurationFile, storage, prometheusPort)
}

// grafanaSettings let in admin alone, with the password, from localhost alone.
func grafanaSettings() []variable {
	return []variable{
		{"GF_ANALYTICS_CHECK_FOR_UPDATES", "false"},
		{"GF_ANALYTICS_REPORTING_ENABLED", "false"},
		{"GF_AUTH_ANONYMOUS_ENABLED", "false"},
		{"GF_PATHS_PROVISIONING", folder + "provisioning"},
		{"GF_SERVER_HTTP_ADDR", "127.0.0.1"},
		{"GF_USERS_ALLOW_SIGN_UP", "false"},
	}
}

// GrafanaFiles are read at its start from GrafanaFolder: https://grafana.com/docs/grafana/latest/administration/provisioning/
func GrafanaFiles(prometheus string) map[string]string {
	return map[string]string{
		"provisioning/datasources/prometheus.yaml": fmt.Sprintf("apiVersion: 1\ndatasources:\n  - {name: Prometheus, uid: prometheus, type: prometheus, access: proxy, "+
			"url: %q, isDefault: true, jsonData: {timeInterval: %s}}\n", prometheus, scrapeInterval),
		"provisioning/dashboards/mote.yaml": "apiVersion: 1\nproviders:\n  - {name: mote, type: file, options: {path: " + folder + "dashboards}}\n",
		"dashboards/mote.json":              Dashboard,
	}
}

// unpacking is a container that writes files from its environment and then runs a command. Compressed, they take a tenth of the room.
func unpacking(name, image, command string, port int, path string, files map[string]string) (container, error) {
	var script strings.Builder
	var environment []variable
	script.WriteString("set -e; ")
	for i, file := range slices.Sorted(maps.Keys(files)) {
		text, err := pack(files[file])
		if err != nil {
			return container{}, err
		}
		key := fmt.Sprintf("FILE_%d", i)
		environment = append(environment, variable{key, text})
		fmt.Fprintf(&script, `mkdir -p "$(dirname %[1]s%[2]s)"; echo "$%[3]s" | base64 -d | gunzip > %[1]s%[2]s; `, folder, file, key)
	}
	script.WriteString(command)
	return container{
		Name: name, Image: image, Essential: true,
		EntryPoint: []string{"/bin/sh", "-c"}, Command: []string{script.String()}, Environment: environment,
		LinuxParameters: linuxParameters{InitProcessEnabled: true},
		HealthCheck: healthCheck{
			Command:  []string{"CMD-SHELL", fmt.Sprintf("wget -q -O /dev/null http://127.0.0.1:%d%s", port, path)},
			Interval: 15, Timeout: 5, Retries: 4, StartPeriod: 60,
		},
	}, nil
}

// pack compresses a file for a variable.
func pack(text string) (string, error) {
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err == nil {
		_, err = writer.Write([]byte(text))
	}
	if err == nil {
		err = writer.Close()
	}
	if err != nil {
		return "", fmt.Errorf("compress file: %w", err)
	}
	return base64.StdEncoding.EncodeToString(packed.Bytes()), nil
}
