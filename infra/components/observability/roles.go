package observability

import (
	"crypto/rand"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// roles are the two of the task: execution is ECS's, to write logs and read the password; task finds the tasks and opens sessions.
type roles struct {
	execution, task *iam.Role
	// permission must be there before the task starts.
	permission pulumi.Resource
}

// password makes a secret with 128 random bits, once: the program makes others in later runs, which are ignored.
func (o *Observability) password(ctx *pulumi.Context, name string, args *Args) error {
	// Pulumi appends digits to this name and calls the secret so.
	secret, err := secretsmanager.NewSecret(ctx, args.SecretPrefix+"/grafana", &secretsmanager.SecretArgs{
		Description: pulumi.String("Password of Grafana's user admin"),
		// A stack that is taken down and put up again makes another.
		RecoveryWindowInDays: pulumi.Int(0),
	}, pulumi.Parent(o))
	if err != nil {
		return fmt.Errorf("make secret: %w", err)
	}
	version, err := secretsmanager.NewSecretVersion(ctx, name, &secretsmanager.SecretVersionArgs{
		SecretId: secret.ID(), SecretString: pulumi.String(rand.Text()),
	}, pulumi.Parent(o), pulumi.IgnoreChanges([]string{"secretString"}))
	if err != nil {
		return fmt.Errorf("set secret: %w", err)
	}
	o.Password, o.secret = secret.Arn, version
	return nil
}

func (o *Observability) roles(ctx *pulumi.Context, name string, args *Args) error {
	execution := pulumi.All(args.LogGroupArn, o.Password).ApplyT(func(arns []any) (string, error) {
		return iampolicy.JSON(
			// A stream's name ends in the task's id, which cannot be known before.
			iampolicy.Allow("WriteLogs", []string{"logs:CreateLogStream", "logs:PutLogEvents"}, []string{arns[0].(string) + ":log-stream:" + streamPrefix + "/*"}),
			iampolicy.Allow("ReadPassword", []string{"secretsmanager:GetSecretValue"}, []string{arns[1].(string)}),
		)
	}).(pulumi.StringOutput)
	task := pulumi.All(args.Cluster, args.ClusterArn).ApplyT(func(known []any) (string, error) {
		return taskPolicy(args, known[0].(string), known[1].(string))
	}).(pulumi.StringOutput)
	var err error
	var first, second *iam.RolePolicy
	if o.taskRole.execution, first, err = o.role(ctx, name+"-execution", "Writes the logs and reads the password", execution, args); err != nil {
		return err
	}
	if o.taskRole.task, second, err = o.role(ctx, name+"-task", "Finds the tasks of the service and opens sessions", task, args); err != nil {
		return err
	}
	o.opened, o.taskRole.permission = append(o.opened, first), second
	return nil
}

func (o *Observability) role(ctx *pulumi.Context, name, description string, policy pulumi.StringInput, args *Args) (*iam.Role, *iam.RolePolicy, error) {
	trust, err := iampolicy.AssumedBy("ecs-tasks.amazonaws.com", args.Caller.Account)
	if err != nil {
		return nil, nil, err
	}
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description: pulumi.String(description), AssumeRolePolicy: pulumi.String(trust), PermissionsBoundary: args.Caller.Boundary(args.Boundary),
	}, pulumi.Parent(o))
	if err != nil {
		return nil, nil, fmt.Errorf("make role: %w", err)
	}
	attached, err := iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{Role: role.Name, Policy: policy}, pulumi.Parent(o))
	if err != nil {
		return nil, nil, fmt.Errorf("allow role: %w", err)
	}
	return role, attached, nil
}

// taskPolicy allows what Prometheus's discovery asks for, in this cluster alone where AWS knows it, and the agent of sessions.
func taskPolicy(args *Args, cluster, clusterArn string) (string, error) {
	inCluster := iampolicy.Condition{"ArnEquals": {"ecs:cluster": {clusterArn}}}
	list := iampolicy.Allow("ListTasks", []string{"ecs:ListServices", "ecs:ListTasks"}, []string{"*"})
	list.Condition = inCluster
	return iampolicy.JSON(
		// Before it begins, Prometheus tries its keys on the cluster that is called default, and ends if it may not.
		iampolicy.Allow("DescribeClusters", []string{"ecs:DescribeClusters"}, []string{clusterArn, args.Caller.ARN("ecs", "cluster/default")}),
		iampolicy.Allow("DescribeTasks", []string{"ecs:DescribeServices", "ecs:DescribeTasks"}, []string{
			args.Caller.ARN("ecs", "service/"+cluster+"/*"), args.Caller.ARN("ecs", "task/"+cluster+"/*"),
		}),
		list,
		// It looks for the public addresses of tasks, which are not used; refused, it finds no task at all. AWS knows no resource for it.
		iampolicy.Allow("DescribeAddresses", []string{"ec2:DescribeNetworkInterfaces"}, []string{"*"}),
		// AWS knows no resource for these: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
		iampolicy.Allow("OpenSessions", []string{
			"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
		}, []string{"*"}),
	)
}
