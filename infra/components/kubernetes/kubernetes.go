// Package kubernetes runs the service on EKS: a cluster in Auto Mode, and in it the pods, which AWS's controller registers in the load balancer's
// target group. Load balancer and network are those that Fargate has.
package kubernetes

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/callerinfo"
	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// Settings are what a user may choose of the cluster.
type Settings struct {
	// Version is Kubernetes' own, such as 1.36.
	Version string
	// APICidrs may reach the API server from the internet; with none it is reached from the VPC alone.
	APICidrs []string
	// AdminArns are the roles that may change everything in the cluster, ViewArns those that may read it.
	AdminArns []string
	ViewArns  []string
}

// Container is what a pod runs, in the words of the stack's settings. Times are seconds.
type Container struct {
	// Architecture is ECS's word: X86_64 or ARM64. CPU is in units of which 1024 are a vCPU, Memory in MiB.
	Architecture string
	CPU          int
	Memory       int
	Port         int
	// MetricsPort is 0 where there are no metrics.
	MetricsPort int
	// HealthCommand is Docker's: CMD and words, CMD-SHELL and a text, or NONE. ReadyPath is asked before a pod gets requests.
	HealthCommand []string
	ReadyPath     string
	Command       []string
	Environment   map[string]string
	// User is by number, or empty.
	User         string
	ReadOnlyRoot bool
	// ScratchPath is a folder that can be written to; empty is none.
	ScratchPath string
	// DrainSeconds pass between the pod's leaving of the load balancer and SIGTERM, StopSeconds between that and SIGKILL.
	DrainSeconds int
	StopSeconds  int
	// StartSeconds is how long a pod may take to be ready.
	StartSeconds int
}

// Scale is how many pods there are.
type Scale struct {
	Min int
	Max int
	// CPUPercent and MemoryPercent are the averages that are kept; 0 leaves the memory out of account.
	CPUPercent    int
	MemoryPercent int
	// InSeconds is how long less load has to last before pods go.
	InSeconds int
	// Zones is how many the pods are spread over.
	Zones int
}

// Args are the settings and what the stack adds to them.
type Args struct {
	Settings
	Container
	Scale

	// Image is the full reference of the image, by digest.
	Image       pulumi.StringInput
	Permissions []iampolicy.Permission
	// Secrets have the ARN of each by the name of the variable that the container gets.
	Secrets map[string]string
	// SecretsKey is the ARN of a key that they, and Kubernetes' own secrets, are encrypted with; empty leaves that to AWS's own keys.
	SecretsKey string
	// Boundary names the IAM policy that bounds all roles; empty is none.
	Boundary  string
	Protected bool

	LogRetentionDays     int
	DeployTimeoutMinutes int
	// HealthSeconds is how long the load balancer takes to find a pod healthy.
	HealthSeconds int

	// SubnetIDs and SecurityGroup are the nodes', whose pods have addresses of their own there. PublicAddress gives each node a public one.
	SubnetIDs     pulumi.StringArrayInput
	SecurityGroup pulumi.StringInput
	PublicAddress bool
	// ClientCidrs are those that the load balancer asks from.
	ClientCidrs []string
	TargetGroup pulumi.StringInput
	// After must exist before nodes and pods, such as their routes and the listener.
	After  []pulumi.Resource
	Caller callerinfo.Info
}

// Kubernetes is the component. Cluster, Namespace and Deployment are names.
type Kubernetes struct {
	pulumi.ResourceState

	Cluster    pulumi.StringOutput `pulumi:"cluster"`
	Namespace  pulumi.StringOutput `pulumi:"namespace"`
	Deployment pulumi.StringOutput `pulumi:"deployment"`

	// Steady is known when all pods of the deployment are ready.
	Steady pulumi.Resource

	cluster *eks.Cluster
	// nodeRole is the nodes' own.
	nodeRole *iam.Role
	provider pulumi.ProviderResource
	// access must exist before anything is done in the cluster, nodes and what runs on them before a pod can run.
	access []pulumi.Resource
	nodes  pulumi.Resource
}

// New makes the cluster and the service in it and, outside previews, waits until all of its pods are ready.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Kubernetes, error) {
	if err := check(args); err != nil {
		return nil, fmt.Errorf("check Kubernetes: %w", err)
	}
	component := &Kubernetes{}
	if err := ctx.RegisterComponentResource("eks:kubernetes:Kubernetes", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register Kubernetes: %w", err)
	}
	for _, step := range []func(*pulumi.Context, string, *Args) error{
		component.addCluster, component.addAccess, component.connect, component.addNodes, component.addSecretsDriver,
		component.addIdentity, component.addWorkload,
	} {
		if err := step(ctx, name, args); err != nil {
			return nil, fmt.Errorf("provision Kubernetes: %w", err)
		}
	}
	return component, component.outputs(ctx)
}

func check(args *Args) error {
	caller := []string{args.Caller.Region, args.Caller.Account, args.Caller.Partition}
	for _, one := range []struct {
		is   bool
		what string
	}{
		{args.Image != nil && args.SubnetIDs != nil && args.SecurityGroup != nil && args.TargetGroup != nil, "image, subnets, security group and target group"},
		{args.CPU != 0 && args.Memory != 0 && args.Port != 0 && args.Min != 0 && args.Max >= args.Min, "CPU, memory, port and a range of pods"},
		{args.Version != "" && len(args.AdminArns) > 0, "the version of Kubernetes and a role that may change it"},
		{len(args.HealthCommand) > 0 && len(args.ClientCidrs) > 0, "the health check and the addresses of the load balancer"},
		{!slices.Contains(caller, ""), "region, account and partition"},
	} {
		if !one.is {
			return errors.New(one.what + " are needed")
		}
	}
	return nil
}

func (k *Kubernetes) outputs(ctx *pulumi.Context) error {
	return ctx.RegisterResourceOutputs(k, pulumi.Map{"cluster": k.Cluster, "namespace": k.Namespace, "deployment": k.Deployment})
}
