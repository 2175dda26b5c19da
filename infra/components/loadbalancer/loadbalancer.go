// Package loadbalancer is what clients reach: the load balancer, its listeners, and the target groups behind it.
package loadbalancer

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/importopts"
)

// Settings are what a user may choose. Times are seconds.
type Settings struct {
	// HealthPath is asked every HealthInterval; no answer within HealthTimeout is a failure.
	HealthPath     string
	HealthInterval int
	HealthTimeout  int
	// DeregistrationDelay is how long a leaving target may finish its requests. ECS waits for all of it, busy or not.
	DeregistrationDelay int
	IdleTimeout         int
	// LogsBucket is an S3 bucket that each request is written to; empty writes none.
	LogsBucket string
	Protected  bool
	// Name is the load balancer's, left to Pulumi when it is empty; Import is the ARN of one that is taken over instead of made.
	Name   string
	Import string
	// TLSPolicy names one of the load balancer's sets of protocols and ciphers.
	TLSPolicy string
	// HSTSSeconds is how long browsers shall not try plain HTTP again; zero leaves it to them.
	HSTSSeconds int
}

// Args are the settings and what the stack adds to them.
type Args struct {
	Settings

	VpcID         pulumi.StringInput
	SubnetIDs     pulumi.StringArrayInput
	SecurityGroup pulumi.StringInput
	// After must exist before the load balancer, and be gone after it.
	After []pulumi.Resource
	// LogsPrefix begins the names of what is written to LogsBucket.
	LogsPrefix string
	// CertificateArn makes the load balancer speak HTTPS and send plain HTTP there; nil leaves it at plain HTTP.
	CertificateArn pulumi.StringPtrInput
	// Domain is the name that clients use; in ZoneID, if given, it is made to point here.
	Domain string
	ZoneID string
	// Shifted is whether ECS moves traffic between two target groups in a deployment, which takes a second one and a rule.
	Shifted bool
	// Cluster is the EKS cluster whose controller registers pods in the target group; empty is none.
	Cluster string
}

// LoadBalancer is the component.
type LoadBalancer struct {
	pulumi.ResourceState

	URL         pulumi.StringOutput `pulumi:"url"`
	Name        pulumi.StringOutput `pulumi:"name"`
	TargetGroup pulumi.StringOutput `pulumi:"targetGroup"`
	// LoadBalancerMetric and TargetGroupMetric are their names in CloudWatch.
	LoadBalancerMetric pulumi.StringOutput `pulumi:"loadBalancerMetric"`
	TargetGroupMetric  pulumi.StringOutput `pulumi:"targetGroupMetric"`

	// Listener is what the service has to wait for: ECS refuses a target group that no listener uses.
	Listener *lb.Listener

	// AlternateGroup is the second target group, AlternateMetric its name in CloudWatch and ProductionRule what says which one has the
	// traffic. They are there only where traffic is shifted.
	AlternateGroup  pulumi.StringOutput
	AlternateMetric pulumi.StringOutput
	ProductionRule  pulumi.StringOutput

	loadBalancer *lb.LoadBalancer
	group        *lb.TargetGroup
}

// New makes the load balancer.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*LoadBalancer, error) {
	if err := check(args); err != nil {
		return nil, fmt.Errorf("check load balancer: %w", err)
	}
	component := &LoadBalancer{}
	if err := ctx.RegisterComponentResource("fargate:loadbalancer:LoadBalancer", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register load balancer: %w", err)
	}
	if err := component.provision(ctx, name, args); err != nil {
		return nil, fmt.Errorf("provision load balancer: %w", err)
	}
	return component, component.outputs(ctx, args)
}

func check(args *Args) error {
	if args.VpcID == nil || args.SubnetIDs == nil || args.SecurityGroup == nil {
		return errors.New("VPC, subnets and security group are needed")
	}
	if args.HealthPath == "" {
		return errors.New("the path of the health check is missing")
	}
	if args.HealthTimeout >= args.HealthInterval {
		return errors.New("a health check must time out before the next one")
	}
	return nil
}

func (l *LoadBalancer) provision(ctx *pulumi.Context, name string, args *Args) error {
	if err := l.addLoadBalancer(ctx, name, args); err != nil {
		return err
	}
	var err error
	if l.group, err = l.addTargetGroup(ctx, name, args); err != nil {
		return err
	}
	if err := l.listeners(ctx, name, args); err != nil {
		return err
	}
	if err := l.blueGreen(ctx, name, args); err != nil {
		return err
	}
	return l.aliasRecord(ctx, name, args)
}

// addLoadBalancer makes it. What is not plain HTTP is refused here and never reaches the service:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#desync-mitigation-mode
func (l *LoadBalancer) addLoadBalancer(ctx *pulumi.Context, name string, args *Args) error {
	options := append([]pulumi.ResourceOption{
		pulumi.Parent(l), pulumi.Protect(args.Protected), pulumi.DependsOn(args.After),
	}, importopts.Options(args.Import)...)
	balancer, err := lb.NewLoadBalancer(ctx, name, &lb.LoadBalancerArgs{
		Name:                     importopts.Named(args.Name),
		LoadBalancerType:         pulumi.String("application"),
		Internal:                 pulumi.Bool(false),
		Subnets:                  args.SubnetIDs,
		SecurityGroups:           pulumi.StringArray{args.SecurityGroup},
		IdleTimeout:              pulumi.Int(args.IdleTimeout),
		DesyncMitigationMode:     pulumi.String("strictest"),
		DropInvalidHeaderFields:  pulumi.Bool(true),
		EnableDeletionProtection: pulumi.Bool(args.Protected),
		AccessLogs:               accessLogs(args),
	}, options...)
	if err != nil {
		return fmt.Errorf("make load balancer: %w", err)
	}
	l.loadBalancer = balancer
	return nil
}

func accessLogs(args *Args) lb.LoadBalancerAccessLogsPtrInput {
	if args.LogsBucket == "" {
		return nil
	}
	return &lb.LoadBalancerAccessLogsArgs{
		Bucket:  pulumi.String(args.LogsBucket),
		Prefix:  pulumi.String(args.LogsPrefix),
		Enabled: pulumi.Bool(true),
	}
}

func (l *LoadBalancer) outputs(ctx *pulumi.Context, args *Args) error {
	l.URL = l.address(args)
	l.Name = l.loadBalancer.Name
	l.TargetGroup = l.group.Arn
	l.LoadBalancerMetric = l.loadBalancer.ArnSuffix
	l.TargetGroupMetric = l.group.ArnSuffix
	return ctx.RegisterResourceOutputs(l, pulumi.Map{
		"url":         l.URL,
		"name":        l.Name,
		"targetGroup": l.TargetGroup,

		"loadBalancerMetric": l.LoadBalancerMetric,
		"targetGroupMetric":  l.TargetGroupMetric,
	})
}
