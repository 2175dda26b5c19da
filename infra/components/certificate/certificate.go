// Package certificate gets the load balancer a certificate: an existing one, one from ACM that a DNS record validates, or a
// self-signed one for private use.
package certificate

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Settings are what a user may choose. The certificate comes from the first that is given of Existing, SelfSigned and HostedZone.
type Settings struct {
	// Domain is the name that clients use; empty is plain HTTP, without a certificate.
	Domain string
	// Existing is the ARN of a certificate that is used but neither changed nor deleted.
	Existing string
	// SelfSigned makes one that no browser trusts by itself.
	SelfSigned bool
	// HostedZone is the name of the zone that gets the domain's records.
	HostedZone string
}

// Args are the settings and what the stack adds to them.
type Args struct {
	Settings

	// ZoneID is the hosted zone's id; the validation record is written into it.
	ZoneID string
}

// Certificate is the component. Arn is known once the certificate can be used.
type Certificate struct {
	pulumi.ResourceState

	Arn pulumi.StringOutput `pulumi:"arn"`
}

// validationSeconds is how long resolvers may keep the validation record: short, since a wrong one has to be corrected soon.
const validationSeconds = 60

// New makes or takes the certificate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Certificate, error) {
	if err := check(args); err != nil {
		return nil, fmt.Errorf("check certificate: %w", err)
	}
	component := &Certificate{}
	if err := ctx.RegisterComponentResource("fargate:certificate:Certificate", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register certificate: %w", err)
	}
	if err := component.provision(ctx, name, args); err != nil {
		return nil, fmt.Errorf("provision certificate: %w", err)
	}
	return component, component.outputs(ctx)
}

func check(args *Args) error {
	if args.Existing != "" {
		return nil
	}
	if args.Domain == "" {
		return errors.New("a certificate is for a domain, and none is given")
	}
	if !args.SelfSigned && args.ZoneID == "" {
		return errors.New("a certificate is validated in a hosted zone, and none is given")
	}
	return nil
}

func (c *Certificate) provision(ctx *pulumi.Context, name string, args *Args) error {
	switch {
	case args.Existing != "":
		c.Arn = pulumi.String(args.Existing).ToStringOutput()
		return nil
	case args.SelfSigned:
		return c.importOwn(ctx, name, args)
	default:
		return c.request(ctx, name, args)
	}
}

// request asks ACM, writes the validation record that it wants into the zone, and waits until ACM has seen it. ACM renews the certificate
// by itself as long as the record stays. An account's certificates for one name share one record, so it is left behind when a stack goes: the
// certificate of another stack may live by it.
func (c *Certificate) request(ctx *pulumi.Context, name string, args *Args) error {
	requested, err := acm.NewCertificate(ctx, name, &acm.CertificateArgs{
		DomainName:       pulumi.String(args.Domain),
		ValidationMethod: pulumi.String("DNS"),
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("request certificate: %w", err)
	}
	wanted := requested.DomainValidationOptions.Index(pulumi.Int(0))
	record, err := route53.NewRecord(ctx, name+"-validation", &route53.RecordArgs{
		ZoneId:         pulumi.String(args.ZoneID),
		Name:           wanted.ResourceRecordName().Elem(),
		Type:           wanted.ResourceRecordType().Elem(),
		Records:        pulumi.StringArray{wanted.ResourceRecordValue().Elem()},
		Ttl:            pulumi.Int(validationSeconds),
		AllowOverwrite: pulumi.Bool(true),
	}, pulumi.Parent(c), pulumi.RetainOnDelete(true))
	if err != nil {
		return fmt.Errorf("make validation record: %w", err)
	}
	validated, err := acm.NewCertificateValidation(ctx, name, &acm.CertificateValidationArgs{
		CertificateArn:        requested.Arn,
		ValidationRecordFqdns: pulumi.StringArray{record.Fqdn},
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("await certificate: %w", err)
	}
	c.Arn = validated.CertificateArn
	return nil
}

// importOwn makes a certificate here and hands it to ACM. A new one is made at each run and thrown away, save for the first: its texts are
// kept in the stack's state, the key as a secret, and later ones are ignored. `pulumi up --replace` with its URN renews it.
func (c *Certificate) importOwn(ctx *pulumi.Context, name string, args *Args) error {
	key, body, err := selfSigned(args.Domain)
	if err != nil {
		return err
	}
	imported, err := acm.NewCertificate(ctx, name, &acm.CertificateArgs{
		// Pulumi's package marks it as a secret by itself.
		PrivateKey:      pulumi.String(key),
		CertificateBody: pulumi.String(body),
	}, pulumi.Parent(c), pulumi.IgnoreChanges([]string{"privateKey", "certificateBody"}))
	if err != nil {
		return fmt.Errorf("import certificate: %w", err)
	}
	c.Arn = imported.Arn
	return nil
}

func (c *Certificate) outputs(ctx *pulumi.Context) error {
	return ctx.RegisterResourceOutputs(c, pulumi.Map{"arn": c.Arn})
}
