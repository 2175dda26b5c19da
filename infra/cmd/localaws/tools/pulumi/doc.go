// Package pulumi has no code: its module pins the version of the Pulumi CLI, which is built from its Go module.
package pulumi
