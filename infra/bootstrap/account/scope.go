package account

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
	"github.com/mote-dev/mote/infra/internal/names"
	"github.com/mote-dev/mote/infra/internal/project"
)

// How an environment's own resources are told from those of others: by name where the stack names them, by tag where AWS numbers them.

// named is whatever the environment's stack gave a name to of some kind, such as role: the name and what Pulumi or the stack appends.
func (e environment) named(kind string) string { return kind + e.base + "-*" }

// secrets begins the names of the environment's secrets and parameters.
func (e environment) secrets() string { return project.Name + "/" + e.name }

// plus adds what the environment uses without owning it.
func (e environment) plus(service string, arns ...string) []string {
	return append(arns, e.existing[service]...)
}

func (e environment) repositories() []string { return e.plus("ecr", e.ownRepository()) }

// ownRepository is the one that the stack makes.
func (e environment) ownRepository() string {
	return e.ARN("ecr", "repository/"+cmp.Or(e.own[ownRepository], e.base))
}

// ownLogGroup is the one that the stack makes for its tasks.
func (e environment) ownLogGroup() string {
	return e.ARN("logs", "log-group:"+cmp.Or(e.own[ownLogGroup], "/ecs/"+e.base))
}

// balancers are what the load balancer's ARN, and those of its listeners and rules, are like: of a kind such as listener.
func (e environment) balancers(kind string) string {
	if name := e.own[ownLoadBalancer]; name != "" {
		return e.ARN("elasticloadbalancing", kind+"/app/"+name+"/*")
	}
	return e.ARN("elasticloadbalancing", e.named(kind+"/app/"))
}

func (e environment) clusters() []string { return e.plus("ecs", e.ARN("ecs", "cluster/"+e.base)) }

// taskLogs are the groups that the tasks write to.
func (e environment) taskLogs() []string { return e.plus("logs", e.ownLogGroup()) }

// logs are all groups that the stack makes.
func (e environment) logs() []string {
	return []string{
		e.ownLogGroup(),
		e.ARN("logs", "log-group:/aws/ecs/containerinsights/"+e.base+"/performance"),
		e.ARN("logs", "log-group:"+names.TaskEvents(e.base)),
	}
}

// definitions are the task definitions of the service and of what watches it, in all revisions.
func (e environment) definitions() []string {
	return []string{e.ARN("ecs", "task-definition/"+e.base+":*"), e.ARN("ecs", "task-definition/"+names.Observability(e.base)+":*")}
}

// passwords are the secrets that the stack makes itself.
func (e environment) passwords() []string {
	return []string{e.ARN("secretsmanager", "secret:"+e.secrets()+"/grafana-*")}
}

// with appends to each.
func with(end string, arns []string) []string {
	arns = slices.Clone(arns)
	for i := range arns {
		arns[i] += end
	}
	return arns
}

// tagged is met by what carries the tags that the stack puts on everything.
func (e environment) tagged() iampolicy.Condition {
	return iampolicy.Condition{"StringEquals": {"aws:ResourceTag/project": {project.Name}, "aws:ResourceTag/stack": {e.name}}}
}

// tagging is met by a request that puts those tags on what it makes.
func (e environment) requestTagged() iampolicy.Condition {
	return iampolicy.Condition{"StringEquals": {"aws:RequestTag/project": {project.Name}, "aws:RequestTag/stack": {e.name}}}
}

// last is what an ARN ends in behind its last slash.
func last(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
