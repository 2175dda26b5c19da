// gate says whether the version that was deployed is the one that serves, and if not, why. ECS rolls a failed deployment back and is content;
// Pulumi is then content too. It reads the stack's outputs:
//
//	pulumi stack output --json | go run ./cmd/verify-deployment
//
// With -explain it does not decide: it writes what may say why a deployment failed, for one that Pulumi itself gave up.
//
// Exit code 0: the version won. 1: it did not, and standard output says why. 2: this could not be found out.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/rollout"
)

const (
	lost    = 1
	unknown = 2
)

func main() {
	wait := flag.Duration("wait", 10*time.Minute, "how long a deployment may still be in progress")
	explain := flag.Bool("explain", false, "write the reasons only, without a verdict")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdin, os.Stdout, *wait, *explain)
	stop()
	switch {
	case err == nil:
	case errors.Is(err, rollout.ErrLost):
		os.Exit(lost)
	default:
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(unknown)
	}
}

// run reads what was deployed, asks AWS with the credentials and region of the environment, and writes the verdict.
func run(ctx context.Context, in io.Reader, out io.Writer, wait time.Duration, explain bool) error {
	var deployed rollout.Deployed
	if err := json.NewDecoder(in).Decode(&deployed); err != nil {
		return fmt.Errorf("read the stack's outputs, as `pulumi stack output --json` writes them: %w", err)
	}
	aws, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("load AWS configuration: %w", err)
	}
	judge := rollout.Judge{
		ECS:  ecs.NewFromConfig(aws),
		ELB:  elasticloadbalancingv2.NewFromConfig(aws),
		Logs: cloudwatchlogs.NewFromConfig(aws),
		Out:  out,
		Poll: 2 * time.Second,
		Wait: wait,
	}
	if explain {
		return judge.Explain(ctx, deployed)
	}
	return judge.Decide(ctx, deployed)
}
