// verify-deployment says whether the version that was deployed is the one that serves, and if not, why. ECS rolls a failed deployment back
// and calls that a success. It reads the stack:
//
//	pulumi stack export | go run ./cmd/verify-deployment
//
// With -explain it does not decide: it writes the reasons of a deployment that failed, for one that Pulumi itself gave up.
//
// Exit code 0: the version is rolled out. 1: it is not, and standard output says why. 2: this could not be found out.
package main

import (
	"context"
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
	"github.com/mote-dev/mote/infra/internal/commandline"
)

const (
	notRolledOut = 1
	unknown      = 2
)

func main() {
	commandline.Introduce("pulumi stack export | verify-deployment [-wait DURATION] [-explain]")
	wait := flag.Duration("wait", 10*time.Minute, "how long a deployment may still be in progress")
	explain := flag.Bool("explain", false, "write the reasons only, without deciding")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdin, os.Stdout, *wait, *explain)
	stop()
	switch {
	case err == nil:
	case errors.Is(err, rollout.ErrNotRolledOut):
		os.Exit(notRolledOut)
	default:
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(unknown)
	}
}

// run reads what was deployed, asks AWS with the credentials and region of the environment, and writes the result.
func run(ctx context.Context, in io.Reader, out io.Writer, wait time.Duration, explain bool) error {
	deployment, err := rollout.FromExport(in)
	if err != nil {
		return err
	}
	aws, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("load AWS configuration: %w", err)
	}
	verifier := rollout.Verifier{
		ECS:  ecs.NewFromConfig(aws),
		ELB:  elasticloadbalancingv2.NewFromConfig(aws),
		Logs: cloudwatchlogs.NewFromConfig(aws),
		Out:  out,
		Poll: 2 * time.Second,
		Wait: wait,
	}
	if explain {
		return verifier.Explain(ctx, deployment)
	}
	return verifier.Verify(ctx, deployment)
}
