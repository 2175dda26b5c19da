// Pulumi's AWS plugin for machines that cannot download it. With the argument "provider" it prints which provider it would run.
package main

import (
	"fmt"
	"os"

	"github.com/mote-dev/mote/tools/pulumi-offline/awsplugin"
	"github.com/mote-dev/mote/tools/pulumi-offline/commandline"
)

// version is the release of Pulumi's AWS package that the plugin stands in for; build.sh sets it.
var version string

func main() {
	if commandline.Introduced(os.Stdout, "pulumi-resource-aws provider | ADDRESS", os.Args) {
		return
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error: "+err.Error())
		os.Exit(1)
	}
}

func run(arguments []string) error {
	provider, err := awsplugin.TerraformProvider()
	if err != nil {
		return fmt.Errorf("the AWS plugin of Pulumi can't be downloaded here, and there is %w", err)
	}
	if len(arguments) == 1 && arguments[0] == "provider" {
		_, err := fmt.Println(provider)
		return err
	}
	return awsplugin.Serve(version, provider, arguments)
}
