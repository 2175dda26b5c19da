package stack

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// update writes the records anew: go test ./stack -run TestStack_MatchesTheGoldenRecord -update. What git then shows is what
// every existing stack would be changed by.
var update = flag.Bool("update", false, "write the records of what the stacks ask for")

// passing are the parts of a record that differ from run to run: the test image and the port of the test registry.
var passing = regexp.MustCompile(`localhost:[0-9]+|sha256:[0-9a-f]{64}`)

// TestStack_MatchesTheGoldenRecord holds what the stacks ask AWS for to what they always asked for: whatever is added to the
// program must be a choice, and no stack that did not choose may see one of its resources replaced.
func TestStack_MatchesTheGoldenRecord(t *testing.T) {
	for name, one := range map[string]trial{"dev": {stack: "dev"}, "prod": {stack: "prod"}, "eks": {stack: "prod", changes: onKubernetes}} {
		path := filepath.Join("testdata", name+".txt")
		now := lines(t, deployed(t, one))
		if *update {
			require.NoError(t, os.WriteFile(path, []byte(now), 0o600))
		}
		before, err := os.ReadFile(path)
		require.NoError(t, err)
		golden := strings.Split(string(before), "\n")
		for i, line := range strings.Split(now, "\n") {
			require.Equal(t, golden[min(i, len(golden)-1)], line, "every existing stack would be changed: run again with -update if that is meant")
		}
		require.Equal(t, string(before), now)
	}
}

// lines are what was asked for, a resource a line, in the order of their names.
func lines(t *testing.T, r *pulumimocks.Recording) string {
	t.Helper()
	require.Greater(t, len(r.Resources), 30)
	var lines []string
	for _, one := range r.Resources {
		inputs, err := json.Marshal(one.Inputs)
		require.NoError(t, err)
		line := fmt.Sprintf("%s %s %s", one.Type, one.Name, inputs)
		if one.Options != nil {
			line += fmt.Sprintf(" parent=%s ignored=%v protected=%t alone=%t", one.Options.GetParent(),
				one.Options.GetIgnoreChanges(), one.Options.GetProtect(), one.Options.GetDeleteBeforeReplace())
		}
		lines = append(lines, passing.ReplaceAllString(line, "..."))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}
