package estimate

import (
	"fmt"
	"os"
	"strings"
)

// Document returns a document's text with the tables between its marking lines as they are computed now.
func Document(folder, report, path string) (string, error) {
	text, err := os.ReadFile(path) //nolint:gosec // The path is the caller's own.
	if err != nil {
		return "", fmt.Errorf("read document: %w", err)
	}
	document := string(text)
	for name, table := range map[string]func(folder, report string) (string, error){"growth": Growth, "comparison": Compare} {
		content, err := table(folder, report)
		if err != nil {
			return "", err
		}
		begin, end := "<!-- "+name+": `make cost STACK=-write` writes it -->\n", "<!-- end of "+name+" -->"
		before, rest, found := strings.Cut(document, begin)
		_, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			return "", fmt.Errorf("%s has no place for the table %q", path, name)
		}
		document = before + begin + "\n" + content + "\n" + end + after
	}
	return document, nil
}

// Write puts the tables into a document.
func Write(folder, report, path string) error {
	text, err := Document(folder, report, path)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return fmt.Errorf("write document: %w", err)
	}
	return nil
}
