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
	// user owns nothing in the image, which says the same; here it is said to ECS.
	user = "65532:65532"
)

// The shapes below are ECS's own: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
// Their fields are in the order and form in which ECS returns them, and empty lists are left out, so that a preview right after a
// deployment finds no difference.
type container struct {
	Name                   string          `json:"name"`
	Image                  string          `json:"image"`
	Essential              bool            `json:"essential"`
	User                   string          `json:"user"`
	ReadonlyRootFilesystem bool            `json:"readonlyRootFilesystem"`
	StopTimeout            int             `json:"stopTimeout"`
	PortMappings           []portMapping   `json:"portMappings"`
	Environment            []variable      `json:"environment,omitempty"`
	Secrets                []reference     `json:"secrets,omitempty"`
	LinuxParameters        linuxParameters `json:"linuxParameters"`
	HealthCheck            healthCheck     `json:"healthCheck"`
	LogConfiguration       logging         `json:"logConfiguration"`
}

type portMapping struct {
	ContainerPort int    `json:"containerPort"`
	HostPort      int    `json:"hostPort"`
	Protocol      string `json:"protocol"`
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
		User:                   user,
		ReadonlyRootFilesystem: true,
		StopTimeout:            args.StopTimeoutSeconds,
		PortMappings:           []portMapping{{ContainerPort: args.Port, HostPort: args.Port, Protocol: "tcp"}},
		Environment:            variables(args.Environment),
		Secrets:                references(args.Secrets),
		LinuxParameters:        linuxParameters{Capabilities: capabilities{Drop: []string{"ALL"}}},
		HealthCheck:            ownHealthCheck(),
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

// ownHealthCheck asks the program itself, in exec form: the image has no shell. It finds a task that hangs even when the load balancer
// cannot see it. The shortest interval that ECS allows is five seconds.
func ownHealthCheck() healthCheck {
	return healthCheck{
		Command:     []string{"CMD", "/mote", "healthcheck"},
		Interval:    5,
		Timeout:     2,
		Retries:     3,
		StartPeriod: 5,
	}
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
