// Package callerinfo looks up where on AWS a program runs, and names things there.
package callerinfo

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Info is where the program's credentials work.
type Info struct {
	// Region is such as eu-central-1, Account the number of the account.
	Region  string
	Account string
	// Partition begins ARNs: aws, aws-cn or aws-us-gov. DNSSuffix ends the host names of its services, such as amazonaws.com, and
	// ReverseDNSPrefix begins the names of some of its VPC endpoints.
	Partition        string
	DNSSuffix        string
	ReverseDNSPrefix string
}

// Find looks up region, account and partition of the program's credentials.
func Find(ctx *pulumi.Context) (Info, error) {
	region, err := aws.GetRegion(ctx, nil)
	if err != nil {
		return Info{}, fmt.Errorf("look up region: %w", err)
	}
	caller, err := aws.GetCallerIdentity(ctx, nil)
	if err != nil {
		return Info{}, fmt.Errorf("look up account: %w", err)
	}
	partition, err := aws.GetPartition(ctx, nil)
	if err != nil {
		return Info{}, fmt.Errorf("look up partition: %w", err)
	}
	return Info{
		Region: region.Id, Account: caller.AccountId,
		Partition: partition.Partition, DNSSuffix: partition.DnsSuffix, ReverseDNSPrefix: partition.ReverseDnsPrefix,
	}, nil
}

// ARN names a resource of a service in the region and the account.
func (i Info) ARN(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", i.Partition, service, i.Region, i.Account, resource)
}

// GlobalARN names a resource of a service that has no regions, such as IAM.
func (i Info) GlobalARN(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s::%s:%s", i.Partition, service, i.Account, resource)
}

// PublicARN names a resource that belongs to no account in its ARN, such as a bucket or a hosted zone.
func (i Info) PublicARN(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:::%s", i.Partition, service, resource)
}

// Boundary is the account's policy of that name as the boundary of a role; none for an empty name.
func (i Info) Boundary(name string) pulumi.StringPtrInput {
	if name == "" {
		return nil
	}
	return pulumi.String(i.GlobalARN("iam", "policy/"+name))
}

// ManagedPolicy names one of AWS's own policies.
func (i Info) ManagedPolicy(name string) string {
	return fmt.Sprintf("arn:%s:iam::aws:policy/%s", i.Partition, name)
}
