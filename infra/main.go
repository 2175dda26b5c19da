// mote/infra deploys mote to AWS Fargate. It is an ordinary Pulumi program: `pulumi up` in this folder runs it.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/stack"
)

func main() {
	pulumi.Run(stack.Deploy)
}
