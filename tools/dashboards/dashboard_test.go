package main

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
	"github.com/stretchr/testify/require"
)

// parsed is what Grafana's own types make of the file.
func parsed(t *testing.T) dashboard.Dashboard {
	t.Helper()
	register()
	text, err := os.ReadFile(written)
	require.NoError(t, err)
	var board dashboard.Dashboard
	require.NoError(t, json.Unmarshal(text, &board))
	return board
}

// register tells the SDK of the kinds of panels and queries that are used.
func register() {
	cog.NewRuntime().RegisterPanelcfgVariant(timeseries.VariantConfig())
	cog.NewRuntime().RegisterDataqueryVariant(prometheus.VariantConfig())
}

// unknown are the fields that Grafana does not know. The SDK returns an empty list of errors, which is not nil, where there are none, and
// then leaves out what it read: so this gives the errors alone.
func unknown(t *testing.T, text string) []string {
	t.Helper()
	register()
	var board dashboard.Dashboard
	var messages []string
	var problems cog.BuildErrors
	if err := board.UnmarshalJSONStrict([]byte(text)); !errors.As(err, &problems) {
		require.NoError(t, err)
	}
	for _, problem := range problems {
		messages = append(messages, problem.Error())
	}
	return messages
}

// shown are the panels without the rows between them.
func shown(t *testing.T) []*dashboard.Panel {
	t.Helper()
	var panels []*dashboard.Panel
	for _, one := range parsed(t).Panels {
		if one.Panel != nil {
			panels = append(panels, one.Panel)
		}
	}
	require.NotEmpty(t, panels)
	return panels
}

func TestDashboard_FileIsWhatTheProgramWrites(t *testing.T) {
	text, err := os.ReadFile(written)
	require.NoError(t, err)
	made, err := render()
	require.NoError(t, err)
	require.Equal(t, string(made), string(text), "run: go -C tools/dashboards run .")
}

func TestDashboard_IsValidAndSurvivesAStrictRoundTrip(t *testing.T) {
	board := parsed(t)
	require.NoError(t, board.Validate())
	again, err := json.MarshalIndent(board, "", " ")
	require.NoError(t, err)
	text, err := os.ReadFile(written)
	require.NoError(t, err)
	require.JSONEq(t, string(text), string(again))
	require.Empty(t, unknown(t, string(text)))
	for _, field := range []string{`"description"`, `"fieldConfig"`, `"legendFormat"`} {
		require.NotEmpty(t, unknown(t, strings.ReplaceAll(string(text), field, `"x"`)), field)
	}
}

func TestDashboard_EachPanelSaysWhatItShows(t *testing.T) {
	titles := map[string]bool{}
	for _, one := range shown(t) {
		require.NotNil(t, one.Title)
		require.False(t, titles[*one.Title], "two panels are named %q", *one.Title)
		titles[*one.Title] = true
		require.NotNil(t, one.Description, *one.Title)
		require.True(t, strings.HasSuffix(*one.Description, "."), *one.Title)
		require.NotNil(t, one.FieldConfig.Defaults.Unit, *one.Title)
		require.NotEmpty(t, *one.FieldConfig.Defaults.Unit, *one.Title)
		require.NotEmpty(t, one.Targets, *one.Title)
	}
}

func TestDashboard_PanelThatCanBeRedHasARunbook(t *testing.T) {
	red := 0
	for _, one := range shown(t) {
		if one.FieldConfig.Defaults.Thresholds == nil {
			require.Empty(t, one.Links, *one.Title)
			continue
		}
		red++
		require.Len(t, one.Links, 1, *one.Title)
		name, found := strings.CutPrefix(*one.Links[0].Url, runbooks)
		require.True(t, found, *one.Title)
		require.FileExists(t, "../../docs/runbooks/"+name)
	}
	require.NotZero(t, red)
}

func TestDashboard_RowsAreNamedByTheirMethod(t *testing.T) {
	require.True(t, strings.HasPrefix(rows[0].title, "RED: "))
	require.True(t, strings.HasPrefix(rows[1].title, "USE: "))
}
