package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
	"github.com/mote-dev/mote/infra/cmd/localaws/deploy"
	"github.com/mote-dev/mote/infra/cmd/localaws/session"
	"github.com/mote-dev/mote/infra/components/observability"
	"github.com/mote-dev/mote/infra/internal/project"
)

// observe adds Prometheus to a rehearsal that is running, with the configuration that it has on AWS but for endpoint and keys: it finds the tasks by
// asking the local AWS for them. The argument is the program. Its Go module has its page's source alone, so the addresses are those of its API.
func observe(ctx context.Context, o options) error {
	return withRunning(ctx, o, func(s *session.Session, locked *session.Stack, stack *deploy.Stack) error {
		files, err := observed(ctx, s.Shim.URL(), stack)
		if err != nil {
			return err
		}
		url, err := locked.Observe(ctx, o.arguments[0], files, observability.ConfigurationFile)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(os.Stdout, "\nPrometheus is up: %s\n\n  targets  %[1]s/api/v1/targets?state=active\n  alerts   %[1]s/api/v1/rules?type=alert\n  ask      %[1]s/api/v1/query?query=mote_ready\n\n\"make down\" ends it as well.\n", url)
		return err
	})
}

// observed are the files of Prometheus's configuration for a stack that is deployed.
func observed(ctx context.Context, endpoint string, stack *deploy.Stack) (map[string]string, error) {
	outputs, err := stack.Outputs(ctx)
	if err != nil {
		return nil, err
	}
	if outputs["service"] == "" {
		return nil, errors.New(`nothing is deployed: "make up" does it`)
	}
	numbers := map[string]int{}
	for _, setting := range []string{"metricsPort", "cpu", "memory"} {
		if numbers[setting], err = strconv.Atoi(stack.Setting(setting)); err != nil {
			return nil, fmt.Errorf("read the setting %s: %w", setting, err)
		}
	}
	if numbers["metricsPort"] == 0 {
		return nil, errors.New("metricsPort is 0, so there is nothing to collect")
	}
	return observability.Files(observability.Target{
		Region: awsconfig.Region, Cluster: "arn:aws:ecs:" + awsconfig.Region + ":" + awsconfig.Account + ":cluster/" + outputs["cluster"],
		Service: outputs["service"], Port: numbers["metricsPort"],
		Endpoint: endpoint, AccessKey: project.Name, SecretKey: project.Name,
	}, numbers["cpu"], numbers["memory"])
}
