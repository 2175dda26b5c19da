package stack

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// Which inputs the provider cannot change in place is asked from the provider: e2e/deployment/replacements_test.go changes each input in
// testdata/inputs.json and writes testdata/replacements.json. Both are by type, without its package.
var (
	inputsFile       = filepath.Join("testdata", "inputs.json")
	replacementsFile = filepath.Join("testdata", "replacements.json")
)

// revisions are of a type whose resources are never changed: each is a revision, and the old one stays. What replaces one is no question.
const revisions = "ecs/taskDefinition:TaskDefinition"

// replacements reads the inputs that replace a resource, by its type.
func replacements(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(replacementsFile)
	require.NoError(t, err)
	var all map[string][]string
	require.NoError(t, json.Unmarshal(text, &all))
	return all
}

// TestReplacements_AllInputsAreAskedAbout holds the inputs that the provider is asked about to those that the program uses: a resource for each set
// of inputs that those of a type have. Written anew with -update; the provider is then to be asked again.
func TestReplacements_AllInputsAreAskedAbout(t *testing.T) {
	used := map[string][]map[string]any{}
	for _, one := range configurations() {
		collect(used, deployed(t, trial{stack: one.stack, changes: one.changes, preview: true}))
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		for _, one := range values[key] {
			collect(used, deployed(t, trial{stack: "prod", changes: shiftingBy("rolling", one), preview: true}))
		}
	}
	if *update {
		require.NoError(t, os.WriteFile(inputsFile, []byte(byType(t, used)), 0o600))
	}
	text, err := os.ReadFile(inputsFile)
	require.NoError(t, err)
	var asked map[string][]map[string]any
	require.NoError(t, json.Unmarshal(text, &asked))
	require.Equal(t, namesOf(used), namesOf(asked), "run again with -update")
	for kind := range replacements(t) {
		require.Contains(t, asked, kind)
	}
}

// collect adds the resources of a recording whose inputs none has that was added before.
func collect(used map[string][]map[string]any, r *pulumimocks.Recording) {
	for _, one := range r.Resources {
		kind, is := strings.CutPrefix(one.Type, "aws:")
		if !is || kind == revisions || one.Options == nil {
			continue
		}
		same := func(other map[string]any) bool { return slices.Equal(keys(other), keys(one.Inputs)) }
		if !slices.ContainsFunc(used[kind], same) {
			used[kind] = append(used[kind], withoutSecrets(one.Inputs))
		}
	}
}

// withoutSecrets has something else for what is secret, and for a certificate: both differ from run to run.
func withoutSecrets(inputs map[string]any) map[string]any {
	plain := maps.Clone(inputs)
	for name, value := range inputs {
		if _, secret := value.(*resource.Secret); secret || strings.Contains(fmt.Sprint(value), "-----BEGIN ") {
			plain[name] = name
		}
	}
	return plain
}

func keys(inputs map[string]any) []string { return slices.Sorted(maps.Keys(inputs)) }

// byType is JSON with a line for each type.
func byType(t *testing.T, inputs map[string][]map[string]any) string {
	t.Helper()
	var lines []string
	for _, kind := range slices.Sorted(maps.Keys(inputs)) {
		text, err := json.Marshal(inputs[kind])
		require.NoError(t, err)
		lines = append(lines, strconv.Quote(kind)+": "+string(text))
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n}\n"
}

// namesOf are the inputs' names alone, by type, in whichever order the resources were registered.
func namesOf(inputs map[string][]map[string]any) map[string][]string {
	names := map[string][]string{}
	for kind, resources := range inputs {
		for _, one := range resources {
			names[kind] = append(names[kind], strings.Join(keys(one), " "))
		}
		slices.Sort(names[kind])
	}
	return names
}
