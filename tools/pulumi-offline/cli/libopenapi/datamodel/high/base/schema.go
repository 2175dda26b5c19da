// Package base has what describes a value.
package base

import (
	"github.com/pb33f/libopenapi/orderedmap"
	"go.yaml.in/yaml/v4"
)

// Schema describes a value.
type Schema struct {
	Type                         []string
	Format, Pattern, Description string
	Nullable, ReadOnly           *bool
	MinLength, MaxLength         *int64
	Minimum, Maximum, MultipleOf *float64
	Default                      *yaml.Node
	Enum                         []*yaml.Node
	Required                     []string
	AllOf, OneOf, AnyOf          []*SchemaProxy
	Properties                   *orderedmap.Map[string, *SchemaProxy]
	Items, AdditionalProperties  *DynamicValue
	Discriminator                *Discriminator
	Extensions                   *orderedmap.Map[string, *yaml.Node]
}

// GoLow is nil: there is no text that it was read from.
func (*Schema) GoLow() *Source { return nil }

// MarshalJSONInline writes nothing.
func (*Schema) MarshalJSONInline() ([]byte, error) { return nil, nil }

// Source would be where a schema was read.
type Source struct{}

// Hash is the same for all.
func (*Source) Hash() uint64 { return 0 }

// SchemaProxy would be a reference to a schema.
type SchemaProxy struct{}

// Schema is nil: nothing is referred to.
func (*SchemaProxy) Schema() *Schema { return nil }

// DynamicValue is a reference or a truth value.
type DynamicValue struct {
	A *SchemaProxy
	B bool
}

// IsA says whether it is a reference.
func (v *DynamicValue) IsA() bool { return v.A != nil }

// Discriminator says by which property values differ.
type Discriminator struct {
	PropertyName string
	Mapping      *orderedmap.Map[string, string]
}
