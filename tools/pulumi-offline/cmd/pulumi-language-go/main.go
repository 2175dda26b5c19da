// The program by which a Pulumi CLI that was built from its source runs Go programs.
package main

import (
	"fmt"
	"os"

	"github.com/mote-dev/mote/tools/pulumi-offline/commandline"
	"github.com/mote-dev/mote/tools/pulumi-offline/languagehost"
)

func main() {
	if commandline.Introduced(os.Stdout, "pulumi-language-go [FLAG ...] ADDRESS", os.Args) {
		return
	}
	if err := languagehost.Serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error: "+err.Error())
		os.Exit(1)
	}
}
