// Package bridge has no code: its module pins the version of Pulumi's Terraform bridge, which is built from its Go module.
package bridge
