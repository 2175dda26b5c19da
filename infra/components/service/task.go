package service

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	containerName = "mote"
	// streamPrefix begins the names of log streams: prefix/container/task.
	streamPrefix = "mote"
	// scratch is the volume for temporary files.
	scratch = "scratch"
	// ScratchPath is where the container has it.
	ScratchPath = "/tmp"
	// privileged is the first port that needs no privilege.
	privileged = 1024
)

// The shapes below are ECS's own: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
// Their fields are in the order and form in which ECS returns them, and empty lists are left out, so that a preview right after a
// deployment finds no difference.
type container struct {
	Name                   string          `json:"name"`
	Image                  string          `json:"image"`
	Essential              bool            `json:"essential"`
	User                   string          `json:"user,omitempty"`
	Command                []string        `json:"command,omitempty"`
	ReadonlyRootFilesystem bool            `json:"readonlyRootFilesystem"`
	StopTimeout            int             `json:"stopTimeout"`
	PortMappings           []portMapping   `json:"portMappings"`
	MountPoints            []mountPoint    `json:"mountPoints,omitempty"`
	SystemControls         []systemControl `json:"systemControls,omitempty"`
	Environment            []variable      `json:"environment,omitempty"`
	Secrets                []reference     `json:"secrets,omitempty"`
	LinuxParameters        linuxParameters `json:"linuxParameters"`
	HealthCheck            *healthCheck    `json:"healthCheck,omitempty"`
	LogConfiguration       logging         `json:"logConfiguration"`
}

type portMapping struct {
	ContainerPort int    `json:"containerPort"`
	HostPort      int    `json:"hostPort"`
	Protocol      string `json:"protocol"`
}

type mountPoint struct {
	SourceVolume  string `json:"sourceVolume"`
	ContainerPath string `json:"containerPath"`
	ReadOnly      bool   `json:"readOnly"`
}

type systemControl struct {
	Namespace string `json:"namespace"`
	Value     string `json:"value"`
}

type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type reference struct {
	Name      string `json:"name"`
	ValueFrom string `json:"valueFrom"`
}

type linuxParameters struct {
	Capabilities       capabilities `json:"capabilities"`
	InitProcessEnabled bool         `json:"initProcessEnabled"`
}

type capabilities struct {
	Drop []string `json:"drop"`
}

// healthCheck's times are seconds.
type healthCheck struct {
	Command     []string `json:"command"`
	Interval    int      `json:"interval"`
	Timeout     int      `json:"timeout"`
	Retries     int      `json:"retries"`
	StartPeriod int      `json:"startPeriod"`
}

type logging struct {
	LogDriver string            `json:"logDriver"`
	Options   map[string]string `json:"options"`
}

// taskDefinition makes it. Its family is fixed: each deployment is one more revision in one history.
func (s *Service) taskDefinition(ctx *pulumi.Context, name string, args *Args, roles *roles) error {
	containers := pulumi.All(args.Image, s.LogGroup).ApplyT(func(known []any) (string, error) {
		return containerDefinitions(args, known[0].(string), known[1].(string))
	}).(pulumi.StringOutput)
	definition, err := ecs.NewTaskDefinition(ctx, name, &ecs.TaskDefinitionArgs{
		Family:                  pulumi.String(name),
		RequiresCompatibilities: pulumi.StringArray{pulumi.String("FARGATE")},
		NetworkMode:             pulumi.String("awsvpc"),
		Cpu:                     pulumi.String(strconv.Itoa(args.CPU)),
		Memory:                  pulumi.String(strconv.Itoa(args.Memory)),
		ExecutionRoleArn:        roles.execution.Arn,
		TaskRoleArn:             roles.task.Arn,
		RuntimePlatform: &ecs.TaskDefinitionRuntimePlatformArgs{
			CpuArchitecture:       pulumi.String(args.Architecture),
			OperatingSystemFamily: pulumi.String("LINUX"),
		},
		ContainerDefinitions: containers,
		Volumes:              volumes(args),
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("make task definition: %w", err)
	}
	s.definition = definition
	return nil
}

// containerDefinitions returns the JSON of the task's one container.
func containerDefinitions(args *Args, image, group string) (string, error) {
	text, err := json.Marshal([]container{{
		Name:                   containerName,
		Image:                  image,
		Essential:              true,
		User:                   args.User,
		Command:                args.Command,
		ReadonlyRootFilesystem: args.ReadOnlyRoot,
		StopTimeout:            args.StopTimeoutSeconds,
		PortMappings:           []portMapping{{ContainerPort: args.Port, HostPort: args.Port, Protocol: "tcp"}},
		MountPoints:            mountPoints(args),
		SystemControls:         systemControls(args),
		Environment:            variables(args.Environment),
		Secrets:                references(args.Secrets),
		LinuxParameters:        linuxParameters{Capabilities: capabilities{Drop: []string{"ALL"}}},
		HealthCheck:            newHealthCheck(args),
		LogConfiguration: logging{LogDriver: "awslogs", Options: map[string]string{
			"awslogs-group":         group,
			"awslogs-region":        args.Caller.Region,
			"awslogs-stream-prefix": streamPrefix,
		}},
	}})
	if err != nil {
		return "", fmt.Errorf("write container definition: %w", err)
	}
	return string(text), nil
}

// noHealthCheck is Docker's word for a container without one.
const noHealthCheck = "NONE"

// newHealthCheck asks a program in the container, which finds a task that hangs even when the load balancer cannot see it. The shortest interval
// that ECS allows is five seconds.
func newHealthCheck(args *Args) *healthCheck {
	if args.HealthCommand[0] == noHealthCheck {
		return nil
	}
	return &healthCheck{Command: args.HealthCommand, Interval: 5, Timeout: 2, Retries: 3, StartPeriod: 5}
}

// volumes are the task's: a folder of its ephemeral storage, which goes with it.
func volumes(args *Args) ecs.TaskDefinitionVolumeArrayInput {
	if !args.ScratchSpace {
		return nil
	}
	return ecs.TaskDefinitionVolumeArray{&ecs.TaskDefinitionVolumeArgs{Name: pulumi.String(scratch)}}
}

func mountPoints(args *Args) []mountPoint {
	if !args.ScratchSpace {
		return nil
	}
	return []mountPoint{{SourceVolume: scratch, ContainerPath: ScratchPath}}
}

// systemControls let a program without privileges listen on the port. Root's own privilege is dropped with all others.
func systemControls(args *Args) []systemControl {
	if args.Port >= privileged {
		return nil
	}
	return []systemControl{{Namespace: "net.ipv4.ip_unprivileged_port_start", Value: strconv.Itoa(args.Port)}}
}

// variables lists the environment by name, since an order that changes would be a new task definition at each run.
func variables(environment map[string]string) []variable {
	var list []variable
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		list = append(list, variable{Name: name, Value: environment[name]})
	}
	return list
}

func references(secrets map[string]string) []reference {
	var list []reference
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		list = append(list, reference{Name: name, ValueFrom: secrets[name]})
	}
	return list
}
