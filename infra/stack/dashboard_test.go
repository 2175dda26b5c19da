package stack

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

const dashboardKind = "cloudwatch/dashboard:Dashboard"

// tile is one widget of a dashboard, as CloudWatch reads it.
type tile struct {
	Type                string
	X, Y, Width, Height int
	Properties          struct {
		Title, Region, View string
		Period              int
		Metrics             [][]any
		Alarms              []string
	}
}

// tiles returns the widgets of the stack's dashboard.
func tiles(t testing.TB, r *pulumimocks.Recording) []tile {
	t.Helper()
	text, is := r.One(t, dashboardKind).Inputs["dashboardBody"].(string)
	require.True(t, is, "the body is not known")
	var body struct{ Widgets []tile }
	require.NoError(t, json.Unmarshal([]byte(text), &body))
	return body.Widgets
}

// line is a metric of a dashboard: its namespace, name and statistic, and its dimensions.
func line(t testing.TB, metric []any) (key string, dimensions map[string]any) {
	t.Helper()
	last, is := metric[len(metric)-1].(map[string]any)
	require.True(t, is)
	require.NotEmpty(t, last["label"])
	dimensions = map[string]any{}
	require.Zero(t, (len(metric)-3)%2)
	for i := 2; i < len(metric)-1; i += 2 {
		dimensions[metric[i].(string)] = metric[i+1]
	}
	return metric[0].(string) + " " + metric[1].(string) + " " + last["stat"].(string), dimensions
}

func TestDashboard_ShowsClientsAndTasks(t *testing.T) {
	r := deployed(t, trial{stack: "prod", changes: map[string]string{"dashboard": "true"}})
	balancer := map[string]any{"LoadBalancer": "app/mote-prod-0123456"}
	targets := map[string]any{"LoadBalancer": "app/mote-prod-0123456", "TargetGroup": "targetgroup/mote-prod-0123456"}
	service := map[string]any{"ClusterName": "mote-prod", "ServiceName": r.Outputs["service"]}
	wanted := map[string]map[string]any{
		"AWS/ApplicationELB RequestCount Sum":              balancer,
		"AWS/ApplicationELB HTTPCode_Target_5XX_Count Sum": balancer,
		"AWS/ApplicationELB HTTPCode_ELB_5XX_Count Sum":    balancer,
		"AWS/ApplicationELB HTTPCode_Target_4XX_Count Sum": balancer,
		"AWS/ApplicationELB TargetResponseTime p50":        balancer,
		"AWS/ApplicationELB TargetResponseTime p90":        balancer,
		"AWS/ApplicationELB TargetResponseTime p99":        balancer,
		"AWS/ApplicationELB HealthyHostCount Minimum":      targets,
		"AWS/ApplicationELB UnHealthyHostCount Maximum":    targets,
		"AWS/ECS CPUUtilization Average":                   service,
		"AWS/ECS CPUUtilization Maximum":                   service,
		"AWS/ECS MemoryUtilization Average":                service,
		"AWS/ECS MemoryUtilization Maximum":                service,
		"AWS/ECS CPUUtilization SampleCount":               service,
		"mote mote-prod-unexpected-task-stops Sum":         {},
	}
	found := map[string]map[string]any{}
	for _, one := range tiles(t, r) {
		for _, metric := range one.Properties.Metrics {
			key, dimensions := line(t, metric)
			require.NotContains(t, found, key)
			found[key] = dimensions
			require.Equal(t, pulumimocks.Region, one.Properties.Region)
			require.Equal(t, 60, one.Properties.Period, "the samples of a minute are the tasks")
			require.Equal(t, "timeSeries", one.Properties.View)
			require.NotEmpty(t, one.Properties.Title)
		}
	}
	require.Equal(t, wanted, found)
	require.Equal(t, "mote-prod", r.Outputs["dashboard"])
}

// TestDashboard_DrawsTheMetricOfEachAlarm keeps the two from naming a metric differently.
func TestDashboard_DrawsTheMetricOfEachAlarm(t *testing.T) {
	r := deployed(t, trial{stack: "prod", changes: map[string]string{"dashboard": "true"}})
	drawn := map[any]bool{}
	for _, one := range tiles(t, r) {
		for _, metric := range one.Properties.Metrics {
			drawn[metric[0].(string)+" "+metric[1].(string)] = true
		}
	}
	for _, one := range r.Of(t, alarm, 6) {
		require.True(t, drawn[one.Inputs["namespace"].(string)+" "+one.Inputs["metricName"].(string)], one.Name)
	}
}

func TestDashboard_ShowsEachAlarm(t *testing.T) {
	r := deployed(t, trial{stack: "prod", changes: map[string]string{"dashboard": "true"}})
	var alarms []string
	for _, one := range r.Of(t, alarm, 6) {
		alarms = append(alarms, arn(alarm+"/"+one.Name))
	}
	shown := 0
	for _, one := range tiles(t, r) {
		if one.Type == "alarm" {
			shown++
			require.ElementsMatch(t, alarms, one.Properties.Alarms)
		}
	}
	require.Equal(t, 1, shown)
	for _, one := range tiles(t, deployed(t, trial{changes: map[string]string{"dashboard": "true"}})) {
		require.Equal(t, "metric", one.Type, "dev has no alarms, and CloudWatch refuses an empty list of them")
	}
}

func TestDashboard_ShowsBothTargetGroups(t *testing.T) {
	r := deployed(t, trial{stack: "prod", changes: map[string]string{"dashboard": "true", "deploymentStrategy": "blueGreen"}})
	groups := map[any]int{}
	for _, one := range tiles(t, r) {
		for _, metric := range one.Properties.Metrics {
			if _, dimensions := line(t, metric); dimensions["TargetGroup"] != nil {
				groups[dimensions["TargetGroup"]]++
			}
		}
	}
	require.Equal(t, map[any]int{"targetgroup/mote-prod-0123456": 2, "targetgroup/mote-prod-alternate-0123456": 2}, groups)
}

func TestDashboard_WidgetsDoNotOverlap(t *testing.T) {
	all := tiles(t, deployed(t, trial{stack: "prod", changes: map[string]string{"dashboard": "true"}}))
	require.Len(t, all, 7)
	taken := map[[2]int]bool{}
	for _, one := range all {
		require.LessOrEqual(t, one.X+one.Width, 24)
		for x := one.X; x < one.X+one.Width; x++ {
			for y := one.Y; y < one.Y+one.Height; y++ {
				require.False(t, taken[[2]int{x, y}], one.Properties.Title)
				taken[[2]int{x, y}] = true
			}
		}
	}
}

func TestDashboard_IsOffByDefault(t *testing.T) {
	inEachEnvironment(t, func(t *testing.T, r *pulumimocks.Recording) {
		r.Of(t, dashboardKind, 0)
		require.NotContains(t, r.Outputs, "dashboard")
	})
}
