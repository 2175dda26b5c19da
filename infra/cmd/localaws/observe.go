package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
	"github.com/mote-dev/mote/infra/cmd/localaws/deploy"
	"github.com/mote-dev/mote/infra/cmd/localaws/notifications"
	"github.com/mote-dev/mote/infra/cmd/localaws/session"
	"github.com/mote-dev/mote/infra/cmd/localaws/statuspage"
	"github.com/mote-dev/mote/infra/components/observability"
	"github.com/mote-dev/mote/infra/internal/project"
)

// observe adds Prometheus to a rehearsal that is running, with the configuration that it has on AWS but for endpoint and keys: it finds the tasks by
// asking the local AWS for them. Its alerts go to an Alertmanager, whose notifications the proxy takes. The arguments are both programs and, where it
// could be built, the folder of Prometheus's page.
func observe(ctx context.Context, o options) error {
	if len(o.arguments) < 2 {
		return fmt.Errorf("observe PROMETHEUS ALERTMANAGER [PAGE]: %w", errUsage)
	}
	programs := session.Programs{Prometheus: o.arguments[0], Alertmanager: o.arguments[1]}
	if len(o.arguments) > 2 {
		programs.Page = o.arguments[2]
	}
	return withRunning(ctx, o, func(s *session.Session, locked *session.Stack, stack *deploy.Stack) error {
		target, err := observed(ctx, s.Shim.URL(), stack)
		if err != nil {
			return err
		}
		running, err := locked.Observe(ctx, programs, func(alertmanager string) (map[string]string, error) {
			return configurations(target, alertmanager, s.Shim.URL()+notifications.Path)
		})
		if err != nil {
			return err
		}
		grafana, err := locked.Grafana(ctx, stack.Setting("grafanaImage"), running.Prometheus.URL())
		if err != nil {
			return err
		}
		return printAddresses(s, running, grafana, programs.Page != "")
	})
}

func printAddresses(s *session.Session, running session.Observers, grafana string, page bool) error {
	var text strings.Builder
	prometheus, alertmanager := running.Prometheus.URL(), running.Alertmanager.URL()
	fmt.Fprintf(&text, "\nPrometheus is up: %s\n\n", prometheus)
	if page {
		fmt.Fprintf(&text, "  targets  %[1]s/targets\n  alerts   %[1]s/alerts\n  ask      %[1]s/query?g0.expr=mote_ready&g0.tab=1\n", prometheus)
	} else {
		fmt.Fprintf(&text, "  targets  %[1]s/api/v1/targets?state=active\n  alerts   %[1]s/api/v1/rules?type=alert\n  ask      %[1]s/api/v1/query?query=mote_ready\n", prometheus)
	}
	if grafana != "" {
		fmt.Fprintf(&text, "\nGrafana is up: %s/d/mote\n", grafana)
	}
	fmt.Fprintf(&text, "\nAlertmanager is up: %[1]s/api/v2/alerts\n\n  what it would have sent  %[2]s, and \"make status\"\n\n\"make down\" ends all of it.\n",
		alertmanager, s.Shim.URL()+statuspage.Path)
	_, err := os.Stdout.WriteString(text.String())
	return err
}

// collected is the service that is scraped, and what its tasks have.
type collected struct {
	observability.Target

	cpu, memory int
}

// configurations are the files of Prometheus and Alertmanager.
func configurations(target collected, alertmanager, receiver string) (map[string]string, error) {
	target.Alertmanager = alertmanager
	files, err := observability.Files(target.Target, target.cpu, target.memory)
	if err != nil {
		return nil, err
	}
	files[observability.AlertmanagerFile], err = observability.Alertmanager(receiver)
	return files, err
}

// errOnKubernetes says why there is no Prometheus beside pods: a stack on EKS has none either.
var errOnKubernetes = errors.New("observe is for tasks on Fargate: on EKS a Prometheus of the cluster finds the pods by their annotations, and the stack brings none")

// observed is the service of a stack that is deployed.
func observed(ctx context.Context, endpoint string, stack *deploy.Stack) (collected, error) {
	outputs, err := stack.Outputs(ctx)
	if err != nil {
		return collected{}, err
	}
	if outputs["namespace"] != "" {
		return collected{}, errOnKubernetes
	}
	if outputs["service"] == "" {
		return collected{}, errors.New(`nothing is deployed: "make up" does it`)
	}
	numbers := map[string]int{}
	for _, setting := range []string{"metricsPort", "cpu", "memory"} {
		if numbers[setting], err = strconv.Atoi(stack.Setting(setting)); err != nil {
			return collected{}, fmt.Errorf("read the setting %s: %w", setting, err)
		}
	}
	if numbers["metricsPort"] == 0 {
		return collected{}, errors.New("metricsPort is 0, so there is nothing to collect")
	}
	return collected{cpu: numbers["cpu"], memory: numbers["memory"], Target: observability.Target{
		Region: awsconfig.Region, Cluster: "arn:aws:ecs:" + awsconfig.Region + ":" + awsconfig.Account + ":cluster/" + outputs["cluster"],
		Service: outputs["service"], Port: numbers["metricsPort"],
		Endpoint: endpoint, AccessKey: project.Name, SecretKey: project.Name,
	}}, nil
}
