package service

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// roles are the two that a task has: execution is ECS's, to fetch the image and write logs; task is the service's own and may do what is
// permitted, by default nothing.
type roles struct {
	execution   *iam.Role
	task        *iam.Role
	permissions []pulumi.Resource
}

func (s *Service) roles(ctx *pulumi.Context, name string, args *Args) (*roles, error) {
	made := &roles{}
	trust, err := iampolicy.AssumedBy("ecs-tasks.amazonaws.com", args.Caller.Account)
	if err != nil {
		return nil, err
	}
	if made.execution, err = s.role(ctx, name+"-execution", "Fetches the image and writes the logs", trust, args); err != nil {
		return nil, err
	}
	if err := s.taskRole(ctx, name, trust, args, made); err != nil {
		return nil, err
	}
	permission, err := iam.NewRolePolicy(ctx, name+"-execution", &iam.RolePolicyArgs{
		Role: made.execution.Name,
		Policy: pulumi.All(args.RepositoryArn, s.LogGroupArn).ApplyT(func(arns []any) (string, error) {
			return executionPolicy(args, arns[0].(string), arns[1].(string))
		}).(pulumi.StringOutput),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("allow execution role: %w", err)
	}
	made.permissions = append(made.permissions, permission)
	return made, nil
}

// taskRole makes the service's own role, with what is permitted.
func (s *Service) taskRole(ctx *pulumi.Context, name, trust string, args *Args, made *roles) (err error) {
	description := "The service itself: no permission"
	if len(args.Permissions) > 0 {
		description = "The service itself: what its stack permits"
	}
	if made.task, err = s.role(ctx, name+"-task", description, trust, args); err != nil || len(args.Permissions) == 0 {
		return err
	}
	document, err := iampolicy.JSON(iampolicy.AllowEach("Permission", args.Permissions)...)
	if err != nil {
		return err
	}
	permission, err := iam.NewRolePolicy(ctx, name+"-task", &iam.RolePolicyArgs{
		Role: made.task.Name, Policy: pulumi.String(document),
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("allow task role: %w", err)
	}
	made.permissions = append(made.permissions, permission)
	return nil
}

func (s *Service) role(ctx *pulumi.Context, name, description, trust string, args *Args) (*iam.Role, error) {
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description:      pulumi.String(description),
		AssumeRolePolicy: pulumi.String(trust),
		// A deploying role of infra/bootstrap may create no role without it: it could give that role more than it has itself.
		PermissionsBoundary: args.Caller.Boundary(args.Boundary),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("make role: %w", err)
	}
	return role, nil
}

// executionPolicy allows what ECS does for a task before and beside it, on this repository and this log group.
func executionPolicy(args *Args, repository, group string) (string, error) {
	return iampolicy.JSON(append(iampolicy.AllowSecrets(args.Secrets, args.SecretsKey),
		// A token is for the whole registry: AWS knows no resource for this action
		// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html).
		iampolicy.Allow("LogInToRegistry", []string{"ecr:GetAuthorizationToken"}, []string{"*"}),
		iampolicy.Allow("FetchImage", []string{
			"ecr:BatchCheckLayerAvailability",
			"ecr:BatchGetImage",
			"ecr:GetDownloadUrlForLayer",
		}, []string{repository}),
		// A stream's name ends in the task's id, which cannot be known before: all streams of this one service.
		iampolicy.Allow("WriteLogs", []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			[]string{group + ":log-stream:" + streamPrefix + "/" + containerName + "/*"}),
	)...)
}
