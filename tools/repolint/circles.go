package main

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A language says how a file names others of its own package, each by its path without extension.
type language struct {
	files *regexp.Regexp // its one group is the module that the file is, its text before that the folder of the package
	names *regexp.Regexp // its groups are names of modules, single or in a list
	tests string         // what follows it is left out
	inner bool           // whether the folder is a module itself, which uses all that are in it
}

// languages are those whose compilers allow circles. A module of Rust is a file with the folder of its name: other modules see the two as
// one, and the files of the folder use each other by "super". The gateway's own test holds its files to more.
var languages = []language{
	{regexp.MustCompile(`^(?:bench/peers/rust/)?src/(\w+)(?:/\w+)*\.rs$`), regexp.MustCompile(`crate::(?:(\w+)|\{([^}]*)\})`), "#[cfg(test)]", false},
	{regexp.MustCompile(`^(?:bench/peers/rust/)?src/\w+/(\w+)\.rs$`), regexp.MustCompile(`super::(?:(\w+)|\{([^}]*)\})`), "#[cfg(test)]", true},
	{regexp.MustCompile(`^(?:bench|e2e)/\w+/(\w+)\.py$`), regexp.MustCompile(`(?m)^from (?:\.|harness|judge)(?:\.?(\w+) import| import (.+))`), "\n\n\nif __name__", false},
}

// circles finds modules that use each other, directly or by way of others: none of them can be read, or moved, without the rest.
func circles(t tree) ([]string, error) {
	var mistakes []string
	for _, one := range languages {
		packages := map[string]map[string]map[string]bool{}
		for _, name := range t.names {
			match := one.files.FindStringSubmatchIndex(name)
			if match == nil {
				continue
			}
			text, err := t.read(name)
			if err != nil {
				return nil, err
			}
			folder, module := name[:match[2]], name[match[2]:match[3]]
			if packages[folder] == nil {
				packages[folder] = map[string]map[string]bool{}
			}
			if packages[folder][module] == nil {
				packages[folder][module] = map[string]bool{}
			}
			maps.Copy(packages[folder][module], one.used(string(text), module))
		}
		for folder, uses := range packages {
			if one.inner {
				mistakes = append(mistakes, parents(path.Clean(folder), uses)...)
			}
			if left := circle(uses); len(left) > 0 {
				mistakes = append(mistakes, fmt.Sprintf("%s: modules use each other, or are used by such: %s", path.Clean(folder), strings.Join(left, ", ")))
			}
		}
	}
	return mistakes, nil
}

// parents finds files that use what is not in a file beside them, so is in the module above, which uses them.
func parents(folder string, uses map[string]map[string]bool) []string {
	var mistakes []string
	for _, name := range slices.Sorted(maps.Keys(uses)) {
		for _, used := range slices.Sorted(maps.Keys(uses[name])) {
			if _, beside := uses[used]; !beside {
				mistakes = append(mistakes, fmt.Sprintf("%s/%s.rs: uses %s of %s.rs, which uses this file", folder, name, used, folder))
			}
		}
	}
	return mistakes
}

// used are the modules that a text names, other than its own.
func (l language) used(text, own string) map[string]bool {
	text, _, _ = strings.Cut(text, l.tests)
	found := map[string]bool{}
	for _, match := range l.names.FindAllStringSubmatch(text, -1) {
		for name := range strings.SplitSeq(match[1]+match[2], ",") {
			name, _, _ = strings.Cut(strings.TrimSpace(name), "::")
			found[name] = name != own
		}
	}
	return found
}

// circle takes away module after module that uses none of those left, and gives what remains.
func circle(uses map[string]map[string]bool) []string {
	left := maps.Clone(uses)
	for {
		size := len(left)
		maps.DeleteFunc(left, func(_ string, used map[string]bool) bool {
			for name := range used {
				if _, is := left[name]; is && used[name] {
					return false
				}
			}
			return true
		})
		if len(left) == size {
			return slices.Sorted(maps.Keys(left))
		}
	}
}
