package taskevents

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/logfilter"
)

func TestTaskEvents_UnexpectedStopsAreCountedAndOthersAreNot(t *testing.T) {
	pattern, err := logfilter.Parse(Unexpected)
	require.NoError(t, err)
	events := map[string]bool{
		"elb-health-check": true, "container-health-check": true, "exited": true, "cannot-start": true,
		"deployment": false, "scaling": false, "by-operator": false, "spot": false,
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	require.NoError(t, err)
	require.Len(t, files, len(events))
	for name, unexpected := range events {
		event, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		require.NoError(t, err)
		matched, err := pattern.Match(event)
		require.NoError(t, err)
		require.Equal(t, unexpected, matched, name)
	}
}
