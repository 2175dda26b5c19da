package config

import (
	"slices"
	"strings"

	"github.com/mote-dev/mote/infra/components/network"
	"github.com/mote-dev/mote/infra/components/service"
	"github.com/mote-dev/mote/infra/internal/iampolicy"
)

// ownProgram is this project's, in its image.
const ownProgram = "/mote"

// readHealthCommand takes the test of a health check, in Docker's words: https://docs.docker.com/reference/compose-file/services/#healthcheck
func readHealthCommand(r *reader) []string {
	const key = "healthCheckCommand"
	words := r.words(key)
	if _, present := r.given(key); !present {
		return nil
	}
	is := func(kind string, least, most int) bool {
		return len(words) > 0 && words[0] == kind && len(words) >= least && len(words) <= most
	}
	if !is("NONE", 1, 1) && !is("CMD-SHELL", 2, 2) && !is("CMD", 2, len(words)) {
		r.errorf(key, "is %q: it must be CMD and the words of a command, CMD-SHELL and one text for the image's shell, or NONE", words)
		return nil
	}
	if !r.own() && slices.Contains(words, ownProgram) {
		r.errorf(key, "asks %s, and mote:serviceSettings is false: it must be a command of the image's own, or [NONE]", ownProgram)
	}
	return words
}

// readUser takes who the program runs as. Empty leaves it to the image.
func readUser(r *reader) string {
	return r.matching("user", user, "a user or a user and a group, such as 65532:65532, by number or by a name in the image")
}

// readVolume is the folder that the image has to declare as a volume: Fargate gives one that is declared to its owner in the image, and any other
// to root (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html).
// On EKS a folder belongs to the user's group, or to everybody.
func readVolume(r *reader) string {
	if readPlatform(r) == EKS {
		return ""
	}
	if name, _, _ := strings.Cut(readUser(r), ":"); !r.boolean("scratchSpace") || name == "0" || name == "root" {
		return ""
	}
	return service.ScratchPath
}

// readPermissions takes a list of what the service may do in AWS.
func readPermissions(r *reader) []iampolicy.Permission {
	var permissions []iampolicy.Permission
	for _, text := range r.list("permissions") {
		p, err := iampolicy.ParsePermission(text)
		if err != nil {
			r.errorf("permissions", "has %q: %v", text, err)
			continue
		}
		permissions = append(permissions, p)
	}
	return permissions
}

// checkPermissions refuses what tasks could not reach.
func checkPermissions(r *reader, c Config) {
	if c.Network.Egress != network.Endpoints {
		return
	}
	for _, p := range c.Service.Permissions {
		for _, prefix := range p.Services() {
			if !network.HasEndpoint(prefix) {
				r.errorf("permissions", "has %s, and mote:egress is endpoints: no endpoint is known for it, so set mote:egress to nat or public", prefix)
			}
		}
	}
}

// CheckEndpoints refuses permissions in a service that the region lacks, where tasks reach services by endpoints alone: AWS would refuse the endpoint
// half way.
func (c Config) CheckEndpoints(region string) error {
	r := &reader{}
	if c.Network.Egress == network.Endpoints {
		for _, p := range c.Service.Permissions {
			for _, prefix := range p.Services() {
				if network.LacksService(prefix, region) {
					r.errorf("permissions", "has %s, which AWS does not have in %s, in which the stack is", prefix, region)
				}
			}
		}
	}
	return r.err()
}

// readEnvironment sets the container's variables: the service's own and those that are given.
func readEnvironment(r *reader) map[string]string {
	environment := readOwnVariables(r)
	if !r.own() {
		environment = map[string]string{}
		r.needsOwn("message", r.text("message") != "")
		r.needsOwn("cloudwatchMetrics", r.boolean("cloudwatchMetrics"))
		r.needsOwn("accessLogSample", r.integer("accessLogSample", 1, maxSample) > 1)
	}
	given := map[string]bool{}
	for _, text := range r.list("environment") {
		parts := variable.FindStringSubmatch(text)
		if parts == nil {
			r.errorf("environment", "has %q: each must be NAME=VALUE, the name of letters, digits and underscores", text)
			continue
		}
		name, value := parts[1], parts[2]
		if key := taken[name]; key != "" && (r.own() || !strings.HasPrefix(name, variablePrefix)) {
			r.errorf("environment", "has %s, which the container gets by mote:%s: set that instead", name, key)
		}
		if given[name] {
			r.errorf("environment", "has %s twice: each name must be given once", name)
		}
		given[name], environment[name] = true, value
	}
	return environment
}

// own says whether the image is this project's.
func (r *reader) own() bool { return r.boolean("serviceSettings") }

// needsOwn refuses a setting of this project's service for an image of another.
func (r *reader) needsOwn(key string, given bool) {
	if given {
		r.errorf(key, "is set, and mote:serviceSettings is false: an image of another project gets it by mote:environment, if it knows it")
	}
}

// given says whether mote:environment has a variable.
func given(r *reader, name string) bool {
	return slices.ContainsFunc(r.words("environment"), func(text string) bool { return strings.HasPrefix(text, name+"=") })
}
