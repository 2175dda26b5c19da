package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
	"github.com/mote-dev/mote/infra/cmd/localaws/deploy"
	"github.com/mote-dev/mote/infra/cmd/localaws/progress"
	"github.com/mote-dev/mote/infra/cmd/localaws/session"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/export"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/kubernetes"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/rollout"
)

// inProgress is how long a deployment may still be in progress after Pulumi was content with it.
const inProgress = 2 * time.Minute

// verify decides as each deployment to AWS does: what is deployed is what serves.
func verify(ctx context.Context, s *session.Session, stack *deploy.Stack, key string) error {
	return progress.Step("Verifying the deployment", func() error {
		check, err := deployed(ctx, s, stack, key)
		if err != nil {
			return err
		}
		if err := check.verify(ctx); err != nil {
			return errors.Join(fmt.Errorf("deploy: %w", err), check.putBack(ctx))
		}
		return nil
	})
}

// explain adds to the error of a deployment that failed what ECS or Kubernetes knows of it, as each deployment to AWS does: Pulumi's own error says no
// more than that a rollout did not end. Then the version before is put back, where that is not done yet. Where there is no service yet, there is nothing
// to add.
func explain(ctx context.Context, s *session.Session, stack *deploy.Stack, key string, failed error) error {
	check, err := deployed(ctx, s, stack, key)
	if err != nil || ctx.Err() != nil {
		return failed
	}
	progress.Say("Asking why")
	return errors.Join(failed, check.explain(ctx), check.putBack(ctx))
}

// checks are what is asked of a deployment, wherever it is.
type checks struct{ verify, explain, putBack func(context.Context) error }

// deployed finds what the stack has, also after a deployment that failed.
func deployed(ctx context.Context, s *session.Session, stack *deploy.Stack, key string) (checks, error) {
	text, err := stack.Export(ctx)
	if err != nil {
		return checks{}, err
	}
	resources, err := export.Read(text)
	if err == nil && kubernetes.Is(resources) {
		return onEKS(resources, s, stack, key)
	}
	deployment, errECS := rollout.FromResources(resources)
	if err := errors.Join(err, errECS); err != nil {
		return checks{}, fmt.Errorf("verify the deployment: %w", err)
	}
	v := rollout.New(awsconfig.ConfigAs(s.Shim.URL(), key), progress.Out, time.Second, inProgress)
	return checks{
		verify:  func(ctx context.Context) error { return v.Verify(ctx, deployment) },
		explain: func(ctx context.Context) error { return v.Explain(ctx, deployment) },
		// ECS has done so itself.
		putBack: func(context.Context) error { return nil },
	}, nil
}

// onEKS asks the cluster as a deployment to AWS does, with a token that is signed by the role that deploys.
func onEKS(resources []apitype.ResourceV3, s *session.Session, stack *deploy.Stack, key string) (checks, error) {
	deployment, err := kubernetes.FromResources(resources)
	if err != nil {
		return checks{}, fmt.Errorf("verify the deployment: %w", err)
	}
	v, err := kubernetes.New(awsconfig.ConfigAs(s.Shim.URL(), key), deployment, progress.Out, time.Second, inProgress)
	if err != nil {
		return checks{}, fmt.Errorf("verify the deployment: %w", err)
	}
	return checks{
		verify:  func(ctx context.Context) error { return v.Verify(ctx, deployment) },
		explain: func(ctx context.Context) error { return v.Explain(ctx, deployment) },
		putBack: func(ctx context.Context) error {
			progress.Say("Putting the version before back")
			return errors.Join(v.Undo(ctx, deployment), stack.ReadPodsAnew(ctx))
		},
	}, nil
}
