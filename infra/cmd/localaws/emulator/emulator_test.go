package emulator

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/localaws/tools"
)

// What is added to MiniStack is Python, as MiniStack is, and its tests are too.
func TestEmulator_WhatIsAddedToMiniStackIsRight(t *testing.T) {
	places, err := tools.FindPlaces()
	require.NoError(t, err)
	python, err := tools.Emulator(t.Context(), places)
	require.NoError(t, err)
	tests := exec.CommandContext(t.Context(), python, "-m", "unittest", "discover", "--start-directory", "tests")
	tests.Env = append(os.Environ(), "PYTHONPATH=program", "PYTHONDONTWRITEBYTECODE=1")
	out, err := tests.CombinedOutput()
	require.NoErrorf(t, err, "%s", out)
	require.Contains(t, string(out), "OK")
}
