// Package benchmark reads what bench/ has measured, so that no program states it again.
package benchmark

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// workColumn is the benchmark's, with one core for the server.
const workColumn = "CPU µs a request"

// Work is the processor time of a request to a server, as the benchmark's report at a path has it.
func Work(path, server string) (time.Duration, error) {
	text, err := os.ReadFile(path) //nolint:gosec // The path is the caller's own.
	if err != nil {
		return 0, fmt.Errorf("read the benchmark's report: %w", err)
	}
	column, servers := -1, []string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if column < 0 {
			column = indexOf(cells, workColumn)
			continue
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(cells[min(1, len(cells)-1)]), "**"), "**")
		if len(cells) <= column || name == "" || strings.HasPrefix(name, "---") {
			if len(servers) > 0 {
				break
			}
			continue
		}
		if servers = append(servers, name); name == server {
			micros, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(cells[column]), ",", ""), 64)
			if err != nil {
				return 0, fmt.Errorf("read %s of %s: %w", workColumn, server, err)
			}
			return time.Duration(micros * float64(time.Microsecond)), nil
		}
	}
	return 0, fmt.Errorf("%s has no server %q in its column %q, but %s", path, server, workColumn, strings.Join(servers, ", "))
}

func indexOf(cells []string, text string) int {
	for i, cell := range cells {
		if strings.TrimSpace(cell) == text {
			return i
		}
	}
	return -1
}
