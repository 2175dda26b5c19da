package config

import "strings"

// imported is a resource that the stack can take over: where its id is kept, and the setting that has its name.
type imported struct {
	id   *string
	key  string
	name string
}

// readImport takes a list of resource=id. AWS renames nothing, so the name of what is imported has to be set too, and stays when the list is
// empty again.
func readImport(r *reader, c *Config) {
	for _, text := range r.list("import") {
		kind, id, _ := strings.Cut(text, "=")
		into, known := importable(c, kind, id)
		switch {
		case !known || id == "":
			r.errorf("import", "has %q: each must be repository=NAME, logGroup=NAME or loadBalancer=ARN", text)
		case *into.id != "":
			r.errorf("import", "has %s twice: each must be imported once", kind)
		case into.name != nameOf(id):
			r.errorf(into.key, "is %q, and mote:import has %s: it must be %q, and stay so", into.name, text, nameOf(id))
		}
		if known {
			*into.id = id
		}
	}
}

// importable finds the resource of a kind. A load balancer whose id is no ARN is none.
func importable(c *Config, kind, id string) (imported, bool) {
	switch {
	case kind == "repository":
		return imported{&c.Registry.Import, "repositoryName", c.Registry.Name}, true
	case kind == "logGroup":
		return imported{&c.Service.ImportLogGroup, "logGroupName", c.Service.LogGroupName}, true
	case kind == "loadBalancer" && loadBalancerArn.MatchString(id):
		return imported{&c.LoadBalancer.Import, "loadBalancerName", c.LoadBalancer.Name}, true
	default:
		return imported{}, false
	}
}

// nameOf is the name in an id: repositories and log groups are called by it, a load balancer's is in its ARN.
func nameOf(id string) string {
	if parts := loadBalancerArn.FindStringSubmatch(id); parts != nil {
		return parts[1]
	}
	return id
}
