//! What is counted of requests.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use gateway::AccessRecord;

use super::custom::Metric;

/// Upper bounds of the buckets, which OpenTelemetry's conventions recommend for `http.server.request.duration`: in
/// milliseconds, and as they are written in seconds.
pub(super) const BUCKETS: [(u64, &str); 14] = [
    (5, "0.005"),
    (10, "0.01"),
    (25, "0.025"),
    (50, "0.05"),
    (75, "0.075"),
    (100, "0.1"),
    (250, "0.25"),
    (500, "0.5"),
    (750, "0.75"),
    (1000, "1"),
    (2500, "2.5"),
    (5000, "5"),
    (7500, "7.5"),
    (10_000, "10"),
];

/// Methods that have a label of their own; everything else is `_OTHER`, so that no client makes labels.
const METHODS: [&str; 9] = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];

/// Requests by what they were and what became of them, and what a service counts of its own.
#[derive(Debug)]
pub struct Metrics {
    requests: Mutex<Requests>,
    pub(super) custom: &'static [&'static Metric],
    pub(super) started: SystemTime,
}

#[derive(Debug, Default)]
pub(super) struct Requests {
    /// In the order of their keys. They are few, so that a tree would only be more program.
    pub(super) histograms: Vec<(Key, Histogram)>,
    pub(super) totals: Totals,
}

/// Every part has few values, and none comes from a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) route: Option<&'static str>,
    pub(super) method: &'static str,
    pub(super) status: u16,
}

/// Requests by how long they took; not cumulative, unlike what Prometheus reads.
#[derive(Debug, Clone, Default)]
pub(super) struct Histogram {
    pub(super) buckets: [u64; BUCKETS.len()],
    pub(super) count: u64,
    pub(super) sum: Duration,
}

/// Sums since the start over all requests but those of load balancers and supervisors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) requests: u64,
    pub(super) server_errors: u64,
    pub(super) duration: Duration,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl Metrics {
    /// Metrics with those of the service itself.
    #[must_use]
    pub fn new(custom: &'static [&'static Metric]) -> Self {
        Self { requests: Mutex::default(), custom, started: SystemTime::now() }
    }

    /// Counts a request that is over.
    pub fn count(&self, record: &AccessRecord<'_>, route: Option<&'static str>, probe: bool) {
        let method = METHODS.into_iter().find(|known| *known == record.method).unwrap_or("_OTHER");
        let key = Key { route, method, status: record.status };
        let mut requests = self.requests();
        requests.add(key, record.duration);
        if !probe {
            requests.totals.requests += 1;
            requests.totals.server_errors += u64::from(record.status >= 500);
            requests.totals.duration += record.duration;
        }
    }

    pub(super) fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Requests {
    fn add(&mut self, key: Key, duration: Duration) {
        let found = self.histograms.binary_search_by_key(&key, |(key, _)| *key);
        let place = found.unwrap_or_else(|place| place);
        if found.is_err() {
            self.histograms.insert(place, (key, Histogram::default()));
        }
        if let Some((_, histogram)) = self.histograms.get_mut(place) {
            histogram.add(duration);
        }
    }
}

impl Histogram {
    pub(super) fn add(&mut self, duration: Duration) {
        let bucket = BUCKETS.iter().position(|(most, _)| duration <= Duration::from_millis(*most));
        if let Some(count) = bucket.and_then(|bucket| self.buckets.get_mut(bucket)) {
            *count += 1;
        }
        self.count += 1;
        self.sum += duration;
    }
}
