package stack

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/route53"

	"github.com/mote-dev/mote/infra/internal/callerinfo"
)

// data is what the stack looks up and does not make. The zone is empty when none was named.
type data struct {
	callerinfo.Info

	zoneID string
}

// lookUp finds out where the stack is.
func (e *environment) lookUp() (err error) {
	if e.data.Info, err = callerinfo.Find(e.ctx); err != nil {
		return err
	}
	zone := e.cfg.Certificate.HostedZone
	if zone == "" {
		return nil
	}
	found, err := route53.LookupZone(e.ctx, &route53.LookupZoneArgs{Name: &zone})
	if err != nil {
		return fmt.Errorf("mote:hostedZone is %q: look it up: %w", zone, err)
	}
	e.data.zoneID = found.ZoneId
	return nil
}
