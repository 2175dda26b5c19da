//! Counts what happens, and tells it to Prometheus and to CloudWatch.

pub mod emf;
mod process;
mod prometheus;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use gateway::AccessRecord;

pub use prometheus::{CONTENT_TYPE, text};

/// Upper bounds of the buckets, which OpenTelemetry's conventions recommend for `http.server.request.duration`: in
/// milliseconds, and as they are written in seconds.
const BUCKETS: [(u64, &str); 14] = [
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

/// Requests by what they were and what became of them.
#[derive(Debug)]
pub struct Metrics {
    requests: Mutex<BTreeMap<Key, Histogram>>,
    started: SystemTime,
}

/// Every part has few values, and none comes from a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    route: Option<&'static str>,
    method: &'static str,
    status: u16,
}

/// Requests by how long they took; not cumulative, unlike what Prometheus reads.
#[derive(Debug, Clone, Default)]
struct Histogram {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum: Duration,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { requests: Mutex::default(), started: SystemTime::now() }
    }
}

impl Metrics {
    /// Counts a request that is over.
    pub fn count(&self, exchange: &AccessRecord<'_>, route: Option<&'static str>) {
        let method = METHODS.into_iter().find(|known| *known == exchange.method).unwrap_or("_OTHER");
        let key = Key { route, method, status: exchange.status };
        self.requests().entry(key).or_default().add(exchange.duration);
    }

    fn requests(&self) -> MutexGuard<'_, BTreeMap<Key, Histogram>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Histogram {
    fn add(&mut self, duration: Duration) {
        let bucket = BUCKETS.iter().position(|(most, _)| duration <= Duration::from_millis(*most));
        if let Some(count) = bucket.and_then(|bucket| self.buckets.get_mut(bucket)) {
            *count += 1;
        }
        self.count += 1;
        self.sum += duration;
    }
}
