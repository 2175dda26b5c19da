package awsplugin

import (
	"encoding/json"
	"fmt"
	"strings"
)

// names translates the type tokens of Pulumi's AWS package to those of Pulumi's Terraform bridge. What the bridge knows is asked
// from the bridge itself, so that no table of ours can fall behind; the rule between the two is in candidates.
type names struct {
	resources, functions map[string]string // a token of the bridge in lower case, without package and folder, to that token
	shiftsTraffic        bool              // whether the provider's services have deployment strategies, as since version 6
}

// irregular lists the tokens of the AWS package that do not follow the rule.
var irregular = map[string]string{
	"aws:lb/loadBalancer:LoadBalancer":       "lb",
	"aws:alb/loadBalancer:LoadBalancer":      "alb",
	"aws:lb/getLoadBalancer:getLoadBalancer": "getLb",
	"aws:s3/bucketObjectv2:BucketObjectv2":   "s3Object",
}

// unprefixed lists the modules of the AWS package whose name is not part of Terraform's: aws:ec2/vpc:Vpc is aws_vpc.
var unprefixed = map[string]bool{"ec2": true, "ebs": true, "index": true}

// mapping is the part of the bridge's answer to GetMapping that matters here, by Terraform's names.
type mapping struct {
	Resources   map[string]struct{ Tok string } `json:"resources"`
	DataSources map[string]struct{ Tok string } `json:"dataSources"`
	Provider    struct {
		Resources map[string]map[string]json.RawMessage `json:"resources"` // each with its attributes
	} `json:"provider"`
}

// newNames reads the bridge's own list of what it can serve.
func newNames(data []byte) (*names, error) {
	var m mapping
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("read the bridge's mapping: %w", err)
	}
	n := &names{resources: map[string]string{}, functions: map[string]string{}}
	_, n.shiftsTraffic = m.Provider.Resources["aws_ecs_service"]["deployment_configuration"]
	for _, r := range m.Resources {
		n.resources[strings.ToLower(last(r.Tok))] = r.Tok
	}
	for _, f := range m.DataSources {
		n.functions[strings.ToLower(last(f.Tok))] = f.Tok
	}
	if len(n.resources) == 0 || len(n.functions) == 0 {
		return nil, fmt.Errorf("read the bridge's mapping: it names %d resources and %d functions", len(n.resources), len(n.functions))
	}
	return n, nil
}

// last is the part of a token behind its last colon.
func last(token string) string { return token[strings.LastIndexByte(token, ':')+1:] }

// candidates gives the names that a token may have in Terraform, joined and in lower case, best first: module and name
// (aws:ecs/cluster:Cluster is aws_ecs_cluster), or the name alone for the modules that Terraform has no prefix for.
func candidates(token string) []string {
	if name, is := irregular[token]; is {
		return []string{strings.ToLower(name)}
	}
	parts := strings.Split(token, ":")
	if len(parts) != 3 {
		return nil
	}
	module, _, _ := strings.Cut(parts[1], "/")
	name, prefix := parts[2], ""
	if rest, is := strings.CutPrefix(name, "get"); is {
		name, prefix = rest, "get"
	}
	all := []string{strings.ToLower(prefix + module + name)}
	if unprefixed[module] {
		all = append(all, strings.ToLower(prefix+name))
	}
	return all
}

// token translates one token. Tokens of other packages, such as pulumi:providers:aws, stay as they are.
func (n *names) token(token string) (string, error) {
	if !strings.HasPrefix(token, "aws:") {
		return token, nil
	}
	known := n.resources
	if strings.HasPrefix(last(token), "get") {
		known = n.functions
	}
	for _, candidate := range candidates(token) {
		if found, is := known[candidate]; is {
			return found, nil
		}
	}
	return "", fmt.Errorf("the rehearsal's AWS plugin knows no Terraform name for %s: add it to irregular in tools/pulumi-offline/awsplugin/names.go",
		token)
}

// urn translates the last type of a URN, which is the resource's own; those before it are its parents'.
func (n *names) urn(urn string) (string, error) {
	parts := strings.SplitN(urn, "::", 4)
	if len(parts) < 4 {
		return urn, nil
	}
	types := strings.Split(parts[2], "$")
	own, err := n.token(types[len(types)-1])
	if err != nil {
		return "", err
	}
	types[len(types)-1] = own
	parts[2] = strings.Join(types, "$")
	return strings.Join(parts, "::"), nil
}
