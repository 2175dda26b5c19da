package rollout_test

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/export"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/rollout"
)

// from reads what an export deploys.
func from(in io.Reader) (rollout.Deployment, error) {
	resources, err := export.Read(in)
	if err != nil {
		return rollout.Deployment{}, err //nolint:wrapcheck // The tests look at the error itself.
	}
	return rollout.FromResources(resources)
}

// TestVerify_ReadsAFailedUpFromItsExport is about a stack whose service did not become stable: Pulumi has the new revision, the outputs are
// those of the deployment before, and the old revision waits for its deletion.
func TestVerify_ReadsAFailedUpFromItsExport(t *testing.T) {
	file, err := os.Open("testdata/failed-up.json")
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	d, err := from(file)
	require.NoError(t, err)
	require.Equal(t, rollout.Deployment{
		Cluster: "mote-prod", Service: "mote-prod-ab40afb", TaskDefinition: family + "8",
		ImageDigest: "sha256:" + strings.Repeat("7", 64),
		LogGroup:    "/ecs/mote-prod", TaskEventsLogGroup: "/aws/events/mote-prod-task-events", ProductionRule: productionRule,
	}, d)
}

// TestVerify_ReadsTheServiceAndNotWhatWatchesIt is about a stack with Prometheus, whose service and task definition come last.
func TestVerify_ReadsTheServiceAndNotWhatWatchesIt(t *testing.T) {
	const component, watching = "urn:pulumi:prod::mote::fargate:", ":Service$aws:ecs/"
	resource := func(urn, kind, id, properties string) string {
		return `{"urn":"` + urn + `","custom":true,"type":"aws:ecs/` + kind + `","id":"` + id + `",` + properties + `}`
	}
	service, watcher := component+"service"+watching, component+"observability:Observability$aws:ecs/"
	d, err := from(strings.NewReader(`{"version":3,"deployment":{"resources":[` + strings.Join([]string{
		resource(service+"service:Service::mote-prod", "service:Service", "cluster/mote-prod-1", `"inputs":{"cluster":"cluster/mote-prod"}`),
		resource(service+"taskDefinition:TaskDefinition::mote-prod", "taskDefinition:TaskDefinition", "mote-prod", `"outputs":{"arn":"mote-prod:1"}`),
		resource(watcher+"service:Service::mote-prod-observability", "service:Service", "cluster/mote-prod-observability-1", `"inputs":{}`),
		resource(watcher+"taskDefinition:TaskDefinition::mote-prod-observability", "taskDefinition:TaskDefinition", "x", `"outputs":{"arn":"x:1"}`),
	}, ",") + `]}}`))
	require.NoError(t, err)
	require.Equal(t, rollout.Deployment{Cluster: "mote-prod", Service: "mote-prod-1", TaskDefinition: "mote-prod:1"}, d)
}

func TestVerify_StackWithoutAServiceIsAnError(t *testing.T) {
	for text, wrong := range map[string]string{
		`{"version":3,"deployment":{"resources":[]}}`: "the stack has no service",
		`{"version":3,"deployment":[]}`:               "read the stack's resources",
		`{`:                                           "pulumi stack export",
	} {
		_, err := from(strings.NewReader(text))
		require.ErrorContains(t, err, wrong)
	}
}
