// Package libopenapi has the names of the module of that name that Pulumi's CLI uses, and none of the rest, which is a quarter of what the CLI is compiled
// from. One command needs it, "pulumi api", to read which requests Pulumi Cloud answers. No rehearsal asks Pulumi Cloud: docs/decisions/0105.
package libopenapi

import (
	"errors"

	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

// ErrLeftOut is what "pulumi api" says.
var ErrLeftOut = errors.New(`this Pulumi was built for rehearsals, without "pulumi api"`)

// Document would be a description that was read.
type Document interface {
	BuildV3Model() (*Model, error)
}

// Model has what a description of OpenAPI 3 says.
type Model struct{ Model v3.Document }

// NewDocument is always ErrLeftOut.
func NewDocument([]byte) (Document, error) { return nil, ErrLeftOut }
