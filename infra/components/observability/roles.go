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

// addPassword makes a secret with 128 random bits, once: the program makes others in later runs, which are ignored.
func (o *Observability) addPassword(ctx *pulumi.Context, name string, args *Args) error {
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
	o.password, o.opened = secret.Arn, append(o.opened, version)
	o.Outputs["grafanaPasswordSecret"] = secret.Arn
	return nil
}

func (o *Observability) roles(ctx *pulumi.Context, name string, args *Args) error {
	execution := pulumi.Array{args.LogGroupArn}
	task := pulumi.Array{args.Cluster, args.ClusterArn}
	writes, finds := "Writes the logs and reads the password", "Finds the tasks of the service and opens sessions"
	if args.Mode == Managed {
		task = append(task, o.workspace.Arn)
		writes, finds = "Writes the logs", "Finds the tasks of the service and sends their metrics"
	} else {
		execution = append(execution, o.password)
	}
	var err error
	var first *iam.RolePolicy
	if o.taskRole.execution, first, err = o.role(ctx, name+"-execution", ecsTasks, writes, execution, args, executionPolicy); err != nil {
		return err
	}
	o.opened = append(o.opened, first)
	o.taskRole.task, o.taskRole.permission, err = o.role(ctx, name+"-task", ecsTasks, finds, task, args, taskPolicy)
	return err
}

// ecsTasks is who takes the roles of a task.
const ecsTasks = "ecs-tasks.amazonaws.com"

// role makes a role with the policy of names and ARNs that are known later.
func (o *Observability) role(
	ctx *pulumi.Context, name, service, description string, later pulumi.Array, args *Args, policy func(args *Args, known []string) (string, error),
) (*iam.Role, *iam.RolePolicy, error) {
	trust, err := iampolicy.AssumedBy(service, args.Caller.Account)
	if err != nil {
		return nil, nil, err
	}
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description: pulumi.String(description), AssumeRolePolicy: pulumi.String(trust), PermissionsBoundary: args.Caller.Boundary(args.Boundary),
	}, pulumi.Parent(o))
	if err != nil {
		return nil, nil, fmt.Errorf("make role: %w", err)
	}
	document := later.ToArrayOutput().ApplyT(func(values []any) (string, error) {
		known := make([]string, len(values))
		for i := range values {
			known[i] = values[i].(string)
		}
		return policy(args, known)
	}).(pulumi.StringOutput)
	attached, err := iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{Role: role.Name, Policy: document}, pulumi.Parent(o))
	if err != nil {
		return nil, nil, fmt.Errorf("allow role: %w", err)
	}
	return role, attached, nil
}

// executionPolicy is that of ECS itself, given the ARNs of the log group and, if there is one, of the password.
func executionPolicy(_ *Args, arns []string) (string, error) {
	// A stream's name ends in the task's id, which cannot be known before.
	statements := []iampolicy.Statement{
		iampolicy.Allow("WriteLogs", []string{"logs:CreateLogStream", "logs:PutLogEvents"}, []string{arns[0] + ":log-stream:" + streamPrefix + "/*"}),
	}
	if len(arns) > 1 {
		statements = append(statements, iampolicy.Allow("ReadPassword", []string{"secretsmanager:GetSecretValue"}, arns[1:]))
	}
	return iampolicy.JSON(statements...)
}

// taskPolicy allows what Prometheus's discovery asks for, in this cluster alone where AWS knows it: a name and an ARN. It allows besides to send to
// the workspace whose ARN comes third, or the agent of sessions.
func taskPolicy(args *Args, known []string) (string, error) {
	cluster, clusterArn := known[0], known[1]
	inCluster := iampolicy.Condition{"ArnEquals": {"ecs:cluster": {clusterArn}}}
	list := iampolicy.Allow("ListTasks", []string{"ecs:ListServices", "ecs:ListTasks"}, []string{"*"})
	list.Condition = inCluster
	// AWS knows no resource for these: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
	last := iampolicy.Allow("OpenSessions", []string{
		"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
	}, []string{"*"})
	if args.Mode == Managed {
		last = iampolicy.Allow("SendMetrics", []string{"aps:RemoteWrite"}, known[2:])
	}
	return iampolicy.JSON(
		// Before it begins, Prometheus tries its keys on the cluster that is called default, and ends if it may not.
		iampolicy.Allow("DescribeClusters", []string{"ecs:DescribeClusters"}, []string{clusterArn, args.Caller.ARN("ecs", "cluster/default")}),
		iampolicy.Allow("DescribeTasks", []string{"ecs:DescribeServices", "ecs:DescribeTasks"}, []string{
			args.Caller.ARN("ecs", "service/"+cluster+"/*"), args.Caller.ARN("ecs", "task/"+cluster+"/*"),
		}),
		list,
		// It looks for the public addresses of tasks, which are not used; refused, it finds no task at all. AWS knows no resource for it.
		iampolicy.Allow("DescribeAddresses", []string{"ec2:DescribeNetworkInterfaces"}, []string{"*"}),
		last,
	)
}
