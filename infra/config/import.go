package config

import (
	"regexp"
	"strings"
)

var (
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html, Name.
	balancerName = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$`)
	balancerArn  = regexp.MustCompile(`^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:loadbalancer/app/([^/]+)/[0-9a-z]+$`)
)

// Names are fixed ones for what is otherwise named after the stack, or by Pulumi. Changing one replaces what it names.
type Names struct {
	Repository   string
	LogGroup     string
	LoadBalancer string
}

// Import has AWS's ids of what the stack takes over from somebody else; what is empty is made.
type Import struct {
	Repository   string
	LogGroup     string
	LoadBalancer string
}

func readNames(r *reader, existing Existing, repository string) Names {
	n := Names{
		Repository:   r.matching("repositoryName", repositoryName, "the name of a repository, without its host, such as team/mote"),
		LogGroup:     r.matching("logGroupName", logGroupName, "the name of a log group, not its ARN"),
		LoadBalancer: r.matching("loadBalancerName", balancerName, "at most 32 letters, digits and hyphens, such as team-mote"),
	}
	r.twice("repositoryName", n.Repository, "existingRepository", repository)
	r.twice("logGroupName", n.LogGroup, "existingLogGroup", existing.LogGroup)
	return n
}

// twice refuses to name what is not made.
func (r *reader) twice(key, value, other, existing string) {
	if value != "" && existing != "" {
		r.wrong(key, "is set, and mote:%s is too: one of them must go, since what is there already keeps its name", other)
	}
}

// readImport takes a list of thing=id. AWS renames nothing, so the name of what is handed over has to be set too, and stays when the list is
// empty again.
func readImport(r *reader, names Names) Import {
	var i Import
	for _, text := range r.list("import") {
		thing, id, _ := strings.Cut(text, "=")
		place, key, name := i.place(thing, id, names)
		switch {
		case place == nil || id == "":
			r.wrong("import", "has %q: each must be repository=NAME, logGroup=NAME or loadBalancer=ARN", text)
		case *place != "":
			r.wrong("import", "has %s twice: each must be handed over once", thing)
		case name != nameOf(id):
			r.wrong(key, "is %q, and mote:import hands over %s: it must be %q, and stay so", name, text, nameOf(id))
		}
		if place != nil {
			*place = id
		}
	}
	return i
}

// place says where the id of a thing is kept, and which setting has its name; no place is for things that are not known, and for a load
// balancer whose id is no ARN.
func (i *Import) place(thing, id string, names Names) (place *string, key, name string) {
	switch {
	case thing == "repository":
		return &i.Repository, "repositoryName", names.Repository
	case thing == "logGroup":
		return &i.LogGroup, "logGroupName", names.LogGroup
	case thing == "loadBalancer" && balancerArn.MatchString(id):
		return &i.LoadBalancer, "loadBalancerName", names.LoadBalancer
	default:
		return nil, "", ""
	}
}

// nameOf is the name in an id: repositories and log groups are called by it, a load balancer's is in its ARN.
func nameOf(id string) string {
	if parts := balancerArn.FindStringSubmatch(id); parts != nil {
		return parts[1]
	}
	return id
}
