// Package plan writes what a Pulumi program asks for as Terraform writes a plan, which scanners can read. Pulumi's AWS package is made of
// Terraform's provider, so types and properties have the same names in another spelling.
package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// The shapes below are Terraform's: https://developer.hashicorp.com/terraform/internals/json-format
type document struct {
	FormatVersion    string        `json:"format_version"`
	TerraformVersion string        `json:"terraform_version"`
	PlannedValues    values        `json:"planned_values"`
	ResourceChanges  []change      `json:"resource_changes"`
	Configuration    configuration `json:"configuration"`
}

type values struct {
	RootModule module `json:"root_module"`
}

type configuration struct {
	ProviderConfig map[string]any `json:"provider_config"`
	RootModule     module         `json:"root_module"`
}

type module struct {
	Resources []resource `json:"resources"`
}

// resource is one in both places: with Values where it is planned, with Expressions where it is configured.
type resource struct {
	Address      string         `json:"address"`
	Mode         string         `json:"mode"`
	Type         string         `json:"type"`
	Name         string         `json:"name"`
	ProviderName string         `json:"provider_name,omitempty"`
	ProviderKey  string         `json:"provider_config_key,omitempty"`
	Values       map[string]any `json:"values,omitempty"`
	Expressions  map[string]any `json:"expressions,omitempty"`
}

type change struct {
	resource

	Change map[string]any `json:"change"`
}

const provider = "registry.terraform.io/hashicorp/aws"

// Write returns the plan that creates all AWS resources of a recording.
func Write(recording *pulumimocks.Recording) ([]byte, error) {
	plan := document{FormatVersion: "1.2", TerraformVersion: "1.9.0"}
	plan.Configuration.ProviderConfig = map[string]any{"aws": map[string]string{"name": "aws", "full_name": provider}}
	for _, one := range recording.Resources {
		if !strings.HasPrefix(one.Type, "aws:") {
			continue // A component, or a stack that is referred to.
		}
		planned := resource{
			Address: Address(one.Type, one.Name), Mode: "managed", Type: Type(one.Type), Name: one.Name, ProviderName: provider,
		}
		configured := planned
		planned.Values = block(one.Inputs)
		if one.Type == "aws:cloudwatch/metricAlarm:MetricAlarm" {
			planned.Values["alarm_name"] = planned.Values["name"]
		}
		configured.ProviderName, configured.ProviderKey, configured.Expressions = "", "aws", references(one)
		made := change{resource: planned, Change: map[string]any{"actions": []string{"create"}, "before": nil, "after": planned.Values}}
		made.Values = nil
		plan.PlannedValues.RootModule.Resources = append(plan.PlannedValues.RootModule.Resources, planned)
		plan.Configuration.RootModule.Resources = append(plan.Configuration.RootModule.Resources, configured)
		plan.ResourceChanges = append(plan.ResourceChanges, made)
	}
	if len(plan.ResourceChanges) == 0 {
		return nil, errors.New("the program asks for nothing of AWS")
	}
	text, err := json.MarshalIndent(plan, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write plan: %w", err)
	}
	return text, nil
}

// references says which property comes from which resource, as Pulumi was told.
func references(one pulumimocks.Resource) map[string]any {
	found := map[string]any{}
	for property, on := range one.Options.GetPropertyDependencies() {
		var addresses []string
		for _, urn := range on.GetUrns() {
			parts := strings.SplitN(urn, "::", 4)
			types := strings.Split(parts[2], "$")
			if kind := types[len(types)-1]; strings.HasPrefix(kind, "aws:") {
				addresses = append(addresses, Address(kind, parts[3])+".id", Address(kind, parts[3]))
			}
		}
		if len(addresses) > 0 {
			found[snake(property)] = map[string]any{"references": addresses}
		}
	}
	return found
}

// Address is how a resource is called in the plan.
func Address(kind, name string) string { return Type(kind) + "." + name }

// unprefixed are the modules of Pulumi's AWS package that are not part of Terraform's names: aws:ec2/vpc:Vpc is aws_vpc.
var unprefixed = []string{"ec2"}

// Type is Terraform's name of a type: aws:ecs/taskDefinition:TaskDefinition is aws_ecs_task_definition.
func Type(kind string) string {
	parts := strings.Split(kind, ":")
	module, _, _ := strings.Cut(parts[1], "/")
	switch {
	case kind == "aws:lb/loadBalancer:LoadBalancer":
		return "aws_lb"
	case module == "amp":
		return "aws_prometheus_" + snake(parts[2])
	case slices.Contains(unprefixed, module):
		return "aws_" + snake(parts[2])
	default:
		return "aws_" + module + "_" + snake(parts[2])
	}
}

// snake writes camelCase as Terraform does.
func snake(name string) string {
	var text strings.Builder
	for i, letter := range name {
		if letter >= 'A' && letter <= 'Z' {
			if i > 0 {
				text.WriteByte('_')
			}
			letter += 'a' - 'A'
		}
		text.WriteRune(letter)
	}
	return text.String()
}

// maps are the properties whose keys are the user's own and not properties.
var maps = []string{"tags", "dimensions"}

// block writes properties: objects are blocks, of which Terraform has lists, and lists of them have the name of one.
func block(properties map[string]any) map[string]any {
	written := map[string]any{}
	for name, value := range properties {
		switch typed := value.(type) {
		case map[string]any:
			if slices.Contains(maps, name) {
				written[name] = typed
				continue
			}
			written[snake(name)] = []any{block(typed)}
		case []any:
			list, blocks := blocksOf(typed)
			if blocks {
				name = singular(name)
			}
			written[snake(name)] = list
		default:
			written[snake(name)] = value
		}
	}
	return written
}

// blocksOf writes a list, and says whether it is one of blocks.
func blocksOf(list []any) (written []any, blocks bool) {
	for _, one := range list {
		if properties, is := one.(map[string]any); is {
			blocks = true
			one = block(properties)
		}
		written = append(written, one)
	}
	return written, blocks
}

// singular takes back the plural that Pulumi gives to lists of blocks.
func singular(name string) string {
	if stem, is := strings.CutSuffix(name, "ies"); is {
		return stem + "y"
	}
	return strings.TrimSuffix(name, "s")
}
