package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestVerifyDeployment_TheStackSaysOnWhichPlatformItIs is seen by what each platform misses first.
func TestVerifyDeployment_TheStackSaysOnWhichPlatformItIs(t *testing.T) {
	t.Setenv("AWS_REGION", "eu-central-1")
	eks, err := os.ReadFile("kubernetes/testdata/failed-up.json")
	require.NoError(t, err)
	for stack, says := range map[string]string{
		`{"version":3,"deployment":{"resources":[]}}`: "the stack has no service and task definition",
		string(eks):                       "read the cluster's certificate authority: it has no certificate",
		`{"version":3,"deployment":"no"}`: "read the stack's resources",
	} {
		err := run(context.Background(), strings.NewReader(stack), &bytes.Buffer{}, options{})
		require.ErrorContains(t, err, says)
	}
}

func TestVerifyDeployment_OnECSNothingIsPutBack(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), strings.NewReader(`{"version":3,"deployment":{"resources":[]}}`), &out, options{undo: true}))
	require.Empty(t, out.String(), "scripts/ops/deploy.sh takes what is said for something that was put back")
}
