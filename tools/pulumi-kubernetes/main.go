// Command pulumi-resource-kubernetes is Pulumi's Kubernetes provider. The provider's own main package embeds two files that its module does not have under
// the names it wants; build.sh puts them beside this.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var mapping []byte

func main() { provider.Serve("kubernetes", version.Version, schema, mapping) }
