// Package callerinfo finds out where on AWS a program is.
package callerinfo

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Find returns the region, such as eu-central-1, and the account's number, of the credentials that the program has.
func Find(ctx *pulumi.Context) (region, account string, err error) {
	here, err := aws.GetRegion(ctx, nil)
	if err != nil {
		return "", "", fmt.Errorf("look up region: %w", err)
	}
	caller, err := aws.GetCallerIdentity(ctx, nil)
	if err != nil {
		return "", "", fmt.Errorf("look up account: %w", err)
	}
	return here.Id, caller.AccountId, nil
}
