// Command kubernetes-objects writes the Kubernetes objects that stacks on EKS make, for a validator to read: go run ./cmd/kubernetes-objects FOLDER
// It runs in the folder of Pulumi.yaml. Each stack has a folder of its own, and each object a file that is called like its kind.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/mote-dev/mote/infra/internal/commandline"
	"github.com/mote-dev/mote/infra/internal/dryrun"
)

// onEKS is the least that a stack's settings have to be changed by.
var onEKS = map[string]string{
	"platform": "eks", "rollbackOnAlarms": "false", "kubernetesAdminArns": `["arn:aws:iam::123456789012:role/mote-prod-deploy"]`,
}

// whole are the settings that add something to an object.
var whole = map[string]string{ //nolint:gosec // It names a secret, and is none.
	"containerPort": "80", "command": `["serve"]`, "environment": `["GREETING=hello"]`, "scratchSpace": "true", "targetMemoryPercent": "70", "egress": "nat",
	"permissions": `["dynamodb:GetItem on arn:aws:dynamodb:eu-central-1:123456789012:table/notes"]`, "message": "hello", "architecture": "ARM64",
	"secrets":            `["TOKEN=arn:aws:secretsmanager:eu-central-1:123456789012:secret:mote/token-AbCdEf:field::"]`,
	"kubernetesViewArns": `["arn:aws:iam::123456789012:role/mote-prod-preview"]`,
}

// foreign are those of an image of another project, which leaves most out.
var foreign = map[string]string{
	"serviceSettings": "false", "healthCheckCommand": `["NONE"]`, "user": "", "deregistrationDelaySeconds": "0", "readOnlyRoot": "false",
}

func main() {
	commandline.Introduce("kubernetes-objects FOLDER; in the folder of Pulumi.yaml")
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "kubernetes-objects:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("one folder is needed")
	}
	for name, stack := range map[string]struct {
		name    string
		changes map[string]string
	}{"dev": {"dev", nil}, "prod": {"prod", nil}, "whole": {"prod", whole}, "foreign": {"dev", foreign}} {
		if err := write(filepath.Join(args[0], name), stack.name, stack.changes); err != nil {
			return fmt.Errorf("stack %s: %w", name, err)
		}
	}
	return nil
}

// write runs a stack's program and keeps what the Kubernetes provider would be given.
func write(folder, stack string, changes map[string]string) error {
	settings := maps.Clone(onEKS)
	maps.Copy(settings, changes)
	recording, err := dryrun.Record(".", stack, settings)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o750); err != nil { //nolint:gosec // The folder is the caller's own.
		return fmt.Errorf("make folder: %w", err)
	}
	for _, one := range recording.Resources {
		if !strings.HasPrefix(one.Type, "kubernetes:") {
			continue
		}
		text, err := json.MarshalIndent(one.Inputs, "", "  ")
		if err != nil {
			return fmt.Errorf("write %s: %w", one.Type, err)
		}
		kind := one.Type[strings.LastIndexByte(one.Type, ':')+1:]
		if err := os.WriteFile(filepath.Join(folder, kind+".json"), text, 0o600); err != nil { //nolint:gosec // The folder is the caller's own.
			return fmt.Errorf("write %s: %w", kind, err)
		}
	}
	return nil
}
