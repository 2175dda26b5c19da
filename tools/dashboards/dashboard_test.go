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

// lacks is what a panel has to have and has not. It can be red where it has thresholds, which the links tell what to do about.
func lacks(one *dashboard.Panel) []string {
	var found []string
	need := func(there bool, what string) {
		if !there {
			found = append(found, what)
		}
	}
	defaults := one.FieldConfig.Defaults
	need(one.Title != nil && *one.Title != "", "title")
	need(one.Description != nil && strings.HasSuffix(*one.Description, "."), "description")
	need(defaults.Unit != nil && *defaults.Unit != "", "unit")
	need(len(one.Targets) > 0, "query")
	if defaults.Thresholds == nil {
		need(len(one.Links) == 0, "threshold that the link is for")
		return found
	}
	need(len(one.Links) == 1 && isRunbook(one.Links[0].Url), "runbook")
	return found
}

// isRunbook says whether an address is that of a document of this tree.
func isRunbook(address *string) bool {
	if address == nil {
		return false
	}
	name, found := strings.CutPrefix(*address, runbooks)
	_, err := os.Stat("../../docs/runbooks/" + name)
	return found && name != "" && err == nil
}

func TestDashboard_EachPanelSaysWhatItShowsAndWhatToDo(t *testing.T) {
	titles := map[string]bool{}
	red := 0
	for _, one := range shown(t) {
		require.Empty(t, lacks(one), *one.Title)
		require.False(t, titles[*one.Title], "two panels are named %q", *one.Title)
		titles[*one.Title] = true
		if one.FieldConfig.Defaults.Thresholds != nil {
			red++
		}
	}
	require.NotZero(t, red)
}

// TestDashboard_PlantedFaultsAreFound spoils the panel that can be red, one property after the other.
func TestDashboard_PlantedFaultsAreFound(t *testing.T) {
	empty, nowhere := "", runbooks+"nowhere.md"
	for what, spoil := range map[string]func(*dashboard.Panel){
		"title":       func(p *dashboard.Panel) { p.Title = &empty },
		"description": func(p *dashboard.Panel) { p.Description = &empty },
		"unit":        func(p *dashboard.Panel) { p.FieldConfig.Defaults.Unit = nil },
		"query":       func(p *dashboard.Panel) { p.Targets = nil },
		"runbook":     func(p *dashboard.Panel) { p.Links[0].Url = &nowhere },
		"threshold that the link is for": func(p *dashboard.Panel) {
			p.FieldConfig.Defaults.Thresholds = nil
		},
	} {
		for _, one := range shown(t) {
			if one.FieldConfig.Defaults.Thresholds != nil {
				spoil(one)
				require.Equal(t, []string{what}, lacks(one), *one.Title)
			}
		}
	}
	for _, one := range shown(t) {
		one.Links = nil
		require.Equal(t, one.FieldConfig.Defaults.Thresholds != nil, len(lacks(one)) == 1, *one.Title)
	}
}

// TestDashboard_GrafanasOwnRulesAreAsked sees that Validate refuses what the schema does not allow.
func TestDashboard_GrafanasOwnRulesAreAsked(t *testing.T) {
	board := parsed(t)
	for _, one := range board.Panels {
		if one.Panel != nil {
			one.Panel.GridPos.W = 25
		}
	}
	require.ErrorContains(t, board.Validate(), "must be <= 24")
}

func TestDashboard_RowsAreNamedByTheirMethod(t *testing.T) {
	require.True(t, strings.HasPrefix(rows[0].title, "RED: "))
	require.True(t, strings.HasPrefix(rows[1].title, "USE: "))
}
