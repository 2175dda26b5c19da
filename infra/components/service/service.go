// Package service runs the tasks: cluster, log group, roles, task definition, and the ECS service that keeps them running.
package service

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/callerinfo"
	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// Settings are what a user may choose.
type Settings struct {
	// Architecture is X86_64 or ARM64. CPU is in units of 1/1024 processor, Memory in MiB.
	Architecture string
	CPU          int
	Memory       int
	Port         int
	// Own is whether the image is this project's, which takes its settings from variables that the stack knows.
	Own bool
	// Command replaces the image's own; HealthCommand is what Docker calls the test of a health check, such as CMD and a program.
	Command       []string
	HealthCommand []string
	// User is who the program runs as, by default the image's. ReadOnlyRoot lets it write nowhere but in ScratchSpace, a folder for
	// temporary files.
	User         string
	ReadOnlyRoot bool
	ScratchSpace bool
	// Environment is what the container sees.
	Environment map[string]string
	// Permissions are what the service may do in AWS.
	Permissions []iampolicy.Permission
	// Secrets have the ARN of each by the name that the container sees; SecretsKey is the ARN of a key of ours that they are encrypted with.
	Secrets    map[string]string
	SecretsKey string
	// Boundary names the policy of the account that the roles can never go beyond; empty is none.
	Boundary string
	// SpotPercent is the share of tasks beyond the first that can be taken back; Rebalanced lets ECS even out the zones.
	SpotPercent int
	Rebalanced  bool
	// Insights is disabled, enabled or enhanced.
	Insights string
	// StopTimeoutSeconds lie between SIGTERM and SIGKILL.
	StopTimeoutSeconds   int
	LogRetentionDays     int
	DeployTimeoutMinutes int
	// HealthGraceSeconds is how long after its start a task is not stopped for failed health checks.
	HealthGraceSeconds int
	Rollout            Rollout
	// RollbackOnAlarms rolls a deployment back while one of DeploymentAlarms is raised.
	RollbackOnAlarms bool

	// ExistingCluster and ExistingLogGroup name ones that are used and not changed; empty makes new ones.
	ExistingCluster  string
	ExistingLogGroup string
	// LogGroupName is that of the one that is made, by default after the component; ImportLogGroup is one that is taken over instead.
	LogGroupName   string
	ImportLogGroup string
}

// Services are those of AWS that the tasks need, by IAM's prefixes: what the secrets come from and what is permitted. Secrets' services ask the key
// management themselves, so a task needs no way there.
func (s Settings) Services() []string {
	services := map[string]bool{}
	for _, arn := range s.Secrets {
		if fields := strings.Split(arn, ":"); len(fields) > serviceOfArn {
			services[fields[serviceOfArn]] = true
		}
	}
	for _, p := range s.Permissions {
		for _, service := range p.Services() {
			services[service] = true
		}
	}
	return slices.Sorted(maps.Keys(services))
}

// Args are the settings and what the stack adds to them.
type Args struct {
	Settings

	// Image is a full reference, by digest; RepositoryArn is where it lies.
	Image         pulumi.StringInput
	RepositoryArn pulumi.StringInput
	// Count is how many tasks the first deployment starts; later, autoscaling alone decides.
	Count     int
	SubnetIDs pulumi.StringArrayInput
	// PublicAddress gives each task one, which it reaches the internet from where there is no NAT gateway.
	PublicAddress bool
	SecurityGroup pulumi.StringInput
	TargetGroup   pulumi.StringInput
	// AlternateGroup is the second target group, ProductionRule the rule whose weights ECS moves; both are nil in a rolling deployment.
	AlternateGroup pulumi.StringInput
	ProductionRule pulumi.StringInput
	// Listener must exist before the service: ECS refuses a target group that no listener uses.
	Listener pulumi.Resource
	// After must exist before the service as well, such as the routes that its tasks need.
	After []pulumi.Resource
	// DeploymentAlarms are those that roll a deployment back; nil is none.
	DeploymentAlarms pulumi.StringArrayInput
	Caller           callerinfo.Info
}

// serviceOfArn is the field of an ARN that names the service.
const serviceOfArn = 2

// Service is the component. Cluster and Name are names, TaskDefinition is an ARN with its revision.
type Service struct {
	pulumi.ResourceState

	Cluster        pulumi.StringOutput `pulumi:"cluster"`
	Name           pulumi.StringOutput `pulumi:"name"`
	TaskDefinition pulumi.StringOutput `pulumi:"taskDefinition"`
	LogGroup       pulumi.StringOutput `pulumi:"logGroup"`

	// ClusterArn and LogGroupArn are for what else is there about the tasks.
	ClusterArn  pulumi.StringOutput
	LogGroupArn pulumi.StringOutput

	definition *ecs.TaskDefinition
	// infrastructure is the role that ECS moves traffic with, where it does.
	infrastructure *iam.Role
	// before must exist before the service.
	before []pulumi.Resource
	// Steady is known when all tasks of the deployment are healthy, and has it as a resource for what must come after.
	Steady *ecs.Service
}

// New makes the service and, outside previews, waits until all of its tasks are healthy.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Service, error) {
	if err := check(args); err != nil {
		return nil, fmt.Errorf("check service: %w", err)
	}
	component := &Service{}
	if err := ctx.RegisterComponentResource("fargate:service:Service", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register service: %w", err)
	}
	if err := component.provision(ctx, name, args); err != nil {
		return nil, fmt.Errorf("provision service: %w", err)
	}
	return component, component.outputs(ctx)
}

func check(args *Args) error {
	if args.Image == nil || args.RepositoryArn == nil {
		return errors.New("image and repository are needed")
	}
	if args.SubnetIDs == nil || args.SecurityGroup == nil || args.TargetGroup == nil || args.Listener == nil {
		return errors.New("subnets, security group, target group and listener are needed")
	}
	if args.CPU == 0 || args.Memory == 0 || args.Port == 0 || args.Count == 0 {
		return errors.New("CPU, memory, port and count are needed")
	}
	if slices.Contains([]string{args.Caller.Region, args.Caller.Account, args.Caller.Partition}, "") {
		return errors.New("region, account and partition are needed")
	}
	return checkRollout(args)
}

func (s *Service) provision(ctx *pulumi.Context, name string, args *Args) error {
	if err := s.cluster(ctx, name, args); err != nil {
		return err
	}
	if err := s.capacityProviders(ctx, name, args); err != nil {
		return err
	}
	if err := s.logs(ctx, name, args); err != nil {
		return err
	}
	roles, err := s.roles(ctx, name, args)
	if err != nil {
		return err
	}
	if err := s.taskDefinition(ctx, name, args, roles); err != nil {
		return err
	}
	if err := s.infrastructureRole(ctx, name, args); err != nil {
		return err
	}
	return s.run(ctx, name, args, roles)
}

// run makes the ECS service. New tasks come up beside the old ones, and a deployment whose tasks fail is rolled back by ECS.
func (s *Service) run(ctx *pulumi.Context, name string, args *Args, roles *roles) error {
	service, err := ecs.NewService(ctx, name, &ecs.ServiceArgs{
		Cluster:                         s.ClusterArn,
		TaskDefinition:                  s.definition.Arn,
		LaunchType:                      launchType(args),
		CapacityProviderStrategies:      strategies(args),
		AvailabilityZoneRebalancing:     rebalancing(args),
		DesiredCount:                    pulumi.Int(args.Count),
		DeploymentMinimumHealthyPercent: pulumi.Int(100),
		DeploymentMaximumPercent:        pulumi.Int(200),
		DeploymentCircuitBreaker: &ecs.ServiceDeploymentCircuitBreakerArgs{
			Enable:   pulumi.Bool(true),
			Rollback: pulumi.Bool(true),
		},
		DeploymentConfiguration: deploymentConfiguration(args),
		// A change of capacity providers is made in place by a new deployment; without this, the provider replaces the service.
		ForceNewDeployment: pulumi.Bool(true),
		Alarms:             deploymentAlarms(args),
		WaitForSteadyState: pulumi.Bool(true),
		// Without one a task is stopped as soon as it is unhealthy.
		HealthCheckGracePeriodSeconds: gracePeriod(args),
		PropagateTags:                 pulumi.String("SERVICE"),
		NetworkConfiguration: &ecs.ServiceNetworkConfigurationArgs{
			Subnets:        args.SubnetIDs,
			SecurityGroups: pulumi.StringArray{args.SecurityGroup},
			// The security group lets the load balancer in and nothing else, at a public address as well.
			AssignPublicIp: pulumi.Bool(args.PublicAddress),
		},
		LoadBalancers: ecs.ServiceLoadBalancerArray{&ecs.ServiceLoadBalancerArgs{
			TargetGroupArn: args.TargetGroup,
			ContainerName:  pulumi.String(containerName),
			ContainerPort:  pulumi.Int(args.Port),

			AdvancedConfiguration: s.advancedConfiguration(args),
		}},
	}, s.options(args, roles)...)
	if err != nil {
		return fmt.Errorf("make service: %w", err)
	}
	s.Name, s.Steady = service.Name, service
	return nil
}

// deploymentAlarms makes ECS roll back on alarms. It ignores one that is raised already when a deployment starts.
func deploymentAlarms(args *Args) ecs.ServiceAlarmsPtrInput {
	if args.DeploymentAlarms == nil {
		return nil
	}
	wanted := pulumi.Bool(args.RollbackOnAlarms)
	return &ecs.ServiceAlarmsArgs{AlarmNames: args.DeploymentAlarms, Enable: wanted, Rollback: wanted}
}

// ignoredChanges lists properties that Pulumi leaves as they are. Autoscaling owns the count after the first deployment; setting it again would undo what
// the load asked for. The provider can switch a service's alarms off but cannot take them away, and fails if it is asked to.
func ignoredChanges(args *Args) []string {
	if args.DeploymentAlarms == nil {
		return []string{"desiredCount", "alarms"}
	}
	return []string{"desiredCount"}
}

// options says how Pulumi treats the service. The execution role's policy comes first on the way up and goes last on the way down:
// without it a draining service can neither start nor stop tasks (https://github.com/hashicorp/terraform-provider-aws/issues/3414).
func (s *Service) options(args *Args, roles *roles) []pulumi.ResourceOption {
	timeout := fmt.Sprintf("%dm", args.DeployTimeoutMinutes)
	return []pulumi.ResourceOption{
		pulumi.Parent(s),
		pulumi.DependsOn(slices.Concat(s.before, args.After, []pulumi.Resource{args.Listener}, roles.permissions)),
		pulumi.IgnoreChanges(ignoredChanges(args)),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: timeout, Update: timeout, Delete: timeout}),
	}
}

func (s *Service) outputs(ctx *pulumi.Context) error {
	s.TaskDefinition = s.definition.Arn
	return ctx.RegisterResourceOutputs(s, pulumi.Map{
		"cluster":        s.Cluster,
		"name":           s.Name,
		"taskDefinition": s.TaskDefinition,
		"logGroup":       s.LogGroup,
	})
}

// gracePeriod is nothing where there is none, so that a service that was made without one is not changed.
func gracePeriod(args *Args) pulumi.IntPtrInput {
	if args.HealthGraceSeconds == 0 {
		return nil
	}
	return pulumi.Int(args.HealthGraceSeconds)
}
