package main

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	local  = regexp.MustCompile(`^\./\.github/[\w./-]+$`)
	pinned = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
	// version is the comment that tells people, and Dependabot, which release a commit is.
	version = regexp.MustCompile(`^# v\d+(\.\d+)*$`)
	// A run step is one call of something that a laptop can call too, with plain words or quoted variables behind it.
	call = regexp.MustCompile(`^(make|[\w./-]+)((?: +(?:[\w./=:@#-]+|"[\w./=:@-]*\$\w+"))*)$`)
)

func (s step) inspect(t tree) []string {
	var mistakes []string
	note := func(when bool, mistake, about string) {
		if when {
			mistakes = append(mistakes, fmt.Sprintf("has a step that %s: %s", mistake, about))
		}
	}
	uses := s.Uses.Value
	note(pinned.MatchString(uses) && !version.MatchString(s.Uses.LineComment), "has a pin without its version behind it, as in \"# v1.2.3\"", uses)
	note(s.Run != "" && !single(t, s.Run), "is more than one call of a script or make target of this repository", s.Run)
	// A builder that is guessed from the machine could be another one on the next machine.
	note(strings.HasPrefix(s.Run, "make image") && s.Env["BUILDER"].Value == "", "builds the image without naming BUILDER", s.Run)
	return mistakes
}

// single says whether a run step is one call of a make target, a script that is there, or the flake.
func single(t tree, run string) bool {
	match := call.FindStringSubmatch(strings.TrimSpace(run))
	if match == nil {
		return false
	}
	switch match[1] {
	case "make":
		return targets(t, strings.Fields(match[2]))
	case "nix":
		return t.stat("flake.nix") != nil
	default:
		info := t.stat(match[1])
		return info != nil && !info.IsDir() && info.Mode().Perm()&0o111 != 0
	}
}

// targets says whether all words are targets of the Makefile, or NAME=VALUE for one.
func targets(t tree, words []string) bool {
	makefile, err := t.read("Makefile")
	if err != nil || len(words) == 0 {
		return false
	}
	for _, word := range words {
		target := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(word) + `:`)
		if !strings.Contains(word, "=") && !target.Match(makefile) {
			return false
		}
	}
	return true
}
