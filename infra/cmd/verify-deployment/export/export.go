// Package export reads a stack as `pulumi stack export` writes it. The stack's outputs would not do: Pulumi does not update them when a resource
// fails, and a service whose deployment failed is one. The resources are there all the same.
package export

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// Read returns the stack's resources. One that was replaced and waits for its deletion, such as the revision before, is not what was deployed.
func Read(in io.Reader) ([]apitype.ResourceV3, error) {
	var file apitype.UntypedDeployment
	if err := json.NewDecoder(in).Decode(&file); err != nil {
		return nil, fmt.Errorf("read the stack, as `pulumi stack export` writes it: %w", err)
	}
	var state apitype.DeploymentV3
	if err := json.Unmarshal(file.Deployment, &state); err != nil {
		return nil, fmt.Errorf("read the stack's resources: %w", err)
	}
	var resources []apitype.ResourceV3
	for _, resource := range state.Resources {
		if !resource.Delete {
			resources = append(resources, resource)
		}
	}
	return resources, nil
}

// Text is a text among a resource's inputs or outputs, below objects of these names, or empty.
func Text(properties map[string]any, path ...string) string {
	for _, name := range path[:len(path)-1] {
		properties, _ = properties[name].(map[string]any)
	}
	text, _ := properties[path[len(path)-1]].(string)
	return text
}
