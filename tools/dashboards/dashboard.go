package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

const (
	// source is the data source that the reader has chosen: the Prometheus beside Grafana, or Amazon's.
	source = "${datasource}"
	// A row has three panels, in a grid that is 24 wide.
	width, height = 8, 7

	runbooks = "https://github.com/mote-dev/mote/blob/main/docs/runbooks/"
)

func dashboards() *dashboard.DashboardBuilder {
	board := dashboard.NewDashboardBuilder("mote").
		Uid("mote").
		Description("Made by tools/dashboards: change it there. Tasks are named by their revision and the first characters of their id.").
		Readonly().
		Tooltip(dashboard.DashboardCursorSyncCrosshair).
		Time("now-1h", "now").
		Refresh("30s").
		Timezone(common.TimeZoneBrowser).
		WithVariable(dashboard.NewDatasourceVariableBuilder("datasource").Label("Data source").Type("prometheus"))
	for _, event := range events {
		board.Annotation(event.build())
	}
	for _, one := range rows {
		board.WithRow(dashboard.NewRowBuilder(one.title))
		for _, shown := range one.panels {
			board.WithPanel(shown.build())
		}
	}
	return board
}

func (p panel) build() *timeseries.PanelBuilder {
	built := timeseries.NewPanelBuilder().
		Title(p.title).
		Description(p.description).
		Unit(p.unit).
		Min(0).
		Span(width).
		Height(height).
		FillOpacity(10).
		ShowPoints(common.VisibilityModeNever).
		Datasource(reference()).
		Legend(common.NewVizLegendOptionsBuilder().DisplayMode(common.LegendDisplayModeList).Placement(common.LegendPlacementBottom).ShowLegend(true))
	if p.unit == count {
		built.Decimals(0)
	}
	if p.axis > 0 {
		built.AxisSoftMax(p.axis)
	}
	for _, q := range p.queries {
		built.WithTarget(prometheus.NewDataqueryBuilder().Expr(q.expr).LegendFormat(q.legend).Datasource(reference()).Range())
	}
	if p.runbook == "" {
		return built
	}
	red := p.red
	return built.
		Thresholds(dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps([]dashboard.Threshold{{Color: "green"}, {Value: &red, Color: "red"}})).
		ThresholdsStyle(common.NewGraphThresholdsStyleConfigBuilder().Mode(common.GraphThresholdsStyleModeLine)).
		Links([]cogLink{dashboard.NewDashboardLinkBuilder("Runbook").Type(dashboard.DashboardLinkTypeLink).Url(runbooks + p.runbook + ".md").TargetBlank(true)})
}

func (e event) build() *dashboard.AnnotationQueryBuilder {
	return dashboard.NewAnnotationQueryBuilder().
		Name(e.name).
		Datasource(reference()).
		Enable(true).
		IconColor(e.color).
		Expr(e.expr).
		TitleFormat(e.title).
		Step("15s")
}

func reference() common.DataSourceRef {
	kind, uid := "prometheus", source
	return common.DataSourceRef{Type: &kind, Uid: &uid}
}
