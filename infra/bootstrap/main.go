// mote/infra/bootstrap makes what deployments need in an AWS account. scripts/ops/bootstrap.sh brings it up.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/bootstrap/account"
)

func main() {
	pulumi.Run(account.Deploy)
}
