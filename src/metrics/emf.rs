//! One line a minute in CloudWatch's embedded metric format, so that alarms need neither agent nor sidecar: the log driver
//! of ECS carries the line to CloudWatch Logs, which makes metrics of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gateway::Counters;

use super::process::Process;
use super::registry::{Metrics, Totals};
use crate::logging;
use crate::problem::quote;

/// The resolution that CloudWatch bills as standard.
const PERIOD: Duration = Duration::from_mins(1);

/// Sums since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sums {
    totals: Totals,
    rejected: u64,
}

/// Writes lines for what happened since the one before.
pub struct Reporter {
    environment: String,
    metrics: Arc<Metrics>,
    counters: Arc<Counters>,
    last: Mutex<Sums>,
}

impl Reporter {
    /// A reporter that has told nothing yet. Without a name the environment is no dimension.
    #[must_use]
    pub fn new(environment: &str, metrics: Arc<Metrics>, counters: Arc<Counters>) -> Self {
        Self { environment: environment.to_owned(), metrics, counters, last: Mutex::default() }
    }

    /// Reports each minute on a thread of its own.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(self: &Arc<Self>) -> std::io::Result<()> {
        let reporter = Arc::clone(self);
        let report = move || {
            loop {
                thread::sleep(PERIOD);
                reporter.report();
            }
        };
        thread::Builder::new().name("emf".into()).spawn(report).map(drop)
    }

    /// Reports now, as at the end of the process.
    pub fn report(&self) {
        let rejected = self.counters.rejected().map(|(_, count)| count).sum();
        let sums = Sums { totals: self.metrics.requests().totals, rejected };
        let milliseconds = microseconds(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()) / 1000;
        let memory = Process::now().resident_bytes;
        let last = std::mem::replace(&mut *self.last.lock().unwrap_or_else(PoisonError::into_inner), sums);
        logging::write(line(milliseconds, &self.environment, last, sums, memory));
    }
}

/// One log event; its members are the metrics and dimensions that `_aws` names.
fn line(milliseconds: u64, environment: &str, last: Sums, now: Sums, memory: u64) -> String {
    let requests = now.totals.requests - last.totals.requests;
    let (dimension, environment) = match environment {
        "" => ("", String::new()),
        name => (r#","environment""#, format!(r#","environment":{}"#, quote(name))),
    };
    // A minute without requests has no mean: 0 would pull every statistic down.
    let duration = now.totals.duration.saturating_sub(last.totals.duration);
    let (metric, mean) = match u32::try_from(requests).ok().and_then(|requests| duration.checked_div(requests)) {
        None => ("", String::new()),
        Some(mean) => (MEAN_DURATION, format!(r#","MeanDuration":{}"#, microseconds(mean))),
    };
    format!(
        concat!(
            r#"{{"_aws":{{"Timestamp":{},"CloudWatchMetrics":[{{"Namespace":"mote","Dimensions":[["service"{}]],"#,
            r#""Metrics":[{{"Name":"Requests","Unit":"Count"}},{{"Name":"ServerErrors","Unit":"Count"}},"#,
            r#"{{"Name":"RejectedRequests","Unit":"Count"}},{{"Name":"Memory","Unit":"Bytes"}}{}]}}]}},"#,
            r#""service":"mote","Requests":{},"ServerErrors":{},"RejectedRequests":{},"Memory":{}{}{}}}"#,
            "\n"
        ),
        milliseconds,
        dimension,
        metric,
        requests,
        now.totals.server_errors - last.totals.server_errors,
        now.rejected - last.rejected,
        memory,
        environment,
        mean
    )
}

/// The standard library's is of 128 bits, whose digits take a kilobyte of program to write.
fn microseconds(duration: Duration) -> u64 {
    duration.as_secs() * 1_000_000 + u64::from(duration.subsec_micros())
}

/// Names a metric that not every line has.
const MEAN_DURATION: &str = r#",{"Name":"MeanDuration","Unit":"Microseconds"}"#;

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn sums(requests: u64, server_errors: u64, rejected: u64, milliseconds: u64) -> Sums {
        let duration = Duration::from_millis(milliseconds);
        Sums { totals: Totals { requests, server_errors, duration }, rejected }
    }

    fn parsed(environment: &str, last: Sums, now: Sums) -> Value {
        serde_json::from_str(&line(1_700_000_000_000, environment, last, now, 4096)).unwrap()
    }

    #[test]
    fn a_line_tells_what_happened_since_the_last_and_names_every_metric() {
        let line = parsed("", sums(10, 1, 2, 5), sums(14, 2, 5, 7));
        assert_eq!(line["_aws"]["Timestamp"], 1_700_000_000_000_u64);
        let right =
            [("Requests", 4), ("ServerErrors", 1), ("RejectedRequests", 3), ("Memory", 4096), ("MeanDuration", 500)];
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        let named: Vec<_> = directive["Metrics"].as_array().unwrap().iter().map(|metric| &metric["Name"]).collect();
        assert_eq!(named, right.map(|(name, _)| name));
        for (name, value) in right {
            assert_eq!(line[name], value, "{name}");
        }
        assert_eq!(directive["Dimensions"], serde_json::json!([["service"]]));
        assert_eq!(line["service"], "mote");
    }

    #[test]
    fn two_environments_are_two_metrics() {
        let line = parsed("pr\"od", sums(0, 0, 0, 0), sums(1, 0, 0, 1));
        let dimensions = &line["_aws"]["CloudWatchMetrics"][0]["Dimensions"];
        assert_eq!(dimensions, &serde_json::json!([["service", "environment"]]));
        assert_eq!((&line["service"], &line["environment"]), (&"mote".into(), &"pr\"od".into()));
    }

    #[test]
    fn a_minute_without_requests_has_no_mean() {
        let line = parsed("", sums(3, 0, 0, 9), sums(3, 0, 0, 9));
        assert_eq!((&line["Requests"], &line["MeanDuration"]), (&0.into(), &Value::Null));
        assert!(!line["_aws"].to_string().contains("MeanDuration"));
    }
}
