package config

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// stackName is a stack's full one: https://www.pulumi.com/docs/iac/concepts/stacks/#stackreferences
var stackName = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)

// sharedOutput is one output of the stack that is referred to: the setting that it stands for where that is empty, and on what condition.
type sharedOutput struct {
	output, setting string
	wanted          func(own lookup) bool
}

// sharedOutputs are all outputs that are taken.
var sharedOutputs = []sharedOutput{
	{"vpcId", "existingVpc", ownNetwork},
	{"publicSubnetIds", "existingSubnets", ownNetwork},
	// Private subnets are for tasks that are to have no public address.
	{"privateSubnetIds", "existingTaskSubnets", func(own lookup) bool { return ownNetwork(own) && is(own, "assignPublicIp", "false") }},
	{"clusterName", "existingCluster", onFargate},
	{"hostedZone", "hostedZone", secured},
	{"certificateArn", "certificateArn", func(own lookup) bool { return secured(own) && is(own, "selfSignedCertificate", "false") }},
	{"alarmTopicArn", "alarmTopicArn", func(own lookup) bool { return is(own, "alarms", "true") && empty(own, "alarmEmail") }},
}

// onFargate is whether there is a use for a cluster of ECS.
func onFargate(own lookup) bool { return !is(own, "platform", EKS) }

// ownNetwork is whether the stack names no network itself: half of one and half of another would not fit together.
func ownNetwork(own lookup) bool {
	return empty(own, "existingVpc") && empty(own, "existingSubnets") && empty(own, "existingTaskSubnets")
}

func secured(own lookup) bool { return !empty(own, "domain") }

func is(own lookup, key, value string) bool {
	text, _ := own(key)
	return strings.TrimSpace(text) == value
}

func empty(own lookup, key string) bool { return is(own, key, "") || is(own, key, "[]") }

// withStackReference puts the outputs of the stack that is referred to under the stack's own settings, if one is named.
func withStackReference(ctx *pulumi.Context, own lookup) (lookup, error) {
	name, _ := own("stackReference")
	if !stackName.MatchString(name) {
		return own, nil // It is empty, or invalid, which Parse reports with all other errors.
	}
	reference, err := pulumi.NewStackReference(ctx, name, nil)
	if err != nil {
		return nil, fmt.Errorf("mote:stackReference is %q: read it: %w", name, err)
	}
	taken, present := map[string]string{}, 0
	for _, one := range sharedOutputs {
		details, err := reference.GetOutputDetails(one.output)
		if err != nil {
			return nil, fmt.Errorf("mote:stackReference is %q: read its output %s: %w", name, one.output, err)
		}
		if details.Value == nil {
			continue
		}
		present++
		if !one.wanted(own) || !empty(own, one.setting) {
			continue
		}
		if taken[one.setting], err = plain(details.Value); err != nil {
			return nil, fmt.Errorf("mote:stackReference is %q: its output %s %w", name, one.output, err)
		}
	}
	if present == 0 {
		return nil, fmt.Errorf("mote:stackReference is %q, which has none of the outputs that are looked for: it must have some of %s", name, wanted())
	}
	return over(own, taken), nil
}

// plain writes an output as Pulumi keeps a setting.
func plain(value any) (string, error) {
	if text, is := value.(string); is {
		return text, nil
	}
	list, is := value.([]any)
	for _, one := range list {
		_, text := one.(string)
		is = is && text
	}
	if !is {
		return "", fmt.Errorf("is %T: it must be a text or a list of texts", value)
	}
	written, err := json.Marshal(list)
	if err != nil {
		return "", fmt.Errorf("cannot be written: %w", err)
	}
	return string(written), nil
}

// over looks into taken first.
func over(own lookup, taken map[string]string) lookup {
	return func(key string) (string, bool) {
		if value, is := taken[key]; is {
			return value, true
		}
		return own(key)
	}
}

// wanted lists the outputs.
func wanted() string {
	var names []string
	for _, one := range sharedOutputs {
		names = append(names, one.output)
	}
	return strings.Join(names, ", ")
}
