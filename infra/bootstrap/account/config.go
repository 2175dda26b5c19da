package account

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/mote-dev/mote/infra/internal/iampolicy"
	"github.com/mote-dev/mote/infra/internal/names"
	"github.com/mote-dev/mote/infra/internal/project"
)

var (
	repositoryName = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}$`)
	// What scripts/ops/select-stack.sh takes as the name of a stack.
	environmentName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,19}$`)
	// Each is one thing, named whole: no wildcard, and no version of a secret or key in it.
	existingArn = regexp.MustCompile(`^arn:aws[a-z-]*:(?:` +
		`(ecr):[a-z0-9-]+:[0-9]{12}:repository/[a-z0-9._/-]+|` +
		`(logs):[a-z0-9-]+:[0-9]{12}:log-group:[A-Za-z0-9_./#-]+|` +
		`(ecs):[a-z0-9-]+:[0-9]{12}:cluster/[A-Za-z0-9_-]+|` +
		`(route53):::hostedzone/[A-Z0-9]+|` +
		`(secretsmanager):[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+|` +
		`(ssm):[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9/_.-]+|` +
		`(kms):[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)$`)
	// Whole names of what a stack makes, by kind, as AWS takes them.
	ownName = regexp.MustCompile(`^(?:(repository)/[a-z0-9._/-]{2,256}|(log-group)/[A-Za-z0-9_./#-]{1,512}|(loadbalancer)/[A-Za-z0-9-]{1,32})$`)
)

// The kinds of resources that a stack can name by a setting.
const (
	ownRepository   = "repository"
	ownLogGroup     = "log-group"
	ownLoadBalancer = "loadbalancer"
)

// config is everything that an administrator may change, checked.
type config struct {
	repository   string
	ownerID      int
	repositoryID int
	environments []string
	// existing are the ARNs of existing resources that an environment uses, by environment and then by service, such as ecr.
	existing map[string]map[string][]string
	// own are the names that an environment's stack gives to what it makes, by environment and then by kind.
	own map[string]map[string]string
	// permissions are what the services may be permitted, by environment.
	permissions map[string][]iampolicy.Permission
	// observed are the environments that may have Amazon's own Prometheus and Grafana.
	observed []string
	// onKubernetes are those whose stacks may be on EKS.
	onKubernetes   []string
	ownProvider    bool
	oldVersionDays int
	protected      bool
}

// reader takes settings one by one and collects what is wrong with them.
type reader struct {
	config   *pulumiconfig.Config
	mistakes []string
}

// wrong notes a mistake. The text goes on after the key and says what would be right. A mistake is noted once.
func (r *reader) wrong(key, format string, args ...any) {
	if mistake := project.Name + "-bootstrap:" + key + " " + fmt.Sprintf(format, args...); !slices.Contains(r.mistakes, mistake) {
		r.mistakes = append(r.mistakes, mistake)
	}
}

// integer takes a whole number from low to high.
func (r *reader) integer(key string, low, high int) int {
	value, err := r.config.TryInt(key)
	if err != nil || value < low || value > high {
		r.wrong(key, "is %q: it must be a whole number from %d to %d", r.config.Get(key), low, high)
	}
	return value
}

// boolean takes true or false.
func (r *reader) boolean(key string) bool {
	value := r.config.Get(key)
	if value != "true" && value != "false" {
		r.wrong(key, "is %q: it must be one of true, false", value)
	}
	return value == "true"
}

// list takes an array of texts.
func (r *reader) list(key string) []string {
	var values []string
	if r.config.TryObject(key, &values) != nil {
		r.wrong(key, "is %q: it must be a list of texts", r.config.Get(key))
	}
	return values
}

// load reads the settings. Its error lists every mistake at once.
func load(ctx *pulumi.Context) (config, error) {
	r := &reader{config: pulumiconfig.New(ctx, "")}
	s := config{
		repository: r.config.Get("repository"),
		// GitHub counts owners and repositories up; they have not passed ten digits.
		ownerID:        r.integer("ownerId", 1, 1<<40),
		repositoryID:   r.integer("repositoryId", 1, 1<<40),
		environments:   r.environments(),
		ownProvider:    !r.boolean("existingProvider"),
		oldVersionDays: r.integer("oldVersionDays", 1, 3650),
		protected:      r.boolean("deletionProtection"),
	}
	if !repositoryName.MatchString(s.repository) {
		r.wrong("repository", "is %q: it must be a repository on GitHub, as owner/name", s.repository)
	}
	s.existing = r.existing(s.environments)
	s.own = r.own(s.environments)
	s.permissions = r.permissions(s.environments)
	s.observed = r.some("managedObservability", s.environments)
	s.onKubernetes = r.some("kubernetes", s.environments)
	if len(r.mistakes) > 0 {
		return config{}, fmt.Errorf("settings to correct, %d:\n  %s", len(r.mistakes), strings.Join(r.mistakes, "\n  "))
	}
	return s, nil
}

// environments takes names that are stacks' names and that can be told apart by how what they own begins.
func (r *reader) environments() []string {
	before := len(r.mistakes)
	names := r.list("environments")
	if len(names) == 0 && len(r.mistakes) == before {
		r.wrong("environments", "is empty: it must list at least one environment, such as dev")
	}
	for i, name := range names {
		if !environmentName.MatchString(name) || strings.HasPrefix(name, previewPrefix) {
			r.wrong("environments", "has %q: each must be 1 to 20 of a-z, 0-9 and -, a letter first, and not begin with %s", name, previewPrefix)
		}
		for _, other := range append(slices.Clone(names[:i]), names[i+1:]...) {
			if strings.HasPrefix(base(other)+"-", base(name)+"-") {
				r.wrong("environments", "has %q and %q: the one's role would reach what is the other's, so one of them needs another name",
					name, other)
			}
		}
	}
	return names
}

// existing takes a list of ENVIRONMENT=ARN.
func (r *reader) existing(environments []string) map[string]map[string][]string {
	all := map[string]map[string][]string{}
	for _, text := range r.list("existing") {
		name, arn, _ := strings.Cut(text, "=")
		parts := existingArn.FindStringSubmatch(arn)
		if parts == nil || !slices.Contains(environments, name) {
			r.wrong("existing", "has %q: each must be ENVIRONMENT=ARN, of one of mote-bootstrap:environments and of a repository, log group, "+
				"cluster, hosted zone, secret, parameter or key, without a wildcard", text)
			continue
		}
		if all[name] == nil {
			all[name] = map[string][]string{}
		}
		service := strings.Join(parts[1:], "")
		all[name][service] = append(all[name][service], arn)
	}
	return all
}

// own takes a list of ENVIRONMENT=KIND/NAME. A name is one environment's alone, and none of those that another environment's begin with.
func (r *reader) own(environments []string) map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, text := range r.list("ownNames") {
		environment, kindAndName, _ := strings.Cut(text, "=")
		kinds := ownName.FindStringSubmatch(kindAndName)
		if kinds == nil || !slices.Contains(environments, environment) {
			r.wrong("ownNames", "has %q: each must be ENVIRONMENT=KIND/NAME, of one of mote-bootstrap:environments and of a repository, "+
				"log-group or loadbalancer, without a wildcard", text)
			continue
		}
		kind := strings.Join(kinds[1:], "")
		name := strings.TrimPrefix(kindAndName, kind+"/")
		for _, other := range environments {
			if other != environment && (all[other][kind] == name || strings.HasPrefix(name+"-", base(other)+"-")) {
				r.wrong("ownNames", "has %q: the name is one of %s's, whose role would reach it", text, other)
			}
		}
		if all[environment] == nil {
			all[environment] = map[string]string{}
		}
		if all[environment][kind] != "" {
			r.wrong("ownNames", "has %q: %s has a %s already", text, environment, kind)
		}
		all[environment][kind] = name
	}
	return all
}

// permissions takes a list of ENVIRONMENT=PERMISSION.
func (r *reader) permissions(environments []string) map[string][]iampolicy.Permission {
	all := map[string][]iampolicy.Permission{}
	for _, text := range r.list("permissions") {
		environment, permission, _ := strings.Cut(text, "=")
		p, err := iampolicy.ParsePermission(permission)
		switch {
		case !slices.Contains(environments, environment):
			r.wrong("permissions", "has %q: each must be ENVIRONMENT=PERMISSION, of one of mote-bootstrap:environments", text)
		case err != nil:
			r.wrong("permissions", "has %q: %v", text, err)
		default:
			all[environment] = append(all[environment], p)
		}
	}
	return all
}

// some takes a list of environments.
func (r *reader) some(key string, environments []string) []string {
	names := r.list(key)
	for _, name := range names {
		if !slices.Contains(environments, name) {
			r.wrong(key, "has %q: each must be one of mote-bootstrap:environments", name)
		}
	}
	return names
}

// inPartition refuses ARNs of another of AWS's partitions than the account's.
func (c config) inPartition(partition string) error {
	for _, services := range c.existing {
		for _, arns := range services {
			for _, arn := range arns {
				if !strings.HasPrefix(arn, "arn:"+partition+":") {
					return fmt.Errorf("%s-bootstrap:existing has %q: the account is in the partition %s, so arn:%s: must come first",
						project.Name, arn, partition, partition)
				}
			}
		}
	}
	return nil
}

// base is what the names of everything begin with that an environment's stack makes.
func base(environment string) string { return names.Base(project.Name, environment) }
