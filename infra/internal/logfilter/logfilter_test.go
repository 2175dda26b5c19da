package logfilter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/logfilter"
)

func TestPattern_StarsStandForTextAtTheEndsOfAValue(t *testing.T) {
	for value, matched := range map[string]bool{
		"Task failed": false, "Task failed*": true, "*health checks*": true, "*checks": true, "*failed": false, "checks*": false,
		"Task failed health checks": true, "task failed*": false,
	} {
		pattern, err := logfilter.Parse(`{ ($.other = "x") || ($.detail.reason = "` + value + `") }`)
		require.NoError(t, err)
		found, err := pattern.Match([]byte(`{"detail": {"reason": "Task failed health checks", "other": "y"}, "other": 7}`))
		require.NoError(t, err)
		require.Equal(t, matched, found, value)
	}
}

func TestPattern_AStarWithinAValueIsAnError(t *testing.T) {
	for _, text := range []string{`{ ($.a = "*failed*health checks*") }`, `{ ($.a = "a*b") }`, `{ $.a = 1 }`, `failed`, `{ ($.a = "x") && ($.b = "y") }`} {
		_, err := logfilter.Parse(text)
		require.Error(t, err, text)
	}
}
