package account

import (
	"slices"
	"strings"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
	"github.com/mote-dev/mote/infra/internal/project"
)

// Here is how the environment's own things are told from those of others: by their names where it gives them, by their tags where AWS does.

// named is whatever the environment's stack gave a name to of some kind, such as role: the name and what Pulumi or the stack appends.
func (e environment) named(kind string) string { return kind + e.base + "-*" }

// secrets begins the names of the environment's secrets and parameters.
func (e environment) secrets() string { return project.Name + "/" + e.name }

// plus adds what the environment uses without owning it.
func (e environment) plus(service string, arns ...string) []string {
	return append(arns, e.existing[service]...)
}

func (e environment) repositories() []string {
	return e.plus("ecr", e.arn("ecr", "repository/"+e.base))
}

func (e environment) clusters() []string { return e.plus("ecs", e.arn("ecs", "cluster/"+e.base)) }

// taskLogs are the groups that the tasks write to.
func (e environment) taskLogs() []string {
	return e.plus("logs", e.arn("logs", "log-group:/ecs/"+e.base))
}

// logs are all groups that the stack makes.
func (e environment) logs() []string {
	return []string{
		e.arn("logs", "log-group:/ecs/"+e.base),
		e.arn("logs", "log-group:/aws/ecs/containerinsights/"+e.base+"/performance"),
		e.arn("logs", "log-group:/aws/events/"+e.base+"-stops"),
	}
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
func (e environment) tagging() iampolicy.Condition {
	return iampolicy.Condition{"StringEquals": {"aws:RequestTag/project": {project.Name}, "aws:RequestTag/stack": {e.name}}}
}

// last is what an ARN ends in behind its last slash.
func last(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
