package main

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
	"github.com/mote-dev/mote/infra/cmd/localaws/deploy"
	"github.com/mote-dev/mote/infra/cmd/localaws/progress"
	"github.com/mote-dev/mote/infra/cmd/localaws/session"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/rollout"
)

// inProgress is how long a deployment may still be in progress after Pulumi was content with it.
const inProgress = 2 * time.Minute

// verify decides as each deployment to AWS does: ECS rolls back to the version before when the new one does not start, and calls that a
// success.
func verify(ctx context.Context, s *session.Session, stack *deploy.Stack, key string) error {
	progress.Begin("Verifying the deployment")
	export, err := stack.Export(ctx)
	if err != nil {
		return err
	}
	deployment, err := rollout.FromExport(export)
	if err != nil {
		return fmt.Errorf("verify the deployment: %w", err)
	}
	aws := awsconfig.ConfigAs(s.Shim.URL(), key)
	verifier := rollout.Verifier{
		ECS:  ecs.NewFromConfig(aws),
		ELB:  elasticloadbalancingv2.NewFromConfig(aws),
		Logs: cloudwatchlogs.NewFromConfig(aws),
		Out:  progress.Out, Poll: time.Second, Wait: inProgress,
	}
	if err := verifier.Verify(ctx, deployment); err != nil {
		return fmt.Errorf("deploy: %w", err)
	}
	return nil
}
