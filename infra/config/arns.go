package config

import (
	"maps"
	"slices"
	"strings"
)

// The fields of an ARN: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
const (
	arnPartition = 1
	arnRegion    = 3
	arnFields    = 6
)

// CheckARNs refuses ARNs of another partition than the stack's, and of another region where AWS needs the same one. ECS reads secrets of
// other regions, AWS's provider on EKS does not. Their key may be of another region, and so may what is permitted.
func (c Config) CheckARNs(region, partition string) error {
	r := &reader{}
	for _, one := range []struct{ key, arn string }{
		{"certificateArn", c.Certificate.Existing}, {"alarmTopicArn", c.Alarms.Topic}, {"import", c.LoadBalancer.Import},
	} {
		r.checkArn(one.key, one.arn, partition, region)
	}
	for _, arn := range c.Kubernetes.AdminArns {
		r.checkArn("kubernetesAdminArns", arn, partition, "")
	}
	for _, arn := range c.Kubernetes.ViewArns {
		r.checkArn("kubernetesViewArns", arn, partition, "")
	}
	r.checkArn("secretsKmsKeyArn", c.Service.SecretsKey, partition, "")
	ofSecrets := ""
	if c.Platform == EKS {
		ofSecrets = region
	}
	for _, name := range slices.Sorted(maps.Keys(c.Service.Secrets)) {
		r.checkArn("secrets", c.Service.Secrets[name], partition, ofSecrets)
	}
	for _, p := range c.Service.Permissions {
		r.checkArn("permissions", p.Resource, partition, "")
	}
	return r.err()
}

// checkArn compares an ARN with where the stack is. One without a region, such as that of a certificate in IAM, is of all regions.
func (r *reader) checkArn(key, arn, partition, region string) {
	fields := strings.SplitN(arn, ":", arnFields)
	if len(fields) < arnFields {
		return // It is empty: what is no ARN was refused before.
	}
	if is := fields[arnPartition]; is != partition {
		r.errorf(key, "has %q: it must be of the partition %s, in which the stack is", arn, partition)
	}
	if is := fields[arnRegion]; region != "" && is != "" && is != region {
		r.errorf(key, "has %q: it must be of the region %s, in which the stack is", arn, region)
	}
}
