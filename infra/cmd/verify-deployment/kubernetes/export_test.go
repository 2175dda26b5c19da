package kubernetes_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/verify-deployment/export"
	"github.com/mote-dev/mote/infra/cmd/verify-deployment/kubernetes"
)

// TestVerifyEKS_ReadsAFailedUpFromItsExport is about a stack whose rollout did not end: Pulumi has the new image, the outputs are those of the deployment
// before.
func TestVerifyEKS_ReadsAFailedUpFromItsExport(t *testing.T) {
	file, err := os.Open("testdata/failed-up.json")
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	resources, err := export.Read(file)
	require.NoError(t, err)
	require.True(t, kubernetes.Is(resources))
	d, err := kubernetes.FromResources(resources)
	require.NoError(t, err)
	require.Equal(t, "mote", d.Inputs["metadata"].(object)["name"])
	d.Inputs = nil
	require.Equal(t, kubernetes.Deployment{
		Cluster: "mote-prod", Endpoint: "https://0123456789abcdef.gr7.eu-central-1.eks.amazonaws.com", Authority: "Y2VydGlmaWNhdGU=",
		Namespace: "mote-prod", Name: "mote", Image: repository + newDigest, ImageDigest: oldDigest, Manager: manager,
		TargetGroup: "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/mote-prod-0123456/943f017f100becff",
	}, d)
}

func TestVerifyEKS_StackWithoutADeploymentIsAnError(t *testing.T) {
	_, err := kubernetes.FromResources(nil)
	require.ErrorContains(t, err, "the stack has no cluster and Deployment")
	require.False(t, kubernetes.Is(nil))
}
