package estimate_test

import (
	"os"
	"path/filepath"
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

func TestEstimate_EachStackCostsLessThanItsBudget(t *testing.T) {
	for _, stack := range []string{"", "dev", "staging", "prod"} {
		bill, err := estimate.Of(folder, stack)
		require.NoError(t, err)
		require.Less(t, bill.Total(), 50.0, bill.String())
		require.Greater(t, bill.Total(), 30.0, bill.String())
		require.Greater(t, bill.Most(), bill.Total())
	}
}

// The figures were computed by hand from the price pages: 2 x 9.01 for tasks, 4 x 3.65 for addresses, 16.43 for the balancer, 6 x 0.10.
func TestEstimate_DefaultsCostWhatIsStated(t *testing.T) {
	bill, err := estimate.Of(folder, "")
	require.NoError(t, err)
	require.InDelta(t, 49.65, bill.Total(), 0.02, bill.String())
	require.InDelta(t, 12.66, bill.PerTask, 0.01)
	require.InDelta(t, 2, bill.Min, 0)
	require.InDelta(t, 6, bill.Max, 0)
}

func TestEstimate_BillsWhatIsChosen(t *testing.T) {
	require.InDelta(t, 49.05, with(t, "  mote:alarms: false\n").Total(), 0.02)
	require.InDelta(t, 46.04, with(t, "  mote:architecture: ARM64\n").Total(), 0.02)
	existing := "  mote:existingVpc: vpc-00000001\n  mote:existingSubnets: [subnet-0000000a, subnet-0000000b]\n"
	require.InDelta(t, 49.65-7.30, with(t, existing+"  mote:assignPublicIp: false\n").Total(), 0.02)
	require.InDelta(t, 49.65-7.30+32.85+3.65, with(t, "  mote:egress: nat\n").Total(), 0.02)
	require.InDelta(t, 49.65-7.30+2*(32.85+3.65), with(t, "  mote:egress: nat\n  mote:natPerZone: true\n").Total(), 0.02)
	require.InDelta(t, 49.65-7.30+3*2*7.30, with(t, "  mote:egress: endpoints\n").Total(), 0.02)
	require.InDelta(t, 49.65+3.65, with(t, "  mote:zones: 3\n").Total(), 0.02)
	require.InDelta(t, 49.65+3.00, with(t, "  mote:dashboard: true\n").Total(), 0.02)
	require.InDelta(t, 49.65+0.20, with(t, "  mote:deploymentStrategy: blueGreen\n").Total(), 0.02)
	require.InDelta(t, 49.65+12.66, with(t, "  mote:minTasks: 3\n").Total(), 0.02)
	require.InDelta(t, 49.65-18.02*0.5*0.7, with(t, "  mote:spotPercent: 50\n").Total(), 0.02)
	require.InDelta(t, 49.65+54.06, with(t, "  mote:cpu: 1024\n  mote:memory: 2048\n").Total(), 0.1)
}

func TestEstimate_StatesItsDateAndLimits(t *testing.T) {
	bill, err := estimate.Of(folder, "prod")
	require.NoError(t, err)
	require.Contains(t, bill.String(), "stack prod, dollars a month, list prices of us-east-1 in April 2026")
	require.Contains(t, bill.String(), "By use, and not in here")
	require.Regexp(t, `\n +18\.0[0-9] +2  tasks: 0\.25 vCPU, 0\.5 GiB, x86\n`, bill.String())
}

func TestEstimate_UnknownStackIsAnError(t *testing.T) {
	_, err := estimate.Of(folder, "nowhere")
	require.ErrorContains(t, err, "Pulumi.nowhere.yaml")
}
