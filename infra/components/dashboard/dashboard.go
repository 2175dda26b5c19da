// Package dashboard shows on one page how the service does: what clients see, what the tasks use, and which alarms are raised.
package dashboard

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args says what is shown.
type Args struct {
	Region string
	// LoadBalancer and the TargetGroups are the suffixes of their ARNs, as CloudWatch names them.
	LoadBalancer pulumi.StringInput
	TargetGroups []pulumi.StringInput
	// Cluster and Service are names, not ARNs.
	Cluster pulumi.StringInput
	Service pulumi.StringInput
	// StoppedMetric counts tasks that stopped unexpectedly; its namespace is StoppedNamespace.
	StoppedMetric    pulumi.StringInput
	StoppedNamespace string
	// Alarms are the ARNs of all alarms; nil where there are none.
	Alarms pulumi.StringArrayInput
}

// Dashboard is the component. Name is what the console lists it by.
type Dashboard struct {
	pulumi.ResourceState

	Name pulumi.StringOutput `pulumi:"name"`
}

// New makes the dashboard.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Dashboard, error) {
	if err := check(args); err != nil {
		return nil, fmt.Errorf("check dashboard: %w", err)
	}
	component := &Dashboard{}
	if err := ctx.RegisterComponentResource("fargate:dashboard:Dashboard", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register dashboard: %w", err)
	}
	if err := component.provision(ctx, name, args); err != nil {
		return nil, fmt.Errorf("provision dashboard: %w", err)
	}
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"name": component.Name})
}

func check(args *Args) error {
	switch {
	case args == nil || args.Region == "":
		return errors.New("the region is missing")
	case args.LoadBalancer == nil || len(args.TargetGroups) == 0:
		return errors.New("load balancer and target groups are needed")
	case args.Cluster == nil || args.Service == nil || args.StoppedMetric == nil:
		return errors.New("cluster, service and the metric of stopped tasks are needed")
	}
	return nil
}

// provision writes the body when all names in it are known.
func (d *Dashboard) provision(ctx *pulumi.Context, name string, args *Args) error {
	groups := pulumi.StringArray{}
	for _, group := range args.TargetGroups {
		groups = append(groups, group)
	}
	var alarms pulumi.StringArrayInput = pulumi.StringArray{}
	if args.Alarms != nil {
		alarms = args.Alarms
	}
	body := pulumi.All(args.LoadBalancer, groups, args.Cluster, args.Service, args.StoppedMetric, alarms).ApplyT(func(known []any) (string, error) {
		return write(shown{
			region: args.Region, stoppedNamespace: args.StoppedNamespace,
			loadBalancer: known[0].(string), groups: known[1].([]string), cluster: known[2].(string), service: known[3].(string),
			stopped: known[4].(string), alarms: known[5].([]string),
		})
	}).(pulumi.StringOutput)
	made, err := cloudwatch.NewDashboard(ctx, name, &cloudwatch.DashboardArgs{
		DashboardName: pulumi.String(name), DashboardBody: body,
	}, pulumi.Parent(d))
	if err != nil {
		return fmt.Errorf("make dashboard: %w", err)
	}
	d.Name = made.DashboardName
	return nil
}
