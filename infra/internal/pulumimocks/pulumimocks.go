// Package pulumimocks runs a Pulumi program against mocks and keeps what it asked for, so that tests can judge it.
// Only the inputs of resources are judged: what a mock answers proves nothing.
package pulumimocks

import (
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Resource is one that the program registered or read.
type Resource struct {
	Type   string
	Name   string
	Inputs map[string]any
	// Options are how the engine was asked to treat it; nil for one that was only read.
	Options *pulumirpc.RegisterResourceRequest
}

// Call is one look-up.
type Call struct {
	Token  string
	Inputs map[string]any
}

// Recording is everything that a program did.
type Recording struct {
	Resources []Resource
	Calls     []Call
	Outputs   map[string]any
}

// Run is how the program is run.
type Run struct {
	Project string
	Stack   string
	Config  map[string]string
	// Preview runs as `pulumi preview` does.
	Preview bool
	// Partition is the one of AWS that the program finds itself in: aws by default, aws-us-gov or aws-cn.
	Partition string
	// Vpc is the network that the stack is in from runs before, if there were any.
	Vpc StandingVpc
}

// StandingVpc is a network with the stack's security groups in it. An own one was made by the stack.
type StandingVpc struct {
	ID   string
	Cidr string
	Own  bool
}

// monitor stands in for the engine.
type monitor struct {
	lock      sync.Mutex
	recording *Recording
	run       Run
	place     place
}

// Program returns the outputs it would export.
type Program func(ctx *pulumi.Context) (pulumi.Map, error)

// Record runs the program to its end, including all that waits for outputs, and returns what it did or its error.
func Record(run Run, program Program) (*Recording, error) {
	mock := &monitor{recording: &Recording{Outputs: map[string]any{}}, run: run, place: places[run.Partition]}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		outputs, err := program(ctx)
		if err != nil {
			return err
		}
		for name, value := range outputs {
			mock.note(ctx, name, value)
		}
		return nil
	}, pulumi.WithMocks(run.Project, run.Stack, mock), func(info *pulumi.RunInfo) {
		info.Config = maps.Clone(run.Config)
		info.DryRun = run.Preview
	})
	return mock.recording, err
}

// note exports an output and keeps it once it is known.
func (m *monitor) note(ctx *pulumi.Context, name string, value pulumi.Input) {
	ctx.Export(name, pulumi.ToOutput(value).ApplyT(func(known any) any {
		m.lock.Lock()
		defer m.lock.Unlock()
		m.recording.Outputs[name] = known
		return known
	}))
}

// NewResource records a resource and answers as AWS would, as far as a program builds on it.
func (m *monitor) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	m.lock.Lock()
	defer m.lock.Unlock()
	// The outputs of a stack are read, and nothing is made for it.
	if args.TypeToken == "pulumi:pulumi:StackReference" {
		return args.Name, m.place.state(args), nil
	}
	m.recording.Resources = append(m.recording.Resources, Resource{
		Type:    args.TypeToken,
		Name:    args.Name,
		Inputs:  args.Inputs.Mappable(),
		Options: args.RegisterRPC,
	})
	return args.Name + "-id", m.place.state(args), nil
}

// Call records a look-up and answers it.
func (m *monitor) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.recording.Calls = append(m.recording.Calls, Call{Token: args.Token, Inputs: args.Args.Mappable()})
	if known, about := m.standing(args); about {
		return known, nil
	}
	return m.place.answer(args)
}

// Of returns the resources of a type, which is given by its last part, such as ecs/service:Service. There must be as many as said: a
// policy over no resource would hold without saying anything.
func (r *Recording) Of(t testing.TB, kind string, count int) []Resource {
	t.Helper()
	var found []Resource
	for _, one := range r.Resources {
		if strings.HasSuffix(one.Type, ":"+kind) {
			found = append(found, one)
		}
	}
	if len(found) != count {
		t.Fatalf("the program made %d of %s, and the test is about %d", len(found), kind, count)
	}
	return found
}

// One returns the only resource of a type.
func (r *Recording) One(t testing.TB, kind string) Resource {
	t.Helper()
	return r.Of(t, kind, 1)[0]
}

// Named returns the only resource of a type with a name.
func (r *Recording) Named(t testing.TB, kind, name string) Resource {
	t.Helper()
	for _, one := range r.Resources {
		if strings.HasSuffix(one.Type, ":"+kind) && one.Name == name {
			return one
		}
	}
	t.Fatalf("the program made no %s named %s", kind, name)
	return Resource{}
}

// Called says how often a function was called; it is given by its last part, such as ecr/getRepository:getRepository.
func (r *Recording) Called(token string) int {
	count := 0
	for _, call := range r.Calls {
		if strings.HasSuffix(call.Token, ":"+token) {
			count++
		}
	}
	return count
}
