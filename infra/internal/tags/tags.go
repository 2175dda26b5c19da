// Package tags puts the same tags on every resource of a stack, so that no component can forget them.
package tags

import (
	"maps"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Register makes every taggable resource that follows carry the project, the stack and its own logical name. A transformation
// does this, not the provider's default tags: those would need a provider of our own, which would not read the `aws:` settings.
func Register(ctx *pulumi.Context) error {
	project, stack := pulumi.String(ctx.Project()), pulumi.String(ctx.Stack())
	return ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		field, taggable := tagsOf(args.Props)
		if !taggable {
			return nil
		}
		tags := pulumi.StringMap{"project": project, "stack": stack, "Name": pulumi.String(args.Name)}
		if own, given := reflect.TypeAssert[pulumi.StringMap](field); given {
			maps.Copy(tags, own)
		}
		field.Set(reflect.ValueOf(tags))
		return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: args.Opts}
	})
}

// tagsOf returns the field Tags of a resource's arguments, which are a pointer to a struct, if there is one to be set.
func tagsOf(props pulumi.Input) (reflect.Value, bool) {
	pointer := reflect.ValueOf(props)
	if pointer.Kind() != reflect.Pointer || pointer.IsNil() || pointer.Elem().Kind() != reflect.Struct {
		return reflect.Value{}, false
	}
	field := pointer.Elem().FieldByName("Tags")
	return field, field.IsValid() && field.Type() == reflect.TypeFor[pulumi.StringMapInput]()
}
