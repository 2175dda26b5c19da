package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// A tree is the files that git keeps or would keep: what is ignored is not looked at.
type tree struct {
	root  string
	names []string
}

// open lists the tree below root.
func open(root string) (tree, error) {
	list := exec.Command("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
	output, err := list.Output()
	if err != nil {
		return tree{}, fmt.Errorf("list the files of %s with git: %w", root, err)
	}
	files := tree{root: root}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(output), "\x00"), "\x00") {
		// A file that was deleted but not yet committed is still in git's list.
		if files.stat(name) != nil {
			files.names = append(files.names, name)
		}
	}
	return files, nil
}

func (t tree) stat(name string) fs.FileInfo {
	info, err := os.Stat(filepath.Join(t.root, name))
	if err != nil {
		return nil
	}
	return info
}

func (t tree) read(name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(t.root, name))
}

// lines calls visit for each line of each text file whose name matches.
func (t tree) lines(match func(string) bool, visit func(name string, number int, line string)) error {
	for _, name := range t.names {
		if !match(name) || t.stat(name).IsDir() {
			continue
		}
		text, err := t.read(name)
		if err != nil {
			return err
		}
		if bytes.IndexByte(text, 0) >= 0 {
			continue
		}
		number := 0
		for line := range strings.SplitSeq(string(text), "\n") {
			number++
			visit(name, number, line)
		}
	}
	return nil
}

// find reports every line in files that match on which pattern is found.
func (t tree) find(match func(string) bool, pattern *regexp.Regexp, why string) ([]string, error) {
	var mistakes []string
	err := t.lines(match, func(name string, number int, line string) {
		if found := pattern.FindString(line); found != "" {
			mistakes = append(mistakes, fmt.Sprintf("%s:%d: %q %s", name, number, strings.TrimSpace(found), why))
		}
	})
	return mistakes, err
}

// written by people, as opposed to lock files and recorded inputs.
func written(name string) bool {
	switch filepath.Ext(name) {
	case ".sum", ".lock", ".bin", ".raw":
		return false
	}
	return filepath.Base(name) != "package-lock.json" && !strings.Contains(name, "/corpus/")
}

// The words are put together here so that this file does not break its own rule.
var forbidden = regexp.MustCompile(`(?i)\b(to` + `do|fix` + `me|x` + `xx)\b|\bd` + `bg!`)

// words keeps notes to oneself out: what is not done is an issue, not a comment.
func words(t tree) ([]string, error) {
	return t.find(written, forbidden, "is a note to oneself: do it, or file it")
}

var machinePath = regexp.MustCompile("(^|[\\s\"'`=(:])/(root|work|home|Users)/[\\w.-]+")

// paths keeps out the folders of the machine on which something was written: they exist nowhere else.
func paths(t tree) ([]string, error) {
	return t.find(written, machinePath, "exists on one machine only: name it from the repository's top, $HOME or $MOTE_CACHE")
}

// scripts sees to it that a shell script can be run as it is and stops at its first error.
func scripts(t tree) ([]string, error) {
	var mistakes []string
	for _, name := range t.names {
		if filepath.Ext(name) != ".sh" {
			continue
		}
		text, err := t.read(name)
		if err != nil {
			return nil, err
		}
		mistakes = append(mistakes, script(name, string(text), t.stat(name).Mode())...)
	}
	return mistakes, nil
}

func script(name, text string, mode fs.FileMode) []string {
	var mistakes []string
	if !strings.HasPrefix(text, "#!") {
		// Without the first line that names a shell it is meant to be sourced, and shellcheck has to be told so.
		if !strings.Contains(text, "shellcheck shell=bash") {
			mistakes = append(mistakes, name+": starts neither with \"#!\" nor says \"shellcheck shell=bash\"")
		}
		return mistakes
	}
	if mode.Perm()&0o111 == 0 {
		mistakes = append(mistakes, name+": is a script that cannot be run: chmod +x")
	}
	if !strings.Contains(text, "\nset -euo pipefail\n") {
		mistakes = append(mistakes, name+": goes on after an error: set -euo pipefail")
	}
	return mistakes
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)|(?:src|srcset|href)="([^"#]+)"`)

var (
	spanned = regexp.MustCompile("`([^`\\s]+)`")
	// inTree is a path from the repository's top; one with a placeholder names no file.
	inTree = regexp.MustCompile(`^(\.github|api|bench|docs|e2e|examples|gateway|image|infra|nix|scripts|src|tests|tools)/[\w./-]*$`)
)

// namedPaths sees to it that each file and folder that a document names exists. Decision records keep the names of their time.
func namedPaths(t tree) ([]string, error) {
	var mistakes []string
	document := func(name string) bool {
		return filepath.Ext(name) == ".md" && !strings.HasPrefix(name, "docs/decisions/") && name != "CHANGELOG.md"
	}
	err := t.lines(document, func(name string, number int, line string) {
		for _, match := range spanned.FindAllStringSubmatch(line, -1) {
			// The document of a crate that is published alone names its own files.
			beside := filepath.Join(filepath.Dir(name), match[1])
			if inTree.MatchString(match[1]) && t.stat(match[1]) == nil && t.stat(beside) == nil {
				mistakes = append(mistakes, fmt.Sprintf("%s:%d: names %s, which does not exist", name, number, match[1]))
			}
		}
	})
	return mistakes, err
}

// links follows each relative link of a Markdown file.
func links(t tree) ([]string, error) {
	var mistakes []string
	markdown := func(name string) bool { return filepath.Ext(name) == ".md" }
	err := t.lines(markdown, func(name string, number int, line string) {
		for _, match := range link.FindAllStringSubmatch(line, -1) {
			target := match[1] + match[3]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if t.stat(filepath.Join(filepath.Dir(name), target)) == nil {
				mistakes = append(mistakes, fmt.Sprintf("%s:%d: links to %s, which does not exist", name, number, target))
			}
		}
	})
	return mistakes, err
}
