package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// settingsTables are the tables of docs/configuration.md. They are generated from what the programs themselves say, so they cannot lag.
type settingsTables struct {
	// help is a file that holds what `mote --help` printed; without it the service's table is not looked at.
	help string
}

// A setting is one row of a table; group is the heading that its source has above it, if there is one.
type setting struct{ name, value, meaning, group string }

const document = "docs/configuration.md"

// projects are the Pulumi projects whose settings are in the document, by the name of their table.
var projects = map[string]string{"stack": "infra/Pulumi.yaml", "bootstrap": "infra/bootstrap/Pulumi.yaml"}

// check compares each table with its source.
func (s settingsTables) check(t tree) ([]string, error) {
	wanted, err := s.tables(t)
	if err != nil {
		return nil, err
	}
	text, err := t.read(document)
	if err != nil {
		return nil, err
	}
	var mistakes []string
	for name, table := range wanted {
		if current, found := between(string(text), name); !found {
			mistakes = append(mistakes, fmt.Sprintf("%s: has no lines %q and %q", document, begin(name), end))
		} else if current != table {
			mistakes = append(mistakes, fmt.Sprintf("%s: the %s settings are not what their source says: scripts/dev/lint.sh tables", document, name))
		}
	}
	return mistakes, nil
}

// write puts each table into the document.
func (s settingsTables) write(t tree) error {
	wanted, err := s.tables(t)
	if err != nil {
		return err
	}
	raw, err := t.read(document)
	if err != nil {
		return err
	}
	text := string(raw)
	for name, table := range wanted {
		current, found := between(text, name)
		if !found {
			return fmt.Errorf("%s has no lines %q and %q", document, begin(name), end)
		}
		text = strings.Replace(text, begin(name)+"\n"+current+end, begin(name)+"\n"+table+end, 1)
	}
	return os.WriteFile(filepath.Join(t.root, document), []byte(text), 0o644)
}

// tables renders the table of each source that is there.
func (s settingsTables) tables(t tree) (map[string]string, error) {
	tables := map[string]string{}
	if s.help != "" {
		text, err := os.ReadFile(s.help)
		if err != nil {
			return nil, fmt.Errorf("read what the service's --help printed: %w", err)
		}
		rows := serviceSettings(string(text))
		if len(rows) == 0 {
			return nil, fmt.Errorf("%s names no setting: has the form of --help changed?", s.help)
		}
		tables["service"] = render(rows)
	}
	for name, project := range projects {
		if t.stat(project) == nil {
			continue
		}
		text, err := t.read(project)
		if err != nil {
			return nil, err
		}
		rows, err := stackSettings(text)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", project, err)
		}
		tables[name] = render(rows)
	}
	return tables, nil
}

var helpLine = regexp.MustCompile(`(?m)^ +(MOTE_[A-Z_]+) +(.*?) \[(.*)\]$`)

// serviceSettings reads the lines "  NAME  meaning [default]".
func serviceSettings(help string) []setting {
	var rows []setting
	for _, match := range helpLine.FindAllStringSubmatch(help, -1) {
		rows = append(rows, setting{name: match[1], meaning: match[2], value: match[3]})
	}
	return rows
}

// stackSettings reads the described settings of a Pulumi project, in the order in which it has them.
func stackSettings(text []byte) ([]setting, error) {
	var file struct {
		Config yaml.Node `yaml:"config"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	var rows []setting
	for pair := range slices.Chunk(file.Config.Content, 2) {
		var described struct {
			Default     yaml.Node `yaml:"default"`
			Description string    `yaml:"description"`
		}
		if err := pair[1].Decode(&described); err != nil {
			return nil, fmt.Errorf("%s: %w", pair[0].Value, err)
		}
		if described.Description == "" {
			return nil, fmt.Errorf("%s has no description", pair[0].Value)
		}
		rows = append(rows, setting{
			name: pair[0].Value, value: plain(described.Default), meaning: described.Description,
			group: strings.TrimSpace(strings.TrimPrefix(pair[0].HeadComment, "#")),
		})
	}
	return rows, nil
}

// plain is a default as people would type it: a list is shown on one line.
func plain(node yaml.Node) string {
	if node.Kind == yaml.ScalarNode || node.IsZero() {
		return node.Value
	}
	node.Style = yaml.FlowStyle
	text, err := yaml.Marshal(&node)
	if err != nil {
		return node.Value
	}
	return strings.TrimSpace(string(text))
}

const end = "<!-- end of settings -->"

func begin(name string) string { return "<!-- settings: " + name + " -->" }

// between is the text between the two marking lines of a table.
func between(text, name string) (string, bool) {
	_, rest, found := strings.Cut(text, begin(name)+"\n")
	if !found {
		return "", false
	}
	table, _, closed := strings.Cut(rest, end)
	return table, closed
}

const header = "| setting | default | what it does |\n|---|---|---|\n"

// render makes one table, or one below a heading for each group.
func render(rows []setting) string {
	var table strings.Builder
	if len(rows) > 0 && rows[0].group == "" {
		table.WriteString(header)
	}
	for _, row := range rows {
		if row.group != "" {
			fmt.Fprintf(&table, "\n### %s\n\n%s", row.group, header)
		}
		value := ""
		if row.value != "" {
			value = "`" + row.value + "`"
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", row.name, value, cell(row.meaning))
	}
	return table.String()
}

// cell makes text fit into one cell of a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}
