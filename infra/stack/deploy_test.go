package stack

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/config"
	"github.com/mote-dev/mote/infra/internal/project"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
	"github.com/mote-dev/mote/infra/internal/testimage"
)

// environments are the stacks that have a file of their own.
var environments = []string{"dev", "staging", "prod"}

// trial is one run of the whole stack. It pushes its image to a registry of its own.
type trial struct {
	stack   string
	changes map[string]string
	preview bool
	// partition is that of AWS, and vpc the network that the stack is in from runs before.
	partition string
	vpc       pulumimocks.StandingVpc
}

// program is what Deploy does, with its outputs given to the mocks.
func program(ctx *pulumi.Context) (pulumi.Map, error) {
	cfg, err := config.Load(ctx)
	if err != nil {
		return nil, err
	}
	return build(ctx, cfg)
}

// config returns a stack's settings, with the trial's changes and a test image over them.
func (r trial) config(t testing.TB) map[string]string {
	t.Helper()
	own := ""
	for _, environment := range environments {
		if r.stack == environment {
			own = r.stack
		}
	}
	config, err := project.Config("..", own)
	require.NoError(t, err)
	config["mote:image"] = testimage.Layout(t, testimage.Image(t, "amd64"), testimage.Image(t, "arm64"))
	config["mote:registryEndpoint"] = testimage.Registry(t)
	for key, value := range r.changes {
		config["mote:"+key] = value
	}
	return config
}

// deploy runs a trial to its end.
func deploy(t testing.TB, r trial) (*pulumimocks.Recording, error) {
	t.Helper()
	if r.stack == "" {
		r.stack = "dev"
	}
	return pulumimocks.Record(pulumimocks.Run{
		Project: project.Name, Stack: r.stack, Config: maps.Clone(r.config(t)), Preview: r.preview,
		Partition: r.partition, Vpc: r.vpc,
	}, program)
}

// deployed is deploy for trials that must succeed.
func deployed(t testing.TB, r trial) *pulumimocks.Recording {
	t.Helper()
	recording, err := deploy(t, r)
	require.NoError(t, err)
	return recording
}

// inEachEnvironment runs a check over dev, staging and prod.
func inEachEnvironment(t *testing.T, check func(t *testing.T, r *pulumimocks.Recording)) {
	t.Helper()
	for _, environment := range environments {
		t.Run(environment, func(t *testing.T) {
			check(t, deployed(t, trial{stack: environment}))
		})
	}
}

// theContainer returns the task definition's only container.
func theContainer(t testing.TB, r *pulumimocks.Recording) map[string]any {
	t.Helper()
	var containers []map[string]any
	text, is := r.One(t, "ecs/taskDefinition:TaskDefinition").Inputs["containerDefinitions"].(string)
	require.True(t, is, "the container definitions are not known")
	require.NoError(t, json.Unmarshal([]byte(text), &containers))
	require.Len(t, containers, 1)
	return containers[0]
}

// id is what the mocks answer as the id of a resource.
func id(r pulumimocks.Resource) string { return r.Name + "-id" }
