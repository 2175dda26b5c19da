// Package importopts lets a stack take over existing resources.
package importopts

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Options take over the resource with AWS's id for it, or do nothing where the id is empty. What is imported is changed to what the
// program says; a difference that can only be had by a new resource would delete the old one, so it is protected as long as the id is given.
func Options(id string) []pulumi.ResourceOption {
	if id == "" {
		return nil
	}
	return []pulumi.ResourceOption{pulumi.Import(pulumi.ID(id)), pulumi.Protect(true)}
}

// Named is a fixed name, or none, which leaves the name to Pulumi.
func Named(name string) pulumi.StringPtrInput {
	if name == "" {
		return nil
	}
	return pulumi.String(name)
}
