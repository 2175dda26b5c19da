//! The text format of Prometheus, version 0.0.4.

use std::fmt::{Display, Write};
use std::time::UNIX_EPOCH;

use gateway::{Counters, open_files};

use super::process::Process;
use super::registry::{BUCKETS, Histogram, Key, Metrics};
use crate::logging::{self, seconds};

/// Media type of [`text`].
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Everything that is counted.
#[must_use]
pub fn text(metrics: &Metrics, counters: &Counters, ready: bool) -> String {
    let mut page = Page(String::with_capacity(8 * 1024));
    page.requests(metrics);
    page.connections(counters);
    page.process(metrics);
    page.one("mote_ready", "gauge", "Whether the service is ready for requests.", &u8::from(ready));
    page.one("mote_log_lines_dropped_total", "counter", "Log lines lost to a slow stdout.", &logging::dropped());
    page.head("mote_build_info", "gauge", "What is running.");
    page.line("mote_build_info", concat!("{version=\"", env!("CARGO_PKG_VERSION"), "\"}"), &1);
    for (name, kind, help, value) in metrics.custom.iter().map(|metric| metric.row()) {
        page.one(name, kind, help, &value);
    }
    page.0
}

struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to memory does not fail, here and below.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn line(&mut self, name: &str, labels: &str, value: &dyn Display) {
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: &dyn Display) {
        self.head(name, kind, help);
        self.line(name, "", value);
    }

    fn requests(&mut self, metrics: &Metrics) {
        const NAME: &str = "http_server_request_duration_seconds";
        self.head(NAME, "histogram", "From the first byte of a request to the last byte of its response.");
        for (key, histogram) in &metrics.requests().histograms {
            self.histogram(NAME, &labels(*key), histogram);
        }
    }

    fn histogram(&mut self, name: &str, labels: &str, histogram: &Histogram) {
        let mut sum = 0;
        for ((_, most), count) in BUCKETS.iter().zip(histogram.buckets) {
            sum += count;
            let _ = writeln!(self.0, "{name}_bucket{{{labels},le=\"{most}\"}} {sum}");
        }
        let _ = writeln!(self.0, "{name}_bucket{{{labels},le=\"+Inf\"}} {}", histogram.count);
        let _ = writeln!(self.0, "{name}_sum{{{labels}}} {}", seconds(histogram.sum));
        let _ = writeln!(self.0, "{name}_count{{{labels}}} {}", histogram.count);
    }

    fn connections(&mut self, counters: &Counters) {
        self.one("http_server_active_requests", "gauge", "Requests that wait for a handler.", &counters.in_flight());
        self.one("mote_connections_open", "gauge", "Connections that are open.", &counters.open_connections());
        self.one("mote_connections_accepted_total", "counter", "Connections accepted.", &counters.accepted());
        self.one(
            "mote_accept_errors_total",
            "counter",
            "Connections the kernel did not give.",
            &counters.accept_errors(),
        );
        self.one("mote_slow_readers_total", "counter", "Responses not read in time.", &counters.slow_readers());
        self.one("mote_buffered_bytes", "gauge", "Memory that connections hold.", &counters.buffered_bytes());
        let help = "Requests and connections that the gateway rejected, by reason.";
        self.head("mote_rejected_requests_total", "counter", help);
        for (rejection, count) in counters.rejected() {
            self.line("mote_rejected_requests_total", &format!("{{reason=\"{}\"}}", rejection.reason()), &count);
        }
    }

    fn process(&mut self, metrics: &Metrics) {
        let process = Process::now();
        let started = metrics.started.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.one("process_start_time_seconds", "gauge", "Start, since the epoch.", &seconds(started));
        self.one("process_cpu_seconds_total", "counter", "Time on a processor.", &seconds(process.cpu));
        self.one("process_resident_memory_bytes", "gauge", "Memory in use.", &process.resident_bytes);
        self.one("process_open_fds", "gauge", "Open files.", &process.open_files);
        self.one("process_max_fds", "gauge", "Files that may be open.", &open_files());
    }
}

/// A request that matched no route has no label for it, as OpenTelemetry's conventions have it.
fn labels(key: Key) -> String {
    let route = key.route.map(|route| format!("http_route=\"{route}\",")).unwrap_or_default();
    format!("http_request_method=\"{}\",{route}http_response_status_code=\"{}\"", key.method, key.status)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn buckets_are_cumulative_and_end_with_the_count() {
        let mut histogram = Histogram::default();
        for milliseconds in [1, 5, 6, 20_000] {
            histogram.add(Duration::from_millis(milliseconds));
        }
        let mut page = Page(String::new());
        page.histogram("h", "a=\"b\"", &histogram);
        let lines: Vec<_> = page.0.lines().collect();
        assert_eq!(lines[0], r#"h_bucket{a="b",le="0.005"} 2"#);
        assert_eq!(lines[1], r#"h_bucket{a="b",le="0.01"} 3"#);
        assert_eq!(lines[13], r#"h_bucket{a="b",le="10"} 3"#);
        assert_eq!(lines[14..], [r#"h_bucket{a="b",le="+Inf"} 4"#, r#"h_sum{a="b"} 20.012000"#, r#"h_count{a="b"} 4"#]);
    }
}
