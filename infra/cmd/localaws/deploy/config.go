package deploy

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

// configure gives the stack exactly these settings: none of an earlier run stays behind.
func (s *Stack) configure(ctx context.Context, settings map[string]string) error {
	old, err := s.auto.GetAllConfig(ctx)
	if err != nil {
		return fmt.Errorf("read the stack's settings: %w", err)
	}
	var gone []string
	for key := range old {
		value, is := settings[key]
		// A list that changed goes as a whole: it may have become shorter.
		if _, listed := list(value); !is || listed && old[key].Value != value {
			gone = append(gone, key)
		}
	}
	if len(gone) > 0 {
		if err := s.auto.RemoveAllConfig(ctx, gone); err != nil {
			return fmt.Errorf("remove old settings: %w", err)
		}
	}
	for _, values := range rounds(settings, old) {
		if err := s.auto.SetAllConfigWithOptions(ctx, values, &auto.ConfigOptions{Path: true}); err != nil {
			return fmt.Errorf("set the stack's settings: %w", err)
		}
	}
	return nil
}

// rounds are the settings that are not as they were. Pulumi only ever appends to a list and takes no list as one text, and a map has no
// order: hence a round for the first entries of all lists, one for the second, and so on.
func rounds(settings map[string]string, old auto.ConfigMap) []auto.ConfigMap {
	var all []auto.ConfigMap
	for key, value := range settings {
		if old[key].Value == value {
			continue
		}
		for i, entry := range entries(key, value) {
			if i == len(all) {
				all = append(all, auto.ConfigMap{})
			}
			all[i][entry[0]] = auto.ConfigValue{Value: entry[1]}
		}
	}
	return all
}

// list reads a setting that is a list, which is written as JSON.
func list(value string) (entries []string, is bool) {
	err := json.Unmarshal([]byte(value), &entries)
	return entries, err == nil
}

// entries are the names and values that Pulumi keeps of a setting: one, or one for each entry of a list.
func entries(key, value string) [][2]string {
	values, is := list(value)
	if !is {
		return [][2]string{{key, value}}
	}
	var all [][2]string
	for i, one := range values {
		all = append(all, [2]string{fmt.Sprintf("%s[%d]", key, i), one})
	}
	return all
}
