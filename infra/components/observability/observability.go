package observability

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/amp"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/callerinfo"
	"github.com/mote-dev/mote/infra/internal/names"
)

// What may be chosen: nothing that collects; Prometheus and Grafana in a task of the stack; or a task that collects for Amazon's own Prometheus and Grafana.
const (
	None       = "none"
	Prometheus = "prometheus"
	Managed    = "managed"
)

// Settings are what a user may choose.
type Settings struct {
	// Mode is None, Prometheus or Managed.
	Mode string
	// Port is that of the service's metrics.
	Port int
	// PrometheusImage and GrafanaImage are references by digest, in a registry that asks for no login. Managed needs the first alone.
	PrometheusImage string
	GrafanaImage    string
}

// Args are the settings and what the stack adds to them. The service's name is known when the service runs, and so what tasks need, such as routes, is
// there as well.
type Args struct {
	Settings

	// CPU, in units of 1/1024 processor, and Memory, in MiB, are what a task of the service has.
	CPU, Memory  int
	Architecture string
	Boundary     string
	// SecretPrefix begins the names of the environment's secrets.
	SecretPrefix string

	// Cluster and Service are names.
	Cluster    pulumi.StringInput
	ClusterArn pulumi.StringInput
	Service    pulumi.StringInput
	LogGroup   pulumi.StringInput
	// LogGroupArn ends without a star.
	LogGroupArn pulumi.StringInput

	VpcID         pulumi.StringInput
	SubnetIDs     pulumi.StringArrayInput
	PublicAddress bool
	// TaskGroup is the security group of the service's tasks.
	TaskGroup pulumi.StringInput
	// Topic is the ARN of the SNS topic that Managed tells of alerts. OwnTopic is whether the stack made it: another's policy is not changed.
	Topic    pulumi.StringInput
	OwnTopic bool
	Caller   callerinfo.Info
}

// The least that Fargate sells, and with a GiB of memory, which Grafana needs; Prometheus takes 70 MB of it with two tasks.
const (
	taskCPU       = "256"
	taskMemory    = "1024"
	managedMemory = "512"
)

// Observability is the component. Outputs are what people need to know of it, by name: the ECS service that collects, and the ARN of the secret with
// Grafana's password or the address of Amazon's Grafana and Prometheus.
type Observability struct {
	pulumi.ResourceState

	Outputs pulumi.Map

	group    pulumi.StringOutput
	password pulumi.StringOutput
	opened   []pulumi.Resource
	taskRole roles
	// workspace is nil but where Mode is Managed.
	workspace *amp.Workspace
}

// New makes the task that collects and shows. It is one, has no way in, and loses what it collected when it is replaced: Prometheus supports
// no network file system, and a second task would only have another half.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Observability, error) {
	if err := check(args); err != nil {
		return nil, fmt.Errorf("check observability: %w", err)
	}
	component := &Observability{Outputs: pulumi.Map{}}
	if err := ctx.RegisterComponentResource("fargate:observability:Observability", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register observability: %w", err)
	}
	if err := component.provision(ctx, names.Observability(name), args); err != nil {
		return nil, fmt.Errorf("provision observability: %w", err)
	}
	return component, ctx.RegisterResourceOutputs(component, component.Outputs)
}

func check(args *Args) error {
	switch {
	case args.Mode != Prometheus && args.Mode != Managed:
		return fmt.Errorf("the mode %q collects nothing", args.Mode)
	case slices.Contains([]int{args.Port, args.CPU, args.Memory}, 0):
		return errors.New("the port of the metrics, CPU and memory are needed")
	case args.PrometheusImage == "" || args.Mode == Prometheus && args.GrafanaImage == "":
		return errors.New("the images of Prometheus and Grafana are needed")
	case args.Mode == Managed && args.Topic == nil:
		return errors.New("the topic that is told of alerts is needed")
	case slices.Contains([]pulumi.StringInput{args.Cluster, args.ClusterArn, args.Service, args.LogGroup, args.LogGroupArn}, nil):
		return errors.New("cluster, service and log group are needed")
	case args.SubnetIDs == nil || slices.Contains([]pulumi.StringInput{args.VpcID, args.TaskGroup}, nil):
		return errors.New("VPC, subnets and the security group of the tasks are needed")
	case slices.Contains([]string{args.Caller.Region, args.Caller.Account, args.SecretPrefix}, ""):
		return errors.New("region, account and the prefix of secrets are needed")
	}
	return nil
}

func (o *Observability) provision(ctx *pulumi.Context, name string, args *Args) error {
	steps := []func(*pulumi.Context, string, *Args) error{o.securityGroup, o.addPassword, o.roles, o.run}
	if args.Mode == Managed {
		steps = []func(*pulumi.Context, string, *Args) error{o.securityGroup, o.addWorkspace, o.addRules, o.addAlertManager, o.addGrafana, o.roles, o.run}
	}
	for _, step := range steps {
		if err := step(ctx, name, args); err != nil {
			return err
		}
	}
	return nil
}

// securityGroup has no way in. Outbound it has HTTPS, for images, logs and sessions, and the metrics of the service's tasks.
func (o *Observability) securityGroup(ctx *pulumi.Context, name string, args *Args) error {
	group, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		VpcId: args.VpcID, Description: pulumi.String("Prometheus and Grafana: reached by nothing, reaches the metrics of the tasks"),
	}, pulumi.Parent(o))
	if err != nil {
		return fmt.Errorf("make security group: %w", err)
	}
	o.group = group.ID().ToStringOutput()
	port := pulumi.Int(args.Port)
	outbound, err := vpc.NewSecurityGroupEgressRule(ctx, fmt.Sprintf("%s-to-tasks-%d", name, args.Port), &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: o.group, ReferencedSecurityGroupId: args.TaskGroup.ToStringOutput().ToStringPtrOutput(),
		Description: pulumi.String("Prometheus to the metrics of the tasks"), IpProtocol: pulumi.String("tcp"), FromPort: port, ToPort: port,
	}, pulumi.Parent(o))
	if err != nil {
		return fmt.Errorf("let Prometheus out: %w", err)
	}
	inbound, err := vpc.NewSecurityGroupIngressRule(ctx, fmt.Sprintf("%s-from-prometheus-%d", name, args.Port), &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: args.TaskGroup, ReferencedSecurityGroupId: o.group,
		Description: pulumi.String("Metrics to Prometheus only"), IpProtocol: pulumi.String("tcp"), FromPort: port, ToPort: port,
	}, pulumi.Parent(o))
	if err != nil {
		return fmt.Errorf("let Prometheus in: %w", err)
	}
	https, err := vpc.NewSecurityGroupEgressRule(ctx, name+"-to-https", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: o.group, CidrIpv4: pulumi.String("0.0.0.0/0"),
		Description: pulumi.String("Images, logs, ECS and sessions"), IpProtocol: pulumi.String("tcp"), FromPort: pulumi.Int(443), ToPort: pulumi.Int(443),
	}, pulumi.Parent(o))
	if err != nil {
		return fmt.Errorf("let task out: %w", err)
	}
	o.opened = []pulumi.Resource{outbound, inbound, https}
	return nil
}

// run makes the task definition and the service. A new task starts when the old one is gone: one Prometheus at a time. The deployment does not wait
// for it: what shows the service must not keep it from being deployed.
func (o *Observability) run(ctx *pulumi.Context, name string, args *Args) error {
	// What the containers are told last is the ARN of Grafana's password or, where there is none, the address that takes the metrics.
	last, memory := o.password, taskMemory
	if args.Mode == Managed {
		last, memory = o.workspace.PrometheusEndpoint, managedMemory
	}
	containers := pulumi.All(args.ClusterArn, args.Service, args.LogGroup, last).ApplyT(func(known []any) (string, error) {
		return containerDefinitions(args, known[0].(string), known[1].(string), known[2].(string), known[3].(string))
	}).(pulumi.StringOutput)
	definition, err := ecs.NewTaskDefinition(ctx, name, &ecs.TaskDefinitionArgs{
		Family:                  pulumi.String(name),
		RequiresCompatibilities: pulumi.StringArray{pulumi.String("FARGATE")},
		NetworkMode:             pulumi.String("awsvpc"),
		Cpu:                     pulumi.String(taskCPU),
		Memory:                  pulumi.String(memory),
		ExecutionRoleArn:        o.taskRole.execution.Arn,
		TaskRoleArn:             o.taskRole.task.Arn,
		RuntimePlatform: &ecs.TaskDefinitionRuntimePlatformArgs{
			CpuArchitecture: pulumi.String(args.Architecture), OperatingSystemFamily: pulumi.String("LINUX"),
		},
		ContainerDefinitions: containers,
	}, pulumi.Parent(o))
	if err != nil {
		return fmt.Errorf("make task definition: %w", err)
	}
	service, err := ecs.NewService(ctx, name, &ecs.ServiceArgs{
		Cluster:        args.ClusterArn.ToStringOutput().ToStringPtrOutput(),
		TaskDefinition: definition.Arn,
		LaunchType:     pulumi.String("FARGATE"),
		DesiredCount:   pulumi.Int(1),
		// Sessions, by which Grafana's page is reached, are ECS Exec's.
		EnableExecuteCommand:            pulumi.Bool(args.Mode == Prometheus),
		DeploymentMinimumHealthyPercent: pulumi.Int(0),
		DeploymentMaximumPercent:        pulumi.Int(100),
		DeploymentCircuitBreaker:        &ecs.ServiceDeploymentCircuitBreakerArgs{Enable: pulumi.Bool(true), Rollback: pulumi.Bool(true)},
		NetworkConfiguration: &ecs.ServiceNetworkConfigurationArgs{
			Subnets: args.SubnetIDs, SecurityGroups: pulumi.StringArray{o.group}, AssignPublicIp: pulumi.Bool(args.PublicAddress),
		},
		PropagateTags: pulumi.String("SERVICE"),
	}, pulumi.Parent(o), pulumi.DependsOn(append(o.opened, o.taskRole.permission)))
	if err != nil {
		return fmt.Errorf("make service: %w", err)
	}
	o.Outputs["observabilityService"] = service.Name
	return nil
}
