// verify-deployment says whether the version that was deployed is the one that serves, and if not, why. ECS rolls a failed deployment back
// and calls that a success; Kubernetes leaves it as it is. It reads the stack, which says on which of the two it is:
//
//	pulumi stack export | go run ./cmd/verify-deployment
//
// With -explain it does not decide: it writes the reasons of a deployment that failed, for one that Pulumi itself gave up. With -undo it puts back, on
// EKS, the version before one that does not serve; ECS has done so itself. Then `pulumi refresh` has to read the Deployment anew.
//
// Exit code 0: the version is rolled out, or the one before is put back. 1: it is not, and standard output says why. 2: this could not be found out.
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

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/export"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/kubernetes"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/report"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/rollout"
	"github.com/mote-dev/mote/infra/internal/commandline"
)

const (
	notRolledOut = 1
	unknown      = 2
)

// poll is how often a rollout in progress is looked at.
const poll = 2 * time.Second

// options are the flags.
type options struct {
	wait          time.Duration
	explain, undo bool
}

func main() {
	commandline.Introduce("pulumi stack export | verify-deployment [-wait DURATION] [-explain|-undo]")
	var o options
	flag.DurationVar(&o.wait, "wait", 10*time.Minute, "how long a rollout may still be in progress")
	flag.BoolVar(&o.explain, "explain", false, "write the reasons only, without deciding")
	flag.BoolVar(&o.undo, "undo", false, "put back the version before, on EKS, if the one that was deployed does not serve")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdin, os.Stdout, o)
	stop()
	switch {
	case err == nil:
	case errors.Is(err, report.ErrNotRolledOut):
		os.Exit(notRolledOut)
	default:
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(unknown)
	}
}

// run reads what was deployed, asks AWS with the credentials and region of the environment, and writes the result.
func run(ctx context.Context, in io.Reader, out io.Writer, o options) error {
	resources, err := export.Read(in)
	if err != nil {
		return err
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("load AWS configuration: %w", err)
	}
	if kubernetes.Is(resources) {
		return onEKS(ctx, resources, cfg, out, o)
	}
	if o.undo {
		return nil // ECS has done so itself.
	}
	return onECS(ctx, resources, cfg, out, o)
}

func onECS(ctx context.Context, resources []apitype.ResourceV3, cfg aws.Config, out io.Writer, o options) error {
	deployment, err := rollout.FromResources(resources)
	if err != nil {
		return err
	}
	verifier := rollout.New(cfg, out, poll, o.wait)
	if o.explain {
		return verifier.Explain(ctx, deployment)
	}
	return verifier.Verify(ctx, deployment)
}

func onEKS(ctx context.Context, resources []apitype.ResourceV3, cfg aws.Config, out io.Writer, o options) error {
	deployment, err := kubernetes.FromResources(resources)
	if err != nil {
		return err
	}
	verifier, err := kubernetes.New(cfg, deployment, out, poll, o.wait)
	if err != nil {
		return err
	}
	switch {
	case o.undo:
		return verifier.Undo(ctx, deployment)
	case o.explain:
		return verifier.Explain(ctx, deployment)
	default:
		return verifier.Verify(ctx, deployment)
	}
}
