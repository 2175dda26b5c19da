package session

import (
	"context"
	"errors"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
	"github.com/mote-dev/mote/infra/cmd/localaws/cluster"
	"github.com/mote-dev/mote/infra/cmd/localaws/emulator"
	"github.com/mote-dev/mote/infra/cmd/localaws/emulatorshim"
	"github.com/mote-dev/mote/infra/cmd/localaws/progress"
)

// zones are the two that a stack takes first.
var zones = []string{awsconfig.Region + "a", awsconfig.Region + "b"}

// ClusterFolder is the folder of the rehearsal's cluster.
func (s *Session) ClusterFolder() string { return s.Path("cluster") }

func (s *Session) startControlPlane(ctx context.Context) error {
	return progress.Step("Starting Kubernetes' control plane", func() error {
		var err error
		s.Cluster, err = s.Cluster.StartControl(ctx, s.ClusterFolder(), s.mark(), emulatorshim.TokensPath, emulator.FreePortOf)
		return errors.Join(err, s.save())
	})
}

// startNodes is last: nodes fetch images from the proxy, and the controller asks the emulator.
func (s *Session) startNodes(ctx context.Context) error {
	return progress.Step("Starting two nodes", func() error {
		err := s.Cluster.Prepare(ctx, s.ClusterFolder())
		if err == nil {
			s.Cluster.Controller, err = s.Cluster.StartController(s.ClusterFolder(), s.mark(), s.Emulator.URL())
		}
		if err == nil {
			s.Cluster, err = s.Cluster.StartNodes(ctx, s.ClusterFolder(), s.mark(), s.Shim.Registry(), zones)
		}
		return errors.Join(err, s.save())
	})
}

func (s *Session) stopCluster() error {
	// A run that was killed may have begun one and not yet written it down.
	ended := s.Cluster
	ended.Name = cluster.Name(Short(s.folder))
	return ended.Stop()
}
