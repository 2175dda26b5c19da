// scan asks a policy scanner what it thinks of everything that the stacks would make, and fails on each finding that has no reason in
// scan/reasons.txt, on each reason that is not needed, and when the scanner misses faults that are planted for it to find:
//
//	go run ./cmd/scan CHECKOV [ARG ...]
//
// scan.sh installs the scanner and runs this.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/mote-dev/mote/infra/cmd/scan/findings"
	"github.com/mote-dev/mote/infra/cmd/scan/plan"
	"github.com/mote-dev/mote/infra/internal/commandline"
	"github.com/mote-dev/mote/infra/internal/dryrun"
	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

func main() {
	commandline.Introduce("scan [-reasons FILE] CHECKOV [ARG ...]")
	reasons := flag.String("reasons", filepath.Join("cmd", "scan", "reasons.txt"), "why findings stay")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, flag.Args(), *reasons, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// everything chooses what the environments leave out, so that it is looked at as well.
var everything = map[string]string{
	"deploymentStrategy": "canary", "dashboard": "true", "containerInsights": "enabled", "domain": "mote.example.com",
	"hostedZone": "example.com", "accessLogsBucket": "logs", "alarmEmail": "team@example.com", "spotPercent": "50",
	"deletionProtection": "true", "egress": "endpoints",
}

// onEKS is what a stack has to choose to be on Kubernetes, and what it can choose there.
var onEKS = map[string]string{ //nolint:gosec // It names a key, and is none.
	"platform": "eks", "rollbackOnAlarms": "false", "kubernetesAdminArns": `["arn:aws:iam::123456789012:role/github-mote-deploy-eks"]`,
	"kubernetesApiCidrs": `["192.0.2.0/24"]`, "secretsKmsKeyArn": "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-0000-0000-000000000000",
	"permissions": `["dynamodb:GetItem on arn:aws:dynamodb:eu-central-1:123456789012:table/notes"]`,
	"secrets":     `["URL=arn:aws:ssm:eu-central-1:123456789012:parameter/mote/url"]`, "kubernetesViewArns": `["arn:aws:iam::123456789012:role/github-mote-preview-eks"]`,
}

// stacks are those that are looked at, with what is looked at of each beside what its file has: endpoints, which everything has, lead to no image of
// Prometheus. All differ in all names.
var stacks = []struct {
	file, name string
	further    map[string]string
}{
	{"dev", "dev", nil}, {"staging", "staging", map[string]string{"observability": "prometheus"}},
	{"prod", "prod", map[string]string{"observability": "managed"}}, {"", "default", everything}, {"prod", "eks", onEKS},
}

// run scans all stacks in one plan.
func run(ctx context.Context, scanner []string, reasons string, out io.Writer) error {
	if len(scanner) == 0 {
		return errors.New("which scanner? go run ./cmd/scan CHECKOV [ARG ...]")
	}
	known, err := findings.Read(reasons)
	if err != nil {
		return err
	}
	all := &pulumimocks.Recording{}
	for _, stack := range stacks {
		recording, err := dryrun.RecordAs(".", stack.file, stack.name, stack.further)
		if err != nil {
			return err
		}
		all.Resources = append(all.Resources, recording.Resources...)
	}
	found, err := scan(ctx, scanner, all)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d checks passed, %d did not, of %d resources\n", found.Passed, len(found.Failed), found.Resources)
	problems := known.Judge(found.Failed)
	if len(problems) > 0 {
		fmt.Fprintf(out, "%s\n", strings.Join(problems, "\n"))
		return fmt.Errorf("the scanner is not content: correct it, or say in %s why it may stay", reasons)
	}
	return sees(ctx, scanner, all, out)
}

// sees plants faults and fails when one is not found: a scanner that reads nothing finds nothing.
func sees(ctx context.Context, scanner []string, all *pulumimocks.Recording, out io.Writer) error {
	planted, err := plant(all)
	if err != nil {
		return err
	}
	found, err := scan(ctx, scanner, all)
	if err != nil {
		return err
	}
	var missed []error
	for _, fault := range planted {
		if !found.Has(fault.check, plan.Address(fault.kind, fault.name)) {
			missed = append(missed, fmt.Errorf("the scanner did not find %s planted in %s %s", fault.check, fault.kind, fault.name))
		}
	}
	if len(missed) == 0 {
		fmt.Fprintf(out, "all %d faults that were planted were found\n", len(planted))
	}
	return errors.Join(missed...)
}

// scan runs the scanner over a recording's plan, without the network.
func scan(ctx context.Context, scanner []string, recording *pulumimocks.Recording) (*findings.Found, error) {
	text, err := plan.Write(recording)
	if err != nil {
		return nil, fmt.Errorf("write plan: %w", err)
	}
	folder, err := os.MkdirTemp("", "mote-scan-")
	if err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "plan.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return nil, fmt.Errorf("write plan: %w", err)
	}
	arguments := append(slices.Clone(scanner[1:]), "--file", path, "--framework", "terraform_plan", "--output", "json", "--compact",
		"--skip-download", "--soft-fail")
	command := exec.CommandContext(ctx, scanner[0], arguments...) //nolint:gosec // The scanner is the program that the caller names.
	command.Stderr = os.Stderr
	answer, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", scanner[0], err)
	}
	return findings.Parse(answer)
}
