// Package dryrun runs a stack's whole program against mocks, for programs that ask what it would make: what it costs, what a scanner finds.
package dryrun

import (
	"cmp"
	"fmt"
	"os"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/project"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
	"github.com/mote-dev/mote/infra/stack"
)

// Record runs a stack of the project in a folder as a preview, with other settings over its own, and returns what it asked for. An empty
// name has the defaults only. What is asked for does not depend on the image, so it gets an empty one.
func Record(folder, name string, changes map[string]string) (*pulumimocks.Recording, error) {
	return RecordAs(folder, name, cmp.Or(name, "default"), changes)
}

// RecordAs is Record for a stack that is called otherwise than the one whose settings it has.
func RecordAs(folder, of, name string, changes map[string]string) (*pulumimocks.Recording, error) {
	values, err := project.Config(folder, of)
	if err != nil {
		return nil, err
	}
	image, err := emptyImage()
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(image) }()
	values[project.Name+":image"] = image
	for key, value := range changes {
		values[project.Name+":"+key] = value
	}
	run := pulumimocks.Run{Project: project.Name, Stack: name, Config: values, Preview: true}
	recording, err := pulumimocks.Record(run, func(ctx *pulumi.Context) (pulumi.Map, error) {
		return nil, stack.Deploy(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("run the stack's program: %w", err)
	}
	return recording, nil
}

// emptyImage writes an image of each architecture into a folder of its own.
func emptyImage() (string, error) {
	folder, err := os.MkdirTemp("", "mote-dryrun-")
	if err != nil {
		return "", fmt.Errorf("make folder: %w", err)
	}
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		return "", fmt.Errorf("write layout: %w", err)
	}
	for _, architecture := range []string{"amd64", "arm64"} {
		config, err := empty.Image.ConfigFile()
		if err != nil {
			return "", fmt.Errorf("read configuration: %w", err)
		}
		config = config.DeepCopy()
		config.Architecture = architecture
		image, err := mutate.ConfigFile(empty.Image, config)
		if err != nil {
			return "", fmt.Errorf("write configuration: %w", err)
		}
		if err := path.AppendImage(image); err != nil {
			return "", fmt.Errorf("write image: %w", err)
		}
	}
	return folder, nil
}
