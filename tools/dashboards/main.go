// Writes Grafana's dashboard of the service, which the deployment embeds: go -C tools/dashboards run .
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// written is where the deployment has it, from this module's folder.
const written = "../../infra/components/observability/dashboards/mote.json"

func main() {
	if introduced(os.Stdout, "dashboards", os.Args) {
		return
	}
	text, err := render()
	if err == nil {
		err = os.WriteFile(written, text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// render is the dashboard as the file has it.
func render() ([]byte, error) {
	board, err := dashboards().Build()
	if err != nil {
		return nil, fmt.Errorf("build dashboard: %w", err)
	}
	text, err := json.MarshalIndent(board, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write dashboard: %w", err)
	}
	return append(text, '\n'), nil
}
