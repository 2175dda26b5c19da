package estimate_test

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/estimate-cost/estimate"
)

const folder = "../../.."

// with writes a stack's file beside the project's own and estimates it.
func with(t *testing.T, settings string) *estimate.Bill {
	t.Helper()
	copied := t.TempDir()
	described, err := os.ReadFile(filepath.Join(folder, "Pulumi.yaml"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(copied, "Pulumi.yaml"), described, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(copied, "Pulumi.one.yaml"), []byte("config:\n"+settings), 0o600))
	bill, err := estimate.Of(copied, "one")
	require.NoError(t, err)
	return bill
}

func TestEstimate_EachStackCostsAboutFifty(t *testing.T) {
	for _, stack := range []string{"", "dev", "staging", "prod"} {
		bill, err := estimate.Of(folder, stack)
		require.NoError(t, err)
		require.LessOrEqual(t, bill.Total(), usual+0.02, bill.String())
		require.Greater(t, bill.Total(), 30.0, bill.String())
		require.Greater(t, bill.Most(), bill.Total())
	}
}

// usual was computed by hand from the price pages: 2 x 9.01 for tasks, 4 x 3.65 for addresses, 16.43 for the balancer, 6 x 0.10, 1 for the key.
const usual = 50.65

func TestEstimate_DefaultsCostWhatIsStated(t *testing.T) {
	bill, err := estimate.Of(folder, "")
	require.NoError(t, err)
	require.InDelta(t, usual, bill.Total(), 0.02, bill.String())
	require.InDelta(t, 12.66, bill.PerTask, 0.01)
	require.InDelta(t, 2, bill.Min, 0)
	require.InDelta(t, 6, bill.Max, 0)
}

func TestEstimate_BillsWhatIsChosen(t *testing.T) {
	existing := "  mote:existingVpc: vpc-00000001\n  mote:existingSubnets: [subnet-0000000a, subnet-0000000b]\n"
	for settings, more := range map[string]float64{
		"  mote:alarms: false\n":                        -0.60,
		"  mote:architecture: ARM64\n":                  -3.61,
		existing + "  mote:assignPublicIp: false\n":     -7.30,
		"  mote:egress: nat\n":                          -7.30 + 36.50,
		"  mote:egress: nat\n  mote:natPerZone: true\n": -7.30 + 2*36.50,
		"  mote:egress: endpoints\n":                    -7.30 + 3*2*7.30,
		"  mote:zones: 3\n":                             3.65,
		"  mote:dashboard: true\n":                      3.00,
		"  mote:cloudwatchMetrics: true\n":              5 * 0.30,
		"  mote:deploymentStrategy: blueGreen\n":        0.20,
		"  mote:minTasks: 3\n":                          12.66,
		// 0.25 vCPU and 1 GB, an address, a secret.
		"  mote:observability: prometheus\n":                                 10.63 + 3.65 + 0.40,
		"  mote:observability: prometheus\n  mote:architecture: ARM64\n":     -3.61 + 8.51 + 3.65 + 0.40,
		"  mote:observability: prometheus\n  mote:egress: nat\n":             -7.30 + 36.50 + 10.63 + 0.40,
		"  mote:observability: prometheus\n  mote:cloudwatchMetrics: true\n": 5*0.30 + 10.63 + 3.65 + 0.40,
		// 0.25 vCPU and 0.5 GB, an address, 58 million samples, a user.
		"  mote:observability: managed\n":                     9.01 + 3.65 + 5.20 + 9,
		"  mote:observability: managed\n  mote:minTasks: 3\n": 9.01 + 3.65 + 7.80 + 9 + 12.66,
		"  mote:spotPercent: 50\n":                            -18.02 * 0.5 * 0.7,
		"  mote:cpu: 1024\n  mote:memory: 2048\n":             54.06,
	} {
		require.InDelta(t, usual+more, with(t, settings).Total(), 0.03, settings)
	}
}

// onEKS are the least that a stack's settings have to be changed by.
const onEKS = "  mote:platform: eks\n  mote:rollbackOnAlarms: false\n  mote:kubernetesAdminArns: [\"arn:aws:iam::123456789012:role/deploy\"]\n"

// TestEstimate_EKSCostsWhatIsStated was computed by hand from the price pages: 73 for the control plane, two nodes of 30.37 with 12 percent for Auto Mode, 8
// for disks and 3.65 for an address each; 16.43 and 7.30 for the load balancer, 5 x 0.10 for alarms, 1 for the key.
func TestEstimate_EKSCostsWhatIsStated(t *testing.T) {
	bill := with(t, onEKS)
	const node = 30.368*1.12 + 8 + 3.65
	require.InDelta(t, 73+2*node+16.43+7.30+0.50+1, bill.Total(), 0.02, bill.String())
	require.InDelta(t, 2, bill.Min, 0)
	require.InDelta(t, 6, bill.Max, 0)
	require.InDelta(t, node*0.5/3.3, bill.PerTask, 0.01, "six of these pods fill a node")
	require.Regexp(t, `\n +73\.00 +1  control plane of Kubernetes\n +60\.74 +2  nodes, as t3\.medium\n`, bill.String())
	// Four GiB fill more than a node, and a node without an address costs less.
	large := with(t, onEKS+"  mote:cpu: 1024\n  mote:memory: 4096\n  mote:egress: nat\n")
	require.InDelta(t, 73+3*(node-3.65)+16.43+7.30+36.50+0.50+1, large.Total(), 0.02, large.String())
}

// stated are the prices that the settings and documents may name: each is on a bill. Firewall is no part of the program; it is said what it would cost.
func stated(t *testing.T) map[string]string {
	t.Helper()
	between := func(settings string) float64 { return with(t, settings).Total() - with(t, "").Total() }
	figure := func(dollars float64) string { return strings.TrimSuffix(fmt.Sprintf("%.2f", dollars), ".00") }
	nat := between("  mote:egress: nat\n  mote:natPerZone: true\n") - between("  mote:egress: nat\n")
	three := between("  mote:egress: endpoints\n  mote:zones: 2\n") + 2*3.65
	prod, err := estimate.Of(folder, "prod")
	require.NoError(t, err)
	const firewall = 5
	return map[string]string{
		"environment":       figure(10 * math.Round(prod.Total()/10)),
		"NAT gateway":       figure(nat),
		"endpoint":          figure(three / (3 * 2)),
		"three endpoints":   figure(math.Round(three)),
		"alarms":            figure(-between("  mote:alarms: false\n")),
		"dashboard":         figure(between("  mote:dashboard: true\n")),
		"metric of service": figure(between("  mote:cloudwatchMetrics: true\n") / 5),
		"firewall":          figure(firewall),
		"observability":     figure(between("  mote:observability: prometheus\n")),
		"EKS":               figure(10 * math.Round(with(t, onEKS).Total()/10)),
		"managed":           figure(between("  mote:observability: managed\n")),
	}
}

// TestEstimate_EveryStatedPriceIsOnABill holds what is said of prices to the one computation.
func TestEstimate_EveryStatedPriceIsOnABill(t *testing.T) {
	prices := slices.Collect(maps.Values(stated(t)))
	price := regexp.MustCompile(`([0-9]+(?:\.[0-9]+)?) dollars`)
	documents, err := filepath.Glob(filepath.Join(folder, "..", "docs", "*.md"))
	require.NoError(t, err)
	found := map[string]bool{}
	for _, path := range append(documents, filepath.Join(folder, "Pulumi.yaml"), filepath.Join(folder, "..", "README.md")) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, named := range price.FindAllStringSubmatch(string(text), -1) {
			require.Contains(t, prices, named[1], "%s says %q", path, named[0])
			found[named[1]] = true
		}
	}
	for what, dollars := range stated(t) {
		require.True(t, found[dollars], "nothing says that %s costs %s dollars", what, dollars)
	}
}

func TestEstimate_StatesItsDateAndLimits(t *testing.T) {
	bill, err := estimate.Of(folder, "prod")
	require.NoError(t, err)
	require.Contains(t, bill.String(), "stack prod, dollars a month, list prices of us-east-1 in April 2026")
	require.Contains(t, bill.String(), "capacity units, 5.84 for one all month; log lines, 0.50 a GB")
	require.Regexp(t, `\n +18\.0[0-9] +2  tasks: 0\.25 vCPU, 0\.5 GiB, x86\n`, bill.String())
}

// TestEstimate_ManagedSaysWhatItsRulesAreBilledBy has what depends on how often people look.
func TestEstimate_ManagedSaysWhatItsRulesAreBilledBy(t *testing.T) {
	require.Contains(t, with(t, "  mote:observability: managed\n").String(), "0.50 a GB; samples that rules and dashboard read, 0.10 a billion; kept images")
	require.NotContains(t, with(t, "  mote:observability: prometheus\n").String(), "a billion")
}

func TestEstimate_UnknownStackIsAnError(t *testing.T) {
	_, err := estimate.Of(folder, "nowhere")
	require.ErrorContains(t, err, "Pulumi.nowhere.yaml")
}

const (
	report   = folder + "/../bench/RESULTS.md"
	capacity = folder + "/../docs/capacity.md"
)

func TestEstimate_CapacityDocumentIsComputed(t *testing.T) {
	now, err := os.ReadFile(capacity)
	require.NoError(t, err)
	computed, err := estimate.Document(folder, report, capacity)
	require.NoError(t, err)
	require.Equal(t, computed, string(now), "make cost STACK=-write writes the tables of docs/capacity.md")
}

// measured is a report in which each request takes 20 microseconds of mote, twice that of podinfo and twenty times that of Flask.
func measured(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "RESULTS.md")
	table := "| server | CPU µs a request |\n|---|---:|\n| **mote** (x) | 20 |\n| **podinfo** (x) | 40 |\n| **flask** (x) | 400 |\n"
	require.NoError(t, os.WriteFile(path, []byte(table), 0o600))
	return path
}

// Each figure is reckoned by hand: 7500 requests a second and task at 60 percent of a quarter core; at 10,000 a second 36 GB an hour for the capacity units.
func TestEstimate_ComparisonIsWhatIsReckonedByHand(t *testing.T) {
	table, err := estimate.Compare(folder, measured(t))
	require.NoError(t, err)
	row := func(name string) string {
		found := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(name) + ` \| (.*) \|$`).FindStringSubmatch(table)
		require.NotNil(t, found, "%s in\n%s", name, table)
		return found[1]
	}
	units := 36 * 0.008 * 730
	flask := usual + (math.Ceil(10000/375.0)-2)*12.66 + units
	require.Equal(t, fmt.Sprintf("51 | 53 | %.0f | 294", usual+units), row("**mote**, the default stack (x86)"))
	require.Contains(t, row("Flask on the same stack"), fmt.Sprintf(" %.0f |", flask))
	require.Contains(t, row("EKS with pods on Fargate, mote in them"), fmt.Sprintf("%.0f | ", usual+73))
	// 26,280 million requests a month, each 0.20 a million and 0.00025 GB seconds: 5256 and 109.50.
	require.Contains(t, row("Lambda with a function URL"), "5,366")
	require.Contains(t, row("Lambda with an HTTP API in front"), "29,048")
	require.Contains(t, row("log lines, to be added to each: a line a request"), "8,567")
	require.Contains(t, row("the same with `accessLogSample: 100`"), "| 86 |")
	require.Contains(t, table, "List prices of us-east-1 in April 2026.")
}

func TestEstimate_GrowthNamesTheLimitsThatArePassed(t *testing.T) {
	table, err := estimate.Growth(folder, measured(t))
	require.NoError(t, err)
	require.Contains(t, table, "| 10,000 | 2 | 36 | 563 |  |\n")
	require.Contains(t, table, "| 100,000 | 14 | 360 | 5,633 | `maxTasks` (6) |\n")
	require.Contains(t, table, "| 10,000,000 | 1,334 | 36,000 | 563,328 | `maxTasks` (6), vCPUs on Fargate in an account (6), targets in a target group (1,000) |\n")
}
