package awsplugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Version 5 of the provider waits until a service has one deployment and all its tasks, which is also so after a rollback. Since 6.4 it asks ECS how
// the deployment that it began has ended, and a rollback is an error: findPrimaryDeploymentARN and findDeploymentStatus in
// https://github.com/hashicorp/terraform-provider-aws/blob/v6.21.0/internal/service/ecs/service.go, of which Pulumi's AWS package 7.12 is made.

// ecsAPI is the part of ECS that says how a deployment goes on.
type ecsAPI interface {
	ListServiceDeployments(context.Context, *ecs.ListServiceDeploymentsInput, ...func(*ecs.Options)) (*ecs.ListServiceDeploymentsOutput, error)
	DescribeServiceDeployments(context.Context, *ecs.DescribeServiceDeploymentsInput, ...func(*ecs.Options)) (*ecs.DescribeServiceDeploymentsOutput, error)
}

// rollout is the deployment that one call to ECS begins.
type rollout struct {
	api              ecsAPI
	cluster, service string
	since            time.Time // before the call

	arn        string // of the service
	deployment string // its ARN; empty until there is one
}

// state is how far a rollout is.
type state int

const (
	unseen state = iota // ECS knows of none
	inProgress
	succeeded
	failed
)

// ask asks once how far it is, and why it failed.
func (r *rollout) ask(ctx context.Context) (now state, why string, err error) {
	if r.deployment == "" {
		if err := r.find(ctx); err != nil || r.deployment == "" {
			return unseen, "", err
		}
	}
	found, err := r.api.DescribeServiceDeployments(ctx, &ecs.DescribeServiceDeploymentsInput{ServiceDeploymentArns: []string{r.deployment}})
	if err != nil {
		return inProgress, "", fmt.Errorf("describe the service's deployment: %w", err)
	}
	for _, deployment := range found.ServiceDeployments {
		switch deployment.Status {
		case types.ServiceDeploymentStatusSuccessful:
			return succeeded, "", nil
		case types.ServiceDeploymentStatusStopped, types.ServiceDeploymentStatusRollbackFailed, types.ServiceDeploymentStatusRollbackSuccessful:
			if deployment.StatusReason == nil {
				return failed, "Deployment failed", nil
			}
			return failed, *deployment.StatusReason, nil
		}
	}
	return inProgress, "", nil
}

// find looks for the deployment. That there is no such service yet is no error.
func (r *rollout) find(ctx context.Context) error {
	asked := &ecs.ListServiceDeploymentsInput{Cluster: &r.cluster, Service: &r.service, CreatedAt: &types.CreatedAt{After: &r.since}}
	listed, err := r.api.ListServiceDeployments(ctx, asked)
	var service *types.ServiceNotFoundException
	var cluster *types.ClusterNotFoundException
	if errors.As(err, &service) || errors.As(err, &cluster) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list the service's deployments: %w", err)
	}
	// A page has more than a call can begin.
	for _, deployment := range listed.ServiceDeployments {
		r.arn, r.deployment = aws.ToString(deployment.ServiceArn), aws.ToString(deployment.ServiceDeploymentArn)
	}
	return nil
}
