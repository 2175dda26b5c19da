package config

import (
	"cmp"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// present are the keys of a stack's own settings. Pulumi's context answers for one key at a time, so they are read from where it has them.
func present(project string) []string {
	var all map[string]string
	if json.Unmarshal([]byte(os.Getenv(pulumi.EnvConfig)), &all) != nil {
		return nil // There is none where Pulumi did not start the program.
	}
	var own []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if name, is := strings.CutPrefix(key, project+":"); is {
			own = append(own, name)
		}
	}
	return own
}

// checkKnown refuses settings that nothing reads, and names the one that was probably meant.
func checkKnown(r *reader, keys []string) {
	for _, key := range keys {
		if !r.known[key] {
			r.errorf(key, "is not a setting: did you mean %s?", nearest(key, slices.Sorted(maps.Keys(r.known))))
		}
	}
}

// nearest is the most similar name; a common beginning counts more than the rest.
func nearest(key string, names []string) string {
	return slices.MaxFunc(names, func(a, b string) int {
		return cmp.Compare(levenshtein.Match(key, a, nil), levenshtein.Match(key, b, nil))
	})
}
