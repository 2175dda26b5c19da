package loadbalancer

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// targetPort is the target group's own, which no request uses: ECS registers each task with the port that it listens on, and health checks
// ask there. It is constant, since a target group is replaced with its port, and the service with its target group.
const targetPort = 80

// HealthyAfter and unhealthyAfter are the fewest that AWS allows: the service's own health check is exact, so one more is enough to be sure.
const (
	HealthyAfter   = 2
	unhealthyAfter = 2
)

// addTargetGroup makes one, with its health check.
func (l *LoadBalancer) addTargetGroup(ctx *pulumi.Context, name string, args *Args) (*lb.TargetGroup, error) {
	targets, err := lb.NewTargetGroup(ctx, name, &lb.TargetGroupArgs{
		VpcId: args.VpcID,
		Tags:  clusterTag(args.Cluster),
		// Fargate's tasks have addresses of their own; there is no instance to register.
		TargetType:          pulumi.String("ip"),
		Protocol:            pulumi.String("HTTP"),
		Port:                pulumi.Int(targetPort),
		DeregistrationDelay: pulumi.Int(args.DeregistrationDelay),
		HealthCheck: &lb.TargetGroupHealthCheckArgs{
			Path:               pulumi.String(args.HealthPath),
			Protocol:           pulumi.String("HTTP"),
			Matcher:            pulumi.String("200"),
			Interval:           pulumi.Int(args.HealthInterval),
			Timeout:            pulumi.Int(args.HealthTimeout),
			HealthyThreshold:   pulumi.Int(HealthyAfter),
			UnhealthyThreshold: pulumi.Int(unhealthyAfter),
		},
	}, pulumi.Parent(l))
	if err != nil {
		return nil, fmt.Errorf("make target group: %w", err)
	}
	return targets, nil
}

// clusterTag says which cluster may register targets: AWS's policy for EKS Auto Mode allows it for nothing else.
func clusterTag(cluster string) pulumi.StringMapInput {
	if cluster == "" {
		return nil
	}
	return pulumi.StringMap{iampolicy.ClusterTag: pulumi.String(cluster)}
}
