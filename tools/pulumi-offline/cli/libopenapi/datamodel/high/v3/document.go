// Package v3 has what a description of OpenAPI 3 consists of.
package v3

import (
	"github.com/pb33f/libopenapi/datamodel/high/base"
	"github.com/pb33f/libopenapi/orderedmap"
	"go.yaml.in/yaml/v4"
)

// Document is a description.
type Document struct {
	Info       *struct{ Version string }
	Components *struct {
		Schemas *orderedmap.Map[string, *base.SchemaProxy]
	}
	Paths *struct {
		PathItems *orderedmap.Map[string, *PathItem]
	}
}

// PathItem has the operations of a path.
type PathItem struct{ Get, Post, Put, Delete, Patch, Head *Operation }

// Operation is a request that is answered.
type Operation struct {
	OperationId, Summary, Description string
	Tags                              []string
	Parameters                        []*Parameter
	RequestBody                       *struct {
		Content *orderedmap.Map[string, *MediaType]
	}
	Responses *struct {
		Codes   *orderedmap.Map[string, *Response]
		Default *Response
	}
	Deprecated *bool
	Extensions *orderedmap.Map[string, *yaml.Node]
}

// Parameter is one of a request.
type Parameter struct {
	Name, In, Description string
	Required              *bool
	Schema                *base.SchemaProxy
}

// Response is an answer.
type Response struct {
	Description string
	Content     *orderedmap.Map[string, *MediaType]
}

// MediaType is what a body has.
type MediaType struct{ Schema *base.SchemaProxy }
