//! One line a minute in CloudWatch's embedded metric format, so that alarms need neither agent nor sidecar: the log driver
//! of ECS carries the line to CloudWatch Logs, which makes metrics of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::process::Process;
use super::{Histogram, Metrics};
use crate::app::App;
use crate::logging;
use gateway::Counters;

/// The resolution that CloudWatch bills as standard.
const PERIOD: Duration = Duration::from_mins(1);

/// Sums since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sums {
    requests: u64,
    errors: u64,
    refusals: u64,
    duration: Duration,
}

/// Writes lines for what happened since the one before.
pub struct Reporter {
    app: Arc<App>,
    counters: Arc<Counters>,
    last: Mutex<Sums>,
}

impl Reporter {
    /// A reporter that has told nothing yet.
    #[must_use]
    pub fn new(app: Arc<App>, counters: Arc<Counters>) -> Self {
        Self { app, counters, last: Mutex::default() }
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
        let sums = sums(&self.app.metrics, &self.counters);
        let milliseconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let memory = Process::now().resident_bytes;
        let last = std::mem::replace(&mut *self.last.lock().unwrap_or_else(PoisonError::into_inner), sums);
        logging::write(line(milliseconds, last, sums, memory));
    }
}

fn sums(metrics: &Metrics, counters: &Counters) -> Sums {
    let mut sums = Sums { refusals: counters.rejected().map(|(_, count)| count).sum(), ..Sums::default() };
    for (key, Histogram { count, sum, .. }) in metrics.requests().iter() {
        sums.requests += count;
        sums.duration += *sum;
        sums.errors += if key.status >= 500 { *count } else { 0 };
    }
    sums
}

/// One log event; its members are the metrics that `_aws` names.
fn line(milliseconds: u128, last: Sums, now: Sums, memory: u64) -> String {
    let requests = now.requests - last.requests;
    let duration = now.duration.saturating_sub(last.duration).as_micros() / u128::from(requests.max(1));
    format!(
        concat!(
            r#"{{"_aws":{{"Timestamp":{},"CloudWatchMetrics":[{{"Namespace":"mote","Dimensions":[["service"]],"Metrics":["#,
            r#"{{"Name":"Requests","Unit":"Count"}},{{"Name":"ServerErrors","Unit":"Count"}},"#,
            r#"{{"Name":"Refusals","Unit":"Count"}},{{"Name":"MeanDuration","Unit":"Microseconds"}},"#,
            r#"{{"Name":"Memory","Unit":"Bytes"}}]}}]}},"service":"mote","Requests":{},"ServerErrors":{},"#,
            r#""Refusals":{},"MeanDuration":{},"Memory":{}}}"#,
            "\n"
        ),
        milliseconds,
        requests,
        now.errors - last.errors,
        now.refusals - last.refusals,
        duration,
        memory
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_what_happened_since_the_last_and_names_every_metric() {
        let last = Sums { requests: 10, errors: 1, refusals: 2, duration: Duration::from_millis(5) };
        let now = Sums { requests: 14, errors: 2, refusals: 5, duration: Duration::from_millis(7) };
        let line: serde_json::Value = serde_json::from_str(&line(1_700_000_000_000, last, now, 4096)).unwrap();
        assert_eq!(line["_aws"]["Timestamp"], 1_700_000_000_000_u64);
        let right = [("Requests", 4), ("ServerErrors", 1), ("Refusals", 3), ("MeanDuration", 500), ("Memory", 4096)];
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        let named: Vec<_> = directive["Metrics"].as_array().unwrap().iter().map(|metric| &metric["Name"]).collect();
        assert_eq!(named, right.map(|(name, _)| name));
        for (name, value) in right {
            assert_eq!(line[name], value, "{name}");
        }
        assert_eq!(line[directive["Dimensions"][0][0].as_str().unwrap()], "mote");
    }
}
