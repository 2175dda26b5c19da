package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

type cogLink = cog.Builder[dashboard.DashboardLink]

// query is a line, or some, of a panel.
type query struct{ expr, legend string }

// panel is one graph. One that can be red has a runbook; red is the value from which on it is. The axis goes to axis at least: without, a line at 0
// would have one up to 100.
type panel struct {
	title, description, unit string
	queries                  []query
	axis                     float64
	red                      float64
	runbook                  string
}

// count is the unit of what comes in whole numbers alone.
const count = "short"

// each has a line of each task, by its revision and the first characters of its id: whole ids would take half of a panel.
func each(expr string) []query {
	return []query{{`label_replace(` + expr + `, "task", "$1", "task", "(.{8}).*")`, "{{revision}}/{{task}}"}}
}

type row struct {
	title  string
	panels []panel
}

// event marks a time in every panel.
type event struct{ name, color, expr, title string }

var events = []event{
	{"Deployments", "blue", `count by (revision) (up{job="mote"}) unless count by (revision) (up{job="mote"} offset 1m)`, "Revision {{revision}} begins"},
	{"Tasks that went away", "orange", each(`count by (task, revision) (last_over_time(up{job="mote"}[1m])) unless on (task) last_over_time(up{job="mote"}[30s])`)[0].expr, "Task {{task}} of revision {{revision}} went away"},
	{"Alerts", "red", `ALERTS{alertstate="firing"}`, "{{alertname}}"},
}

// rows: what clients see first (RED), then what the tasks use (USE), then connections and tasks.
var rows = []row{
	{"RED: rate, errors, duration", []panel{
		{
			"Requests", "Requests of clients a second, by route; health checks are left out.", "reqps",
			[]query{{`label_replace(sum by (http_route) (rate(http_server_request_duration_seconds_count{job="mote",http_route!~"/health|/ready"}[1m])), "http_route", "no route", "http_route", "")`, "{{http_route}}"}},
			0, 0, "",
		},
		{
			"Errors", "The share of requests that got a 5xx. The objective is less than 0.1 % in 30 days.", "percentunit",
			[]query{
				{`job:errors:rate5m / job:requests:rate5m`, "5 minutes"},
				{`job:errors:rate1h / job:requests:rate1h`, "1 hour"},
			}, 0.0015, 0.001, "error-budget",
		},
		{
			"Latency", "How long responses take, from the first byte of the request to the last of the response: the median and the slowest.", "s",
			[]query{
				{`histogram_quantile(0.5, sum by (le) (rate(http_server_request_duration_seconds_bucket{job="mote",http_route!~"/health|/ready"}[1m])))`, "p50"},
				{`histogram_quantile(0.9, sum by (le) (rate(http_server_request_duration_seconds_bucket{job="mote",http_route!~"/health|/ready"}[1m])))`, "p90"},
				{`histogram_quantile(0.99, sum by (le) (rate(http_server_request_duration_seconds_bucket{job="mote",http_route!~"/health|/ready"}[1m])))`, "p99"},
			}, 0, 0.25, "latency-budget",
		},
		{
			"Responses by status", "Requests of clients a second, by the status of their response.", "reqps",
			[]query{{`sum by (http_response_status_code) (rate(http_server_request_duration_seconds_count{job="mote",http_route!~"/health|/ready"}[1m]))`, "{{http_response_status_code}}"}},
			0, 0, "",
		},
		{
			"Error budget burn", "How many times faster than the objective allows the budget of errors is spent. At 1 it lasts 30 days, at 14.4 two.", "none",
			[]query{
				{`job:errors:rate1h / job:requests:rate1h / 0.001`, "1 hour"},
				{`job:errors:rate6h / job:requests:rate6h / 0.001`, "6 hours"},
			}, 20, 14.4, "error-budget",
		},
		{
			"Latency budget burn", "How many times faster than the objective allows the budget of responses beyond 250 ms is spent.", "none",
			[]query{
				{`job:slow_requests:rate1h / job:requests:rate1h / 0.01`, "1 hour"},
				{`job:slow_requests:rate6h / job:requests:rate6h / 0.01`, "6 hours"},
			}, 20, 14.4, "latency-budget",
		},
	}},
	{"USE: utilization, saturation, errors", []panel{
		{
			"CPU", "CPU time of each task, as a share of what the task has.", "percentunit",
			each(`rate(process_cpu_seconds_total{job="mote"}[1m]) / on () group_left () task:cpu_limit:cores`),
			0, 0.9, "saturation",
		},
		{
			"Memory", "Memory of each task's process, as a share of what the task has.", "percentunit",
			each(`process_resident_memory_bytes{job="mote"} / on () group_left () task:memory_limit:bytes`),
			0, 0.9, "saturation",
		},
		{
			"Open files", "Files and sockets that each task has open, as a share of how many it may.", "percentunit",
			each(`process_open_fds{job="mote"} / process_max_fds{job="mote"}`),
			0, 0.9, "saturation",
		},
		{
			"Requests in flight", "Requests that wait for a handler, in each task.", count,
			each(`http_server_active_requests{job="mote"}`),
			1, 0, "",
		},
		{
			"Buffered", "Memory that the connections of each task hold.", "bytes",
			each(`mote_buffered_bytes{job="mote"}`),
			1024, 0, "",
		},
		{
			"Losses", "What went wrong a second without a client being told: connections that the kernel did not give, responses not read in time, log lines lost.", "cps",
			[]query{
				{`sum(rate(mote_accept_errors_total{job="mote"}[1m]))`, "accept errors"},
				{`sum(rate(mote_slow_readers_total{job="mote"}[1m]))`, "slow readers"},
				{`sum(rate(mote_log_lines_dropped_total{job="mote"}[1m]))`, "log lines"},
			}, 1, 0, "",
		},
	}},
	{"Connections and rejections", []panel{
		{
			"Open connections", "Connections that each task has open.", count,
			each(`mote_connections_open{job="mote"}`),
			1, 0, "",
		},
		{
			"New connections", "Connections accepted a second, by all tasks.", "cps",
			[]query{{`sum(rate(mote_connections_accepted_total{job="mote"}[1m]))`, "accepted"}},
			0, 0, "",
		},
		{
			"Rejections", "Requests and connections that the gateway rejected a second, by reason.", "cps",
			[]query{{`sum by (reason) (rate(mote_rejected_requests_total{job="mote"}[1m])) > 0 or label_replace(sum(rate(mote_rejected_requests_total{job="mote"}[1m])), "reason", "all", "", "")`, "{{reason}}"}},
			1.2, 1, "rejections",
		},
	}},
	{"Tasks and deployments", []panel{
		{
			"Tasks by revision", "Tasks that answer, by the revision of their task definition.", count,
			[]query{{`revision:tasks:count`, "revision {{revision}}"}},
			0, 0, "",
		},
		{
			"Ready and draining", "Tasks that are ready for requests, and tasks that start or drain.", count,
			[]query{
				{`count(mote_ready{job="mote"} == 1) or vector(0)`, "ready"},
				{`count(mote_ready{job="mote"} == 0) or vector(0)`, "starting or draining"},
			}, 0, 0, "",
		},
		{
			"Age of tasks", "How long each task has been running. A line that begins at 0 is a task that started.", "dthms",
			each(`time() - process_start_time_seconds{job="mote"}`),
			0, 0, "",
		},
		{
			"Versions", "Tasks by the version of the service in them.", count,
			[]query{{`count by (version) (mote_build_info{job="mote"})`, "{{version}}"}},
			0, 0, "",
		},
		{
			"Scrapes", "Tasks that ECS runs and whose metrics cannot be read.", count,
			[]query{{`count(up{job="mote"} == 0) or vector(0)`, "not answering"}},
			2, 1, "scrape-missing",
		},
		{
			"Alerts", "Alerts that are firing.", count,
			[]query{{`sum by (alertname) (ALERTS{alertstate="firing"}) or label_replace(vector(0), "alertname", "none", "", "")`, "{{alertname}}"}},
			2, 0, "",
		},
	}},
}
