package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"mote/infra/gate/verdict"
	"mote/infra/rehearsal/cloud"
	"mote/infra/rehearsal/deploy"
	"mote/infra/rehearsal/progress"
	"mote/infra/rehearsal/session"
)

// deciding is how long a deployment may still be in progress after Pulumi was content with it.
const deciding = time.Minute

// won asks the gate, as each deployment to AWS does: ECS goes back to the version before when the new one does not start, and neither
// ECS nor Pulumi calls that a failure.
func won(ctx context.Context, s *session.Session, outputs deploy.Outputs) error {
	progress.Say("Asking the gate which version won")
	judge := verdict.Judge{
		ECS:  ecs.NewFromConfig(cloud.Config(s.Gaps.URL())),
		ELB:  elasticloadbalancingv2.NewFromConfig(cloud.Config(s.Emulator.URL())),
		Logs: cloudwatchlogs.NewFromConfig(cloud.Config(s.Emulator.URL())),
		Out:  progress.Out, Poll: time.Second, Wait: deciding,
	}
	text, err := json.Marshal(outputs)
	if err != nil {
		return fmt.Errorf("write the stack's outputs: %w", err)
	}
	var deployed verdict.Deployed
	if err := json.Unmarshal(text, &deployed); err != nil {
		return fmt.Errorf("read the stack's outputs: %w", err)
	}
	if err := judge.Decide(ctx, deployed); err != nil {
		return fmt.Errorf("deploy: %w", err)
	}
	return nil
}
