package main

import (
	"context"
	"errors"
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

// verify decides as each deployment to AWS does: what is deployed is what serves.
func verify(ctx context.Context, s *session.Session, stack *deploy.Stack, key string) error {
	progress.Begin("Verifying the deployment")
	deployment, err := deployed(ctx, stack)
	if err != nil {
		return err
	}
	if err := verifier(s, key).Verify(ctx, deployment); err != nil {
		return fmt.Errorf("deploy: %w", err)
	}
	return nil
}

// explain adds to the error of a deployment that failed what ECS knows of it, as each deployment to AWS does: Pulumi's own error says no more than
// that ECS rolled back. Where there is no service yet, there is nothing to add.
func explain(ctx context.Context, s *session.Session, stack *deploy.Stack, key string, failed error) error {
	deployment, err := deployed(ctx, stack)
	if err != nil || ctx.Err() != nil {
		return failed
	}
	progress.Say("Asking ECS why")
	return errors.Join(failed, verifier(s, key).Explain(ctx, deployment))
}

// deployed is what the stack has, also after a deployment that failed.
func deployed(ctx context.Context, stack *deploy.Stack) (rollout.Deployment, error) {
	export, err := stack.Export(ctx)
	if err != nil {
		return rollout.Deployment{}, err
	}
	deployment, err := rollout.FromExport(export)
	if err != nil {
		return rollout.Deployment{}, fmt.Errorf("verify the deployment: %w", err)
	}
	return deployment, nil
}

func verifier(s *session.Session, key string) rollout.Verifier {
	aws := awsconfig.ConfigAs(s.Shim.URL(), key)
	return rollout.Verifier{
		ECS:  ecs.NewFromConfig(aws),
		ELB:  elasticloadbalancingv2.NewFromConfig(aws),
		Logs: cloudwatchlogs.NewFromConfig(aws),
		Out:  progress.Out, Poll: time.Second, Wait: inProgress,
	}
}
