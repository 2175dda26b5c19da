// Package report is the form in which the check of a deployment says what it has found, on each platform.
package report

import (
	"errors"
	"fmt"
	"io"
)

// ErrNotRolledOut says that another version than the one asked for serves, or none.
var ErrNotRolledOut = errors.New("the version was not rolled out")

// MaxLines of each kind are enough to see a reason and few enough to read.
const MaxLines = 10

// Section writes what may say why. What cannot be asked is said and does not hide the rest.
func Section(out io.Writer, title string, ask func() ([]string, error)) {
	lines, err := ask()
	if err != nil {
		lines = append(lines, "request failed: "+err.Error())
	}
	if len(lines) == 0 {
		lines = []string{"nothing"}
	}
	fmt.Fprintf(out, "\n%s:\n", title)
	for _, line := range lines {
		fmt.Fprintf(out, "  %s\n", line)
	}
}
