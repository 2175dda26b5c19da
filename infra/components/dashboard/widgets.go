package dashboard

import (
	"encoding/json"
	"fmt"
)

// shown are the names of all that is shown, once they are known.
type shown struct {
	region           string
	balancer         string
	groups           []string
	cluster          string
	service          string
	stoppedNamespace string
	stopped          string
	alarms           []string
}

// The shapes below are CloudWatch's: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
type body struct {
	Widgets []widget `json:"widgets"`
}

// widget is one tile. Places and sizes are in units of a grid that is 24 wide.
type widget struct {
	Type       string     `json:"type"`
	X          int        `json:"x"`
	Y          int        `json:"y"`
	Width      int        `json:"width"`
	Height     int        `json:"height"`
	Properties properties `json:"properties"`
}

type properties struct {
	Title   string   `json:"title"`
	Region  string   `json:"region,omitempty"`
	View    string   `json:"view,omitempty"`
	Period  int      `json:"period,omitempty"`
	Metrics []metric `json:"metrics,omitempty"`
	Alarms  []string `json:"alarms,omitempty"`
}

// metric is one line of a graph.
type metric struct {
	namespace  string
	name       string
	dimensions []dimension
	statistic  string
	label      string
}

type dimension struct{ name, value string }

// MarshalJSON writes a metric as CloudWatch wants it: one list of namespace, name, each dimension's name and value, and how to draw it.
func (m metric) MarshalJSON() ([]byte, error) {
	list := []any{m.namespace, m.name}
	for _, one := range m.dimensions {
		list = append(list, one.name, one.value)
	}
	return json.Marshal(append(list, map[string]string{"stat": m.statistic, "label": m.label}))
}

const (
	balancers = "AWS/ApplicationELB"
	tasks     = "AWS/ECS"
	// minute is CloudWatch's finest free resolution, in seconds.
	minute = 60
	// Two graphs lie side by side.
	columns = 2
	width   = 12
	height  = 6
	// alarmsHeight is enough for the alarms of one service.
	alarmsHeight = 3
)

// write returns the dashboard's body: the alarms above, if there are any, and the graphs in pairs below.
func write(s shown) (string, error) {
	var page body
	top := 0
	if len(s.alarms) > 0 {
		page.Widgets = append(page.Widgets, widget{
			Type: "alarm", Width: columns * width, Height: alarmsHeight,
			Properties: properties{Title: "Alarms", Alarms: s.alarms},
		})
		top = alarmsHeight
	}
	for i, graph := range graphs(s) {
		graph.Region, graph.View, graph.Period = s.region, "timeSeries", minute
		page.Widgets = append(page.Widgets, widget{
			Type: "metric", X: i % columns * width, Y: top + i/columns*height, Width: width, Height: height, Properties: graph,
		})
	}
	text, err := json.Marshal(page)
	if err != nil {
		return "", fmt.Errorf("write dashboard: %w", err)
	}
	return string(text), nil
}

// graphs lists what is drawn. What clients see comes first.
func graphs(s shown) []properties {
	edge := []dimension{{"LoadBalancer", s.balancer}}
	service := []dimension{{"ClusterName", s.cluster}, {"ServiceName", s.service}}
	return []properties{
		{Title: "Requests a minute", Metrics: []metric{
			{balancers, "RequestCount", edge, "Sum", "requests"},
		}},
		{Title: "Errors a minute", Metrics: []metric{
			{balancers, "HTTPCode_Target_5XX_Count", edge, "Sum", "5xx of tasks"},
			{balancers, "HTTPCode_ELB_5XX_Count", edge, "Sum", "5xx of the load balancer"},
			{balancers, "HTTPCode_Target_4XX_Count", edge, "Sum", "4xx of tasks"},
		}},
		{Title: "Seconds until the answer", Metrics: []metric{
			{balancers, "TargetResponseTime", edge, "p50", "half of the answers"},
			{balancers, "TargetResponseTime", edge, "p90", "nine in ten"},
			{balancers, "TargetResponseTime", edge, "p99", "all but one in a hundred"},
		}},
		{Title: "Targets", Metrics: targets(s)},
		{Title: "Processor and memory, percent", Metrics: []metric{
			{tasks, "CPUUtilization", service, "Average", "processor, average"},
			{tasks, "CPUUtilization", service, "Maximum", "processor, busiest task"},
			{tasks, "MemoryUtilization", service, "Average", "memory, average"},
			{tasks, "MemoryUtilization", service, "Maximum", "memory, fullest task"},
		}},
		{Title: "Tasks", Metrics: []metric{
			// Each task reports once a minute, so the samples are the tasks; the metric of Container Insights costs.
			{tasks, "CPUUtilization", service, "SampleCount", "running"},
			{s.stoppedNamespace, s.stopped, nil, "Sum", "ended by themselves or could not start"},
		}},
	}
}

// targets tells of each target group how many tasks in it are healthy and sick.
func targets(s shown) []metric {
	var list []metric
	for i, group := range s.groups {
		where := ""
		if i > 0 {
			where = ", other group"
		}
		of := []dimension{{"TargetGroup", group}, {"LoadBalancer", s.balancer}}
		list = append(list,
			metric{balancers, "HealthyHostCount", of, "Minimum", "healthy" + where},
			metric{balancers, "UnHealthyHostCount", of, "Maximum", "sick" + where})
	}
	return list
}
