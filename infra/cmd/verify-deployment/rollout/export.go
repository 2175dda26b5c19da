package rollout

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/export"
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

// FromResources finds what a stack's resources deploy.
func FromResources(resources []apitype.ResourceV3) (Deployment, error) {
	var d Deployment
	for _, resource := range resources {
		if !beside(resource) {
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
		d.ImageDigest = export.Text(resource.Outputs, "imageDigest")
	case "aws:ecs/service:Service":
		d.Service, d.Cluster = short(string(resource.ID)), short(export.Text(resource.Inputs, "cluster"))
	case "aws:ecs/taskDefinition:TaskDefinition":
		d.TaskDefinition = export.Text(resource.Outputs, "arn")
		d.LogGroup = logGroup(export.Text(resource.Inputs, "containerDefinitions"))
	case "aws:lb/listenerRule:ListenerRule":
		d.ProductionRule = string(resource.ID)
	case "aws:cloudwatch/eventTarget:EventTarget":
		if _, name, is := strings.Cut(export.Text(resource.Inputs, "arn"), ":log-group:"); is {
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
