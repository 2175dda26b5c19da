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

// listeners makes HTTPS with plain HTTP redirected to it, or plain HTTP alone.
func (l *LoadBalancer) listeners(ctx *pulumi.Context, name string, args *Args) error {
	var err error
	if args.CertificateArn == nil {
		l.Listener, err = l.listener(ctx, name+"-http", &lb.ListenerArgs{
			Port:           pulumi.Int(httpPort),
			Protocol:       pulumi.String("HTTP"),
			DefaultActions: l.forward(),
		})
		return err
	}
	l.Listener, err = l.listener(ctx, name+"-https", &lb.ListenerArgs{
		Port:           pulumi.Int(httpsPort),
		Protocol:       pulumi.String("HTTPS"),
		CertificateArn: args.CertificateArn,
		SslPolicy:      pulumi.String(args.TLSPolicy),
		DefaultActions: l.forward(),
		RoutingHttpResponseStrictTransportSecurityHeaderValue: strictTransport(args.HSTSSeconds),
	})
	if err != nil {
		return err
	}
	_, err = l.listener(ctx, name+"-http", &lb.ListenerArgs{
		Port:           pulumi.Int(httpPort),
		Protocol:       pulumi.String("HTTP"),
		DefaultActions: redirect(),
	})
	return err
}

// listener makes one. None tells that a load balancer answers, and none lets a browser guess what kind of content it got.
func (l *LoadBalancer) listener(ctx *pulumi.Context, name string, args *lb.ListenerArgs) (*lb.Listener, error) {
	args.LoadBalancerArn = l.loadBalancer.Arn
	args.RoutingHttpResponseServerEnabled = pulumi.Bool(false)
	args.RoutingHttpResponseXContentTypeOptionsHeaderValue = pulumi.String("nosniff")
	listener, err := lb.NewListener(ctx, name, args, pulumi.Parent(l))
	if err != nil {
		return nil, fmt.Errorf("make listener: %w", err)
	}
	return listener, nil
}

func (l *LoadBalancer) forward() lb.ListenerDefaultActionArray {
	return lb.ListenerDefaultActionArray{&lb.ListenerDefaultActionArgs{
		Type:           pulumi.String("forward"),
		TargetGroupArn: l.group.Arn,
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

// aliasRecord points the domain at the load balancer, if its zone is given. An alias costs nothing and follows the load balancer.
func (l *LoadBalancer) aliasRecord(ctx *pulumi.Context, name string, args *Args) error {
	if args.ZoneID == "" {
		return nil
	}
	_, err := route53.NewRecord(ctx, name, &route53.RecordArgs{
		ZoneId: pulumi.String(args.ZoneID),
		Name:   pulumi.String(args.Domain),
		Type:   pulumi.String("A"),
		Aliases: route53.RecordAliasArray{&route53.RecordAliasArgs{
			Name:                 l.loadBalancer.DnsName,
			ZoneId:               l.loadBalancer.ZoneId,
			EvaluateTargetHealth: pulumi.Bool(true),
		}},
	}, pulumi.Parent(l))
	if err != nil {
		return fmt.Errorf("make alias record: %w", err)
	}
	return nil
}

// address is what a client types.
func (l *LoadBalancer) address(args *Args) pulumi.StringOutput {
	scheme := "http"
	if args.CertificateArn != nil {
		scheme = "https"
	}
	if args.Domain != "" {
		return pulumi.Sprintf("%s://%s", scheme, args.Domain)
	}
	return pulumi.Sprintf("%s://%s", scheme, l.loadBalancer.DnsName)
}
