package main

import (
	"context"
	"encoding/json"
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

// deciding is how long a deployment may still be in progress after Pulumi was content with it.
const deciding = time.Minute

// won asks the gate, as each deployment to AWS does: ECS goes back to the version before when the new one does not start, and neither
// ECS nor Pulumi calls that a failure.
func won(ctx context.Context, s *session.Session, outputs deploy.Outputs) error {
	progress.Say("Asking the gate which version won")
	judge := rollout.Judge{
		ECS:  ecs.NewFromConfig(awsconfig.Config(s.Gaps.URL())),
		ELB:  elasticloadbalancingv2.NewFromConfig(awsconfig.Config(s.Emulator.URL())),
		Logs: cloudwatchlogs.NewFromConfig(awsconfig.Config(s.Emulator.URL())),
		Out:  progress.Out, Poll: time.Second, Wait: deciding,
	}
	text, err := json.Marshal(outputs)
	if err != nil {
		return fmt.Errorf("write the stack's outputs: %w", err)
	}
	var deployed rollout.Deployed
	if err := json.Unmarshal(text, &deployed); err != nil {
		return fmt.Errorf("read the stack's outputs: %w", err)
	}
	if err := judge.Decide(ctx, deployed); err != nil {
		return fmt.Errorf("deploy: %w", err)
	}
	return nil
}
