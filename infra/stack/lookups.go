package stack

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/components/certificate"
	"github.com/mote-dev/mote/infra/internal/callerinfo"
)

// surroundings are what the stack finds and does not make. The zone is empty when none was named.
type surroundings struct {
	region  string
	account string
	zone    string
}

// lookAround finds out where the stack is.
func (e *environment) lookAround() error {
	region, account, err := callerinfo.Find(e.ctx)
	if err != nil {
		return err
	}
	e.found = &surroundings{region: region, account: account}
	return e.lookUpZone()
}

func (e *environment) lookUpZone() error {
	zone := e.chosen.TLS.HostedZone
	if zone == "" {
		return nil
	}
	found, err := route53.LookupZone(e.ctx, &route53.LookupZoneArgs{Name: &zone})
	if err != nil {
		return fmt.Errorf("mote:hostedZone is %q: look it up: %w", zone, err)
	}
	e.found.zone = found.ZoneId
	return nil
}

// certificate makes or takes the load balancer's certificate, or returns nil for plain HTTP and says so.
func (e *environment) certificate() (pulumi.StringPtrInput, error) {
	if e.chosen.TLS.Domain == "" {
		text := "the load balancer speaks plain HTTP, which anybody on the way can read and change: set mote:domain and a certificate"
		return nil, e.ctx.Log.Warn(text, nil)
	}
	made, err := certificate.New(e.ctx, e.name, &certificate.Args{
		Domain:     e.chosen.TLS.Domain,
		Existing:   e.chosen.TLS.CertificateArn,
		SelfSigned: e.chosen.TLS.SelfSigned,
		ZoneID:     e.found.zone,
	})
	if err != nil {
		return nil, err
	}
	return made.Arn, nil
}
