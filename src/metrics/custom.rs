//! Metrics that a service adds of its own, as statics of the module that counts.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// One number with its name.
///
/// ```
/// use mote::metrics::Metric;
///
/// static ORDERS: Metric = Metric::counter("orders_total", "Orders that were taken.");
/// ORDERS.add(1);
/// ```
#[derive(Debug)]
pub struct Metric {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    value: AtomicU64,
}

impl Metric {
    /// A number that only grows; its name ends in `_total`.
    #[must_use]
    pub const fn counter(name: &'static str, help: &'static str) -> Self {
        Self { name, kind: "counter", help, value: AtomicU64::new(0) }
    }

    /// A number of the moment.
    #[must_use]
    pub const fn gauge(name: &'static str, help: &'static str) -> Self {
        Self { name, kind: "gauge", help, value: AtomicU64::new(0) }
    }

    /// Adds to it.
    pub fn add(&self, more: u64) {
        self.value.fetch_add(more, Relaxed);
    }

    /// Replaces it.
    pub fn set(&self, value: u64) {
        self.value.store(value, Relaxed);
    }

    /// Name, kind, help and value, as Prometheus wants them.
    pub(super) fn row(&self) -> (&'static str, &'static str, &'static str, u64) {
        (self.name, self.kind, self.help, self.value.load(Relaxed))
    }
}
