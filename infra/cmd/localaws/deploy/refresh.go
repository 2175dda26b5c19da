package deploy

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
)

// pods are what scripts/ops/deploy.sh has Pulumi read anew when a version before was put back.
const pods = "**kubernetes:apps/v1:Deployment::**"

// ReadPodsAnew has the state say what the cluster has.
func (s *Stack) ReadPodsAnew(ctx context.Context) error {
	_, err := s.auto.Refresh(ctx, optrefresh.Target([]string{pods}), optrefresh.ProgressStreams(s.log), optrefresh.ErrorProgressStreams(s.log))
	if err != nil {
		return s.failed("refresh", err)
	}
	return nil
}
