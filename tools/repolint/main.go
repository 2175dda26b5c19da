// Command repolint holds the tree to the rules that no public linter knows: how workflows are written, which words and paths stay
// out, and that the tables of docs/configuration.md say what the sources say.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// A rule looks at the whole tree and returns one line for each mistake, each naming its file and what would be right.
type rule func(tree) ([]string, error)

func main() {
	root := flag.String("root", ".", "the repository's top folder")
	help := flag.String("service-help", "", "file that holds what the service's --help prints")
	write := flag.Bool("write", false, "write the tables of docs/configuration.md instead of checking them")
	if introduced(os.Stdout, "repolint -root FOLDER [-service-help FILE] [-write]", os.Args) {
		return
	}
	flag.Parse()
	if err := run(*root, *help, *write); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(root, help string, write bool) error {
	files, err := open(root)
	if err != nil {
		return err
	}
	tables := settingsTables{help: help}
	if write {
		return tables.write(files)
	}
	mistakes, err := check(files, words, paths, scripts, links, namedPaths, workflows, stages, pulumi, toolchains, settingsOnly, terms, circles,
		exceptions(time.Now()), updates, tables.check)
	if err != nil {
		return err
	}
	for _, mistake := range mistakes {
		fmt.Fprintln(os.Stderr, mistake)
		if os.Getenv("GITHUB_ACTIONS") == "true" {
			fmt.Fprintln(os.Stderr, annotation(mistake))
		}
	}
	if len(mistakes) > 0 {
		return fmt.Errorf("%d mistakes in the tree, listed above", len(mistakes))
	}
	fmt.Printf("%d files keep the repository's own rules\n", len(files.names))
	return nil
}

// check applies every rule, so that one run shows all mistakes.
func check(files tree, rules ...rule) ([]string, error) {
	var all []string
	for _, apply := range rules {
		mistakes, err := apply(files)
		if err != nil {
			return nil, err
		}
		all = append(all, mistakes...)
	}
	slices.Sort(all)
	return all, nil
}

// annotation is a mistake as GitHub shows it beside the line that it is about: "file:line: text" or "file: text".
func annotation(mistake string) string {
	place, text, _ := strings.Cut(mistake, ": ")
	file, line, numbered := strings.Cut(place, ":")
	if !numbered {
		line = "1"
	}
	return fmt.Sprintf("::error file=%s,line=%s::%s", file, line, text)
}
