package kubernetes

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/export"
)

// Deployment is what a stack on EKS deployed, as far as it came.
type Deployment struct {
	// Cluster is the name by which EKS knows the cluster; Endpoint and Authority are where its API server is and whose certificate that has.
	Cluster   string
	Endpoint  string
	Authority string
	Namespace string
	Name      string
	// Image is the one that Pulumi asked for last, ImageDigest that of the stack's last complete deployment; empty where none was complete.
	Image       string
	ImageDigest string
	// TargetGroup is the load balancer's, or empty.
	TargetGroup string
	// Inputs are the whole object as Pulumi applied it, Manager is the name by which Pulumi owns its fields.
	Inputs  map[string]any
	Manager string
}

// Is tells whether a stack's resources are those of EKS.
func Is(resources []apitype.ResourceV3) bool {
	for _, resource := range resources {
		if resource.Type == clusterType {
			return true
		}
	}
	return false
}

const clusterType = "aws:eks/cluster:Cluster"

// FromResources finds what a stack's resources deploy.
func FromResources(resources []apitype.ResourceV3) (Deployment, error) {
	var d Deployment
	for _, resource := range resources {
		d.take(resource)
	}
	if d.Endpoint == "" || d.Name == "" {
		return Deployment{}, errors.New("the stack has no cluster and Deployment: its first deployment failed before it made them")
	}
	return d, nil
}

// take keeps what a resource tells of the deployment.
func (d *Deployment) take(resource apitype.ResourceV3) {
	switch resource.Type {
	case "pulumi:pulumi:Stack":
		d.ImageDigest = export.Text(resource.Outputs, "imageDigest")
	case clusterType:
		d.Cluster = export.Text(resource.Outputs, "name")
		d.Endpoint = export.Text(resource.Outputs, "endpoint")
		d.Authority = export.Text(resource.Outputs, "certificateAuthority", "data")
	case "kubernetes:apps/v1:Deployment":
		d.Namespace, d.Name = export.Text(resource.Inputs, "metadata", "namespace"), export.Text(resource.Inputs, "metadata", "name")
		d.Inputs, d.Manager = resource.Inputs, export.Text(resource.Outputs, "__fieldManager")
		d.Image = image(resource.Inputs)
	case "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding":
		d.TargetGroup = export.Text(resource.Inputs, "spec", "targetGroupARN")
	}
}

// image is the first container's.
func image(object map[string]any) string {
	spec := object
	for _, name := range []string{"spec", "template", "spec"} {
		spec, _ = spec[name].(map[string]any)
	}
	containers, _ := spec["containers"].([]any)
	if len(containers) == 0 {
		return ""
	}
	first, _ := containers[0].(map[string]any)
	return export.Text(first, "image")
}
