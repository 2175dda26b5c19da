package loadbalancer

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	httpPort  = 80
	httpsPort = 443
)

// listen opens the doors: HTTPS with plain HTTP sent to it, or plain HTTP alone.
func (e *Edge) listen(ctx *pulumi.Context, name string, args *Args) error {
	var err error
	if args.CertificateArn == nil {
		e.Listener, err = e.open(ctx, name+"-http", &lb.ListenerArgs{
			Port:           pulumi.Int(httpPort),
			Protocol:       pulumi.String("HTTP"),
			DefaultActions: e.forward(),
		})
		return err
	}
	e.Listener, err = e.open(ctx, name+"-https", &lb.ListenerArgs{
		Port:           pulumi.Int(httpsPort),
		Protocol:       pulumi.String("HTTPS"),
		CertificateArn: args.CertificateArn,
		SslPolicy:      pulumi.String(args.TLSPolicy),
		DefaultActions: e.forward(),
		RoutingHttpResponseStrictTransportSecurityHeaderValue: strictTransport(args.HSTSSeconds),
	})
	if err != nil {
		return err
	}
	_, err = e.open(ctx, name+"-http", &lb.ListenerArgs{
		Port:           pulumi.Int(httpPort),
		Protocol:       pulumi.String("HTTP"),
		DefaultActions: redirect(),
	})
	return err
}

// open makes a listener. None tells that a load balancer answers, and none lets a browser guess what kind of content it got.
func (e *Edge) open(ctx *pulumi.Context, name string, args *lb.ListenerArgs) (*lb.Listener, error) {
	args.LoadBalancerArn = e.balancer.Arn
	args.RoutingHttpResponseServerEnabled = pulumi.Bool(false)
	args.RoutingHttpResponseXContentTypeOptionsHeaderValue = pulumi.String("nosniff")
	listener, err := lb.NewListener(ctx, name, args, pulumi.Parent(e))
	if err != nil {
		return nil, fmt.Errorf("make listener: %w", err)
	}
	return listener, nil
}

func (e *Edge) forward() lb.ListenerDefaultActionArray {
	return lb.ListenerDefaultActionArray{&lb.ListenerDefaultActionArgs{
		Type:           pulumi.String("forward"),
		TargetGroupArn: e.targets.Arn,
	}}
}

// redirect keeps host, path and query: the load balancer's own default for what is not said.
func redirect() lb.ListenerDefaultActionArray {
	return lb.ListenerDefaultActionArray{&lb.ListenerDefaultActionArgs{
		Type: pulumi.String("redirect"),
		Redirect: &lb.ListenerDefaultActionRedirectArgs{
			Protocol:   pulumi.String("HTTPS"),
			Port:       pulumi.String("443"),
			StatusCode: pulumi.String("HTTP_301"),
		},
	}}
}

// strictTransport is RFC 6797's header, or none at all.
func strictTransport(seconds int) pulumi.StringPtrInput {
	if seconds == 0 {
		return nil
	}
	return pulumi.String(fmt.Sprintf("max-age=%d", seconds))
}

// point makes the domain lead to the load balancer, if its zone is ours to write to. An alias costs nothing and follows the balancer.
func (e *Edge) point(ctx *pulumi.Context, name string, args *Args) error {
	if args.ZoneID == "" {
		return nil
	}
	_, err := route53.NewRecord(ctx, name, &route53.RecordArgs{
		ZoneId: pulumi.String(args.ZoneID),
		Name:   pulumi.String(args.Domain),
		Type:   pulumi.String("A"),
		Aliases: route53.RecordAliasArray{&route53.RecordAliasArgs{
			Name:                 e.balancer.DnsName,
			ZoneId:               e.balancer.ZoneId,
			EvaluateTargetHealth: pulumi.Bool(true),
		}},
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("point domain: %w", err)
	}
	return nil
}

// address is what a client types.
func (e *Edge) address(args *Args) pulumi.StringOutput {
	scheme := "http"
	if args.CertificateArn != nil {
		scheme = "https"
	}
	if args.Domain != "" {
		return pulumi.Sprintf("%s://%s", scheme, args.Domain)
	}
	return pulumi.Sprintf("%s://%s", scheme, e.balancer.DnsName)
}
