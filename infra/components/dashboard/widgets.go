package dashboard

import (
	"encoding/json"
	"fmt"
)

// shown are the names of all that is shown, once they are known.
type shown struct {
	region           string
	loadBalancer     string
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
	applicationELB = "AWS/ApplicationELB"
	ecs            = "AWS/ECS"
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
	loadBalancer := []dimension{{"LoadBalancer", s.loadBalancer}}
	service := []dimension{{"ClusterName", s.cluster}, {"ServiceName", s.service}}
	return []properties{
		{Title: "Requests a minute", Metrics: []metric{
			{applicationELB, "RequestCount", loadBalancer, "Sum", "requests"},
		}},
		{Title: "Errors a minute", Metrics: []metric{
			{applicationELB, "HTTPCode_Target_5XX_Count", loadBalancer, "Sum", "5xx of tasks"},
			{applicationELB, "HTTPCode_ELB_5XX_Count", loadBalancer, "Sum", "5xx of the load balancer"},
			{applicationELB, "HTTPCode_Target_4XX_Count", loadBalancer, "Sum", "4xx of tasks"},
		}},
		{Title: "Response time, seconds", Metrics: []metric{
			{applicationELB, "TargetResponseTime", loadBalancer, "p50", "p50"},
			{applicationELB, "TargetResponseTime", loadBalancer, "p90", "p90"},
			{applicationELB, "TargetResponseTime", loadBalancer, "p99", "p99"},
		}},
		{Title: "Targets", Metrics: targets(s)},
		{Title: "Processor and memory, percent", Metrics: []metric{
			{ecs, "CPUUtilization", service, "Average", "processor, average"},
			{ecs, "CPUUtilization", service, "Maximum", "processor, busiest task"},
			{ecs, "MemoryUtilization", service, "Average", "memory, average"},
			{ecs, "MemoryUtilization", service, "Maximum", "memory, fullest task"},
		}},
		{Title: "Tasks", Metrics: []metric{
			// Each task reports once a minute, so the samples are the tasks; the metric of Container Insights costs.
			{ecs, "CPUUtilization", service, "SampleCount", "running"},
			{s.stoppedNamespace, s.stopped, nil, "Sum", "stopped unexpectedly"},
		}},
	}
}

// targets has, for each target group, how many tasks in it are healthy and unhealthy.
func targets(s shown) []metric {
	var list []metric
	for i, group := range s.groups {
		where := ""
		if i > 0 {
			where = ", alternate"
		}
		of := []dimension{{"TargetGroup", group}, {"LoadBalancer", s.loadBalancer}}
		list = append(list,
			metric{applicationELB, "HealthyHostCount", of, "Minimum", "healthy" + where},
			metric{applicationELB, "UnHealthyHostCount", of, "Maximum", "unhealthy" + where})
	}
	return list
}
