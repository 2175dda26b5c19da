package stack

import (
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/project"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// transition is a stack before and after a change of settings.
type transition struct {
	before, after map[string]pulumimocks.Resource
	replacing     map[string][]string // inputs, by type
	replaced      map[string]string
}

// newTransition compares two recordings, and finds what must be replaced because what it is made of is.
func newTransition(t *testing.T, before, after *pulumimocks.Recording) *transition {
	t.Helper()
	tr := &transition{before: custom(before), after: custom(after), replacing: replacements(t), replaced: map[string]string{}}
	for changed := true; changed; {
		changed = false
		for name, one := range tr.after {
			if _, known := tr.replaced[name]; known || tr.before[name].Type == "" {
				continue
			}
			if why := tr.why(one, tr.before[name]); why != "" {
				tr.replaced[name], changed = why, true
			}
		}
	}
	return tr
}

// custom are the resources of AWS by the end of their URN.
func custom(r *pulumimocks.Recording) map[string]pulumimocks.Resource {
	all := map[string]pulumimocks.Resource{}
	for _, one := range r.Resources {
		if strings.HasPrefix(one.Type, "aws:") {
			all[one.Type+"::"+one.Name] = one
		}
	}
	return all
}

// why says which input replaces a resource, if one does.
func (tr *transition) why(now, then pulumimocks.Resource) string {
	for _, property := range tr.replacing[strings.TrimPrefix(now.Type, "aws:")] {
		if slices.Contains(now.Options.GetIgnoreChanges(), property) {
			continue
		}
		if !reflect.DeepEqual(now.Inputs[property], then.Inputs[property]) {
			return fmt.Sprintf("%s: %v -> %v", property, then.Inputs[property], now.Inputs[property])
		}
		for _, on := range dependencies(now, property) {
			if tr.replaced[on] != "" {
				return property + " of " + on
			}
		}
	}
	return ""
}

// dependencies are the resources that an input is made of.
func dependencies(one pulumimocks.Resource, property string) []string {
	var all []string
	for _, urn := range one.Options.GetPropertyDependencies()[property].GetUrns() {
		parts := strings.SplitN(urn, "::", 4)
		all = append(all, parts[2][strings.LastIndex(parts[2], "$")+1:]+"::"+parts[3])
	}
	return all
}

// faults are resources that hold something, or are known by others, and go.
func (tr *transition) faults() (faults []string) {
	for name, one := range tr.before {
		if !slices.Contains(kept, strings.TrimPrefix(one.Type, "aws:")) {
			continue
		}
		if why := tr.replaced[name]; why != "" {
			faults = append(faults, "replaces "+name+" ("+why+")")
		} else if tr.after[name].Type == "" {
			faults = append(faults, "deletes "+name)
		}
	}
	return faults
}

// refusals are what AWS would refuse, whatever is said.
func (tr *transition) refusals() (refusals []string) {
	for name, one := range tr.after {
		fresh := tr.before[name].Type == "" || tr.replaced[name] != ""
		for _, property := range one.Options.GetIgnoreChanges() {
			for _, on := range dependencies(one, property) {
				if tr.replaced[on] != "" && !fresh {
					refusals = append(refusals, name+" ignores "+property+", which is of "+on+", which is replaced")
				}
			}
		}
		if fixed, _ := one.Inputs["name"].(string); fixed != "" && tr.replaced[name] != "" && fixed == tr.before[name].Inputs["name"] &&
			!one.Options.GetDeleteBeforeReplace() {
			refusals = append(refusals, name+" is replaced under the same name, which the old one has until the new one is there")
		}
		if fresh || !reflect.DeepEqual(one.Inputs, tr.before[name].Inputs) {
			refusals = append(refusals, tr.collisions(name, one)...)
		}
	}
	return refusals
}

// collisions are with what is still there when a resource is made or changed: what goes, goes last.
func (tr *transition) collisions(name string, one pulumimocks.Resource) (collisions []string) {
	for other, old := range tr.before {
		if old.Type != one.Type || other == name && tr.replaced[name] == "" {
			continue
		}
		switch strings.TrimPrefix(one.Type, "aws:") {
		case subnetKind:
			mine, theirs := netip.MustParsePrefix(one.Inputs["cidrBlock"].(string)), netip.MustParsePrefix(old.Inputs["cidrBlock"].(string))
			if mine.Overlaps(theirs) {
				collisions = append(collisions, name+" overlaps "+other)
			}
		case "vpc/securityGroupIngressRule:SecurityGroupIngressRule", egressRule:
			if other != name && sameRule(one.Inputs, old.Inputs) {
				collisions = append(collisions, name+" says what "+other+" still says")
			}
		}
	}
	return collisions
}

// sameRule compares what AWS tells rules of security groups apart by.
func sameRule(one, other map[string]any) bool {
	for _, property := range []string{"securityGroupId", "ipProtocol", "fromPort", "toPort", "cidrIpv4", "referencedSecurityGroupId", "prefixListId"} {
		if !reflect.DeepEqual(one[property], other[property]) {
			return false
		}
	}
	return true
}

// standing is the network that a recorded stack is in.
func standing(r *pulumimocks.Recording) pulumimocks.StandingVpc {
	for _, one := range r.Resources {
		if one.Type == "aws:ec2/vpc:Vpc" {
			return pulumimocks.StandingVpc{ID: "vpc-0000000e", Cidr: one.Inputs["cidrBlock"].(string), Own: true}
		}
	}
	return pulumimocks.StandingVpc{ID: pulumimocks.Vpc, Cidr: "10.0.0.0/16"}
}

// TestTransitions_NothingKeptGoesWithoutAWord changes each setting from each of its values to each other, in a stack that replaces tasks in
// place and in one that shifts traffic.
func TestTransitions_NothingKeptGoesWithoutAWord(t *testing.T) {
	leaveToWholeStage(t)
	settings, err := project.Settings("..")
	require.NoError(t, err)
	changes, refused := 0, 0
	for _, strategy := range []string{"rolling", "blueGreen"} {
		for key, setting := range settings {
			pairs := pairsOf(key, setting)
			if slices.Contains(untried, key) {
				continue
			}
			require.Greater(t, len(pairs), 1, "%s has no two values to change between", key)
			for i, from := range pairs {
				before := beforehand(t, strategy, from)
				for j, to := range pairs {
					if i == j {
						continue
					}
					changes++
					wordless := !slices.ContainsFunc(said, func(word string) bool { return strings.Contains(setting.Description, word) })
					if tryTransition(t, key, strategy, before, from, to, wordless) {
						refused++
					}
				}
			}
		}
	}
	require.Greater(t, changes, 200)
	require.Positive(t, refused)
}

// shiftingBy adds what both stacks of a transition have.
func shiftingBy(strategy string, changes map[string]string) map[string]string {
	all := map[string]string{"deploymentStrategy": strategy, "deletionProtection": "false"}
	maps.Copy(all, changes)
	return all
}

// beforehand records the stack that is changed.
func beforehand(t *testing.T, strategy string, from map[string]string) *pulumimocks.Recording {
	t.Helper()
	before, err := deploy(t, trial{stack: "prod", changes: shiftingBy(strategy, from), preview: true})
	require.NoError(t, err, "%v", from)
	return before
}

// tryTransition changes a stack, and says whether that was refused.
func tryTransition(t *testing.T, key, strategy string, before *pulumimocks.Recording, from, to map[string]string, wordless bool) (refused bool) {
	t.Helper()
	after, err := deploy(t, trial{stack: "prod", changes: shiftingBy(strategy, to), preview: true, vpc: standing(before)})
	if err != nil {
		require.ErrorContains(t, err, "deploy another stack beside it", "%s %v", key, to)
		return true
	}
	tr := newTransition(t, before, after)
	if faults := tr.faults(); wordless && len(faults) > 0 {
		t.Errorf("%s (%s) from %v to %v, and its description says nothing of it: %v", key, strategy, from, to, faults)
	}
	if refusals := tr.refusals(); len(refusals) > 0 {
		t.Errorf("%s (%s) from %v to %v: %v", key, strategy, from, to, refusals)
	}
	return false
}
