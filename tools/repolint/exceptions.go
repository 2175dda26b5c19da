package main

import (
	"fmt"
	"regexp"
	"time"

	"go.yaml.in/yaml/v3"
)

const exceptionsFile = ".grype.yaml"

var until = regexp.MustCompile(`\S.*until (\d{4}-\d{2}-\d{2})$`)

// exceptions refuses a finding of the image scan that is accepted without a reason or for ever.
func exceptions(today time.Time) rule {
	return func(t tree) ([]string, error) {
		text, err := t.read(exceptionsFile)
		if err != nil {
			return nil, err
		}
		var file struct {
			Ignore []struct {
				Vulnerability string `yaml:"vulnerability"`
				Reason        string `yaml:"reason"`
			} `yaml:"ignore"`
		}
		if err := yaml.Unmarshal(text, &file); err != nil {
			return nil, fmt.Errorf("read %s: %w", exceptionsFile, err)
		}
		var mistakes []string
		for _, entry := range file.Ignore {
			if mistake := exception(entry.Vulnerability, entry.Reason, today); mistake != "" {
				mistakes = append(mistakes, exceptionsFile+": "+mistake)
			}
		}
		return mistakes, nil
	}
}

func exception(vulnerability, reason string, today time.Time) string {
	if vulnerability == "" {
		return "an entry names no vulnerability, so it would hide more than one"
	}
	match := until.FindStringSubmatch(reason)
	if match == nil {
		return vulnerability + " has no reason that ends with \"until YYYY-MM-DD\""
	}
	end, err := time.Parse(time.DateOnly, match[1])
	if err != nil || end.Before(today) {
		return fmt.Sprintf("%s was accepted until %s: look at it again", vulnerability, match[1])
	}
	return ""
}
