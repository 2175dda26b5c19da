// Package schemas has the schemas of the objects that the stack makes on EKS, for a rehearsal's API server to know the kinds that only EKS has.
package schemas

import "embed"

// Files are called KIND-VERSION.json, with the group's first word before the version.
//
//go:embed *.json
var Files embed.FS
