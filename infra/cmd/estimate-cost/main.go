// estimate-cost prints what a stack costs a month before it is deployed: go run ./cmd/estimate-cost STACK, in the folder of Pulumi.yaml.
package main

import (
	"fmt"
	"os"

	"github.com/mote-dev/mote/infra/cmd/estimate-cost/estimate"
	"github.com/mote-dev/mote/infra/internal/commandline"
)

func main() {
	commandline.Introduce("estimate-cost [STACK]; without one, the defaults are estimated")
	if len(os.Args) > 2 {
		fmt.Fprintln(os.Stderr, "usage: estimate-cost [STACK]; without one, the defaults are estimated")
		os.Exit(1)
	}
	stack := ""
	if len(os.Args) == 2 {
		stack = os.Args[1]
	}
	bill, err := estimate.Of(".", stack)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	fmt.Print(bill)
}
