//! What the handlers of a service share.

use std::sync::{Arc, OnceLock};

use gateway::Counters;

use crate::config::Config;
use crate::lifecycle::Lifecycle;
use crate::metrics::Metrics;

/// One for the whole process. `S` is what a service adds of its own, such as a store.
#[derive(Debug)]
pub struct App<S = ()> {
    config: Config,
    lifecycle: Arc<Lifecycle>,
    metrics: Arc<Metrics>,
    counters: OnceLock<Arc<Counters>>,
    state: S,
}

impl<S> App<S> {
    /// A service that has not started yet.
    #[must_use]
    pub fn new(config: Config, metrics: Metrics, state: S) -> Self {
        let (lifecycle, metrics) = (Arc::default(), Arc::new(metrics));
        Self { config, lifecycle, metrics, counters: OnceLock::new(), state }
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Starting, ready or draining.
    #[must_use]
    pub fn lifecycle(&self) -> &Arc<Lifecycle> {
        &self.lifecycle
    }

    /// Requests so far.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Connections so far: nothing before the gateway has been made.
    #[must_use]
    pub fn counters(&self) -> &Arc<Counters> {
        self.counters.get_or_init(Arc::default)
    }

    /// What the service added.
    #[must_use]
    pub fn state(&self) -> &S {
        &self.state
    }

    /// Takes the counters of the gateway, once.
    pub(crate) fn set_counters(&self, counters: Arc<Counters>) {
        // The one caller makes the one gateway.
        let _ = self.counters.set(counters);
    }
}
