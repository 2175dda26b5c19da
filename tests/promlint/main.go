// Reads a page of metrics as Prometheus does, and lints it as `promtool check metrics` does.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

func main() {
	page, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = check(page)
	}
	if err != nil {
		fmt.Println("bad:", err)
		os.Exit(1)
	}
}

func check(page []byte) error {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(page))
	if err != nil {
		return fmt.Errorf("parse: %w", err)
	}
	problems, err := promlint.New(bytes.NewReader(page)).Lint()
	if err != nil {
		return fmt.Errorf("lint: %w", err)
	}
	if len(problems) > 0 {
		return fmt.Errorf("lint: %v", problems)
	}
	samples := 0
	for _, family := range families {
		samples += len(family.GetMetric())
	}
	fmt.Printf("good: %d families, %d samples\n", len(families), samples)
	return nil
}
