package rollout

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// Deployment is what a stack deployed, as far as it came.
type Deployment struct {
	Cluster        string
	Service        string
	TaskDefinition string
	// ImageDigest is the one that the stack's last complete deployment asked for; empty where none was complete.
	ImageDigest string
	LogGroup    string
	// TaskEventsLogGroup keeps why tasks stopped.
	TaskEventsLogGroup string
	// ProductionRule is the listener's rule by which traffic is shifted to a new version; empty where tasks are replaced in place.
	ProductionRule string
}

// FromExport reads a deployment from what `pulumi stack export` writes. The stack's outputs would not do: Pulumi does not update them when
// a resource fails, and since version 6 of the AWS provider a service whose deployment failed is one. The resources are there all the same.
func FromExport(in io.Reader) (Deployment, error) {
	var file apitype.UntypedDeployment
	if err := json.NewDecoder(in).Decode(&file); err != nil {
		return Deployment{}, fmt.Errorf("read the stack, as `pulumi stack export` writes it: %w", err)
	}
	var state apitype.DeploymentV3
	if err := json.Unmarshal(file.Deployment, &state); err != nil {
		return Deployment{}, fmt.Errorf("read the stack's resources: %w", err)
	}
	var d Deployment
	for _, resource := range state.Resources {
		// A replaced resource that waits for its deletion, such as the revision before, is not what was deployed.
		if !resource.Delete && !beside(resource) {
			d.take(resource)
		}
	}
	if d.Service == "" || d.TaskDefinition == "" {
		return Deployment{}, errors.New("the stack has no service and task definition: its first deployment failed before it made them")
	}
	return d, nil
}

// beside tells what only watches the service. It has tasks as well, and the URN has the component that it is a part of.
func beside(resource apitype.ResourceV3) bool {
	return strings.Contains(string(resource.URN.QualifiedType()), ":observability:")
}

// take keeps what a resource tells of the deployment.
func (d *Deployment) take(resource apitype.ResourceV3) {
	switch resource.Type {
	case "pulumi:pulumi:Stack":
		d.ImageDigest = property(resource.Outputs, "imageDigest")
	case "aws:ecs/service:Service":
		d.Service, d.Cluster = short(string(resource.ID)), short(property(resource.Inputs, "cluster"))
	case "aws:ecs/taskDefinition:TaskDefinition":
		d.TaskDefinition = property(resource.Outputs, "arn")
		d.LogGroup = logGroup(property(resource.Inputs, "containerDefinitions"))
	case "aws:lb/listenerRule:ListenerRule":
		d.ProductionRule = string(resource.ID)
	case "aws:cloudwatch/eventTarget:EventTarget":
		if _, name, is := strings.Cut(property(resource.Inputs, "arn"), ":log-group:"); is {
			d.TaskEventsLogGroup = name
		}
	}
}

// logGroup is the one that the first container writes to.
func logGroup(definitions string) string {
	var containers []struct {
		LogConfiguration struct{ Options map[string]string }
	}
	if err := json.Unmarshal([]byte(definitions), &containers); err != nil || len(containers) == 0 {
		return ""
	}
	return containers[0].LogConfiguration.Options["awslogs-group"]
}

// property is a text among a resource's inputs or outputs, or empty.
func property(properties map[string]any, name string) string {
	value, _ := properties[name].(string)
	return value
}
