package account

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/mote-dev/mote/infra/internal/callerinfo"
	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// previewPrefix begins the names of the environments on GitHub whose jobs only read.
const previewPrefix = "preview-"

// environment is one of the stacks that are deployed to the account, and where what it owns is.
type environment struct {
	callerinfo.Info

	// name is the stack's and that of its environment on GitHub; base begins the names of what it makes.
	name   string
	base   string
	bucket string

	// existing are ARNs of what it uses without owning it, by service; own are the names that it gives to what it owns, by kind.
	existing map[string][]string
	own      map[string]string
	// permissions are what its service may be permitted.
	permissions []iampolicy.Permission
	// observed is whether it may have Amazon's own Prometheus and Grafana.
	observed bool
	// onKubernetes is whether its stack may be on EKS.
	onKubernetes bool
}

func (a *account) environment(name string) environment {
	return environment{
		name: name, base: base(name), bucket: a.bucketName(), Info: a.caller, existing: a.cfg.existing[name], own: a.cfg.own[name],
		permissions: a.cfg.permissions[name], observed: slices.Contains(a.cfg.observed, name), onKubernetes: slices.Contains(a.cfg.onKubernetes, name),
	}
}

// part is a policy of a deploying role; its description ends in what the environment's names begin with.
type part struct {
	name, description string
	grants            []grant
}

// addEnvironment makes the environment's two roles, and the permissions boundary of the roles that its stack makes.
func (a *account) addEnvironment(e environment) error {
	if _, err := a.addPolicy(e.boundaryName(), "Permissions boundary of the roles of "+e.base, e.boundary()); err != nil {
		return err
	}
	readOnly, err := a.addPolicy(prefix+"-readonly-"+e.name, "Describes the resources of "+e.base, e.readOnly())
	if err != nil {
		return err
	}
	previewing := []*iam.Policy{readOnly}
	parts := []part{
		{"network", "Changes the network of ", e.changesNetwork()},
		{"loadbalancer", "Changes the load balancer of ", e.changesLoadBalancer()},
		{"service", "Changes the service of ", e.changesService()},
		{"observability", "Changes logs, alarms and autoscaling of ", e.changesObservability()},
	}
	if e.observed {
		described, err := a.addPolicy(prefix+"-managed-readonly-"+e.name, "Describes Amazon's Prometheus and Grafana of "+e.base, e.describesManaged())
		if err != nil {
			return err
		}
		previewing = append(previewing, described)
		parts = append(parts, part{"managed", "Changes Amazon's Prometheus and Grafana of ", e.changesManaged()})
	}
	if e.onKubernetes {
		described, err := a.addPolicy(prefix+"-kubernetes-readonly-"+e.name, "Describes the cluster of "+e.base, e.describesKubernetes())
		if err != nil {
			return err
		}
		previewing = append(previewing, described)
		parts = append(parts, part{"kubernetes", "Changes the cluster of ", e.changesKubernetes()})
	}
	err = a.addRole(role{
		name: prefix + "-preview-" + e.name, environment: previewPrefix + e.name,
		description: "GitHub's jobs that preview " + e.base, policies: previewing, state: e.readsState,
	})
	if err != nil {
		return err
	}
	deploying := slices.Clone(previewing)
	for _, part := range parts {
		made, err := a.addPolicy(prefix+"-"+part.name+"-"+e.name, part.description+e.base, part.grants)
		if err != nil {
			return err
		}
		deploying = append(deploying, made)
	}
	return a.addRole(role{
		name: prefix + "-deploy-" + e.name, environment: e.name, workflows: deployingWorkflows,
		description: "GitHub's jobs that deploy " + e.base, policies: deploying, state: e.writesState,
	})
}

// boundaryName is what the environment's stack has to be told.
func (e environment) boundaryName() string { return prefix + "-boundary-" + e.name }

func (a *account) addPolicy(name, description string, grants []grant) (*iam.Policy, error) {
	document, err := written(grants)
	if err != nil {
		return nil, err
	}
	made, err := iam.NewPolicy(a.ctx, name, &iam.PolicyArgs{
		Name: pulumi.String(name), Description: pulumi.String(description), Policy: pulumi.String(document),
	})
	if err != nil {
		return nil, fmt.Errorf("make policy: %w", err)
	}
	return made, nil
}

// role is one that jobs of an environment on GitHub take: of these workflows on main, or of any if none is named.
type role struct {
	name        string
	description string
	environment string
	workflows   []string
	policies    []*iam.Policy
	// state is what it may do with Pulumi's state, given the ARN of the key.
	state func(key string) []grant
}

func (a *account) addRole(r role) error {
	made, err := iam.NewRole(a.ctx, r.name, &iam.RoleArgs{
		Name:        pulumi.String(r.name),
		Description: pulumi.String(r.description),
		AssumeRolePolicy: a.provider.ApplyT(func(provider string) (string, error) {
			return a.trust(provider, r.environment, r.workflows)
		}).(pulumi.StringOutput),
	})
	if err != nil {
		return fmt.Errorf("make role: %w", err)
	}
	a.roles[r.environment] = made.Arn
	for _, allowed := range r.policies {
		_, err := iam.NewRolePolicyAttachment(a.ctx, r.name+strings.TrimPrefix(allowed.PulumiResourceName(), prefix),
			&iam.RolePolicyAttachmentArgs{Role: made.Name, PolicyArn: allowed.Arn}, pulumi.Parent(made))
		if err != nil {
			return fmt.Errorf("attach policy: %w", err)
		}
	}
	_, err = iam.NewRolePolicy(a.ctx, r.name+"-state", &iam.RolePolicyArgs{
		Role:   made.Name,
		Policy: a.key.Arn.ApplyT(func(key string) (string, error) { return written(r.state(key)) }).(pulumi.StringOutput),
	}, pulumi.Parent(made))
	if err != nil {
		return fmt.Errorf("open state: %w", err)
	}
	return nil
}

// grant allows actions on resources. Why says what keeps a resource from being named whole, where one has a *.
type grant struct {
	sid       string
	why       string
	actions   []string
	resources []string
	condition iampolicy.Condition
}

func written(grants []grant) (string, error) {
	var statements []iampolicy.Statement
	for _, g := range grants {
		statement := iampolicy.Allow(g.sid, g.actions, g.resources)
		statement.Condition = g.condition
		statements = append(statements, statement)
	}
	return iampolicy.JSON(statements...)
}
