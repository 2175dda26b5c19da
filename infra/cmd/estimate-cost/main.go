// estimate-cost prints what a stack costs a month before it is deployed, and writes what others cost: go run ./cmd/estimate-cost STACK, or -write, in the folder of Pulumi.yaml.
package main

import (
	"fmt"
	"os"

	"github.com/mote-dev/mote/infra/cmd/estimate-cost/estimate"
	"github.com/mote-dev/mote/infra/internal/commandline"
)

func main() {
	commandline.Introduce("estimate-cost [STACK]; without one, the defaults are estimated; -write: writes the tables of docs/capacity.md")
	if len(os.Args) > 2 {
		fmt.Fprintln(os.Stderr, "usage: estimate-cost [STACK]; without one, the defaults are estimated")
		os.Exit(1)
	}
	stack := ""
	if len(os.Args) == 2 {
		stack = os.Args[1]
	}
	if stack == "-write" {
		write()
		return
	}
	bill, err := estimate.Of(".", stack)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	fmt.Print(bill)
}

// write puts what is computed of growth and of others into the document.
func write() {
	if err := estimate.Write(".", "../bench/RESULTS.md", "../docs/capacity.md"); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
