package config

import "regexp"

var (
	vpcID    = regexp.MustCompile(`^vpc-[0-9a-f]{8,17}$`)
	subnetID = regexp.MustCompile(`^subnet-[0-9a-f]{8,17}$`)
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html, clusterName.
	clusterName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
	// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html, logGroupName.
	logGroupName = regexp.MustCompile(`^[A-Za-z0-9_./#-]{1,512}$`)
)

func readExisting(r *reader) Existing {
	e := Existing{
		Vpc:         r.matching("existingVpc", vpcID, "the id of a VPC, such as vpc-0123456789abcdef0"),
		Subnets:     r.ids("existingSubnets"),
		TaskSubnets: r.ids("existingTaskSubnets"),
		Cluster:     r.matching("existingCluster", clusterName, "the name of a cluster, not its ARN"),
		LogGroup:    r.matching("existingLogGroup", logGroupName, "the name of a log group, not its ARN"),
	}
	if e.Vpc != "" && len(e.Subnets) < 2 {
		r.wrong("existingSubnets", "has %d: mote:existingVpc needs at least two of its subnets, in different zones", len(e.Subnets))
	}
	if e.Vpc == "" && len(e.Subnets)+len(e.TaskSubnets) > 0 {
		r.wrong("existingVpc", "is empty, and subnets of it are given: it must be the VPC that they are in")
	}
	return e
}

// ids takes a list of ids of subnets.
func (r *reader) ids(key string) []string {
	values := r.list(key)
	for _, value := range values {
		if !subnetID.MatchString(value) {
			r.wrong(key, "has %q: each must be the id of a subnet, such as subnet-0123456789abcdef0", value)
		}
	}
	return values
}
