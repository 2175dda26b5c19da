//! What handlers and the gateway's policy have in common: settings, stage, and what is counted.

use std::sync::{Arc, OnceLock};

use crate::config::Config;
use crate::metrics::Metrics;
use crate::state::State;
use crate::{logging, routes};
use gateway::{AccessRecord, Counters, Hooks};

/// One for the whole process.
#[derive(Debug)]
pub struct App {
    /// The settings.
    pub config: Config,
    /// Starting, ready or draining.
    pub state: Arc<State>,
    /// Requests so far.
    pub metrics: Metrics,
    /// Connections so far, once there is a gateway.
    pub counters: OnceLock<Arc<Counters>>,
}

impl App {
    /// A service that has not started yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config, state: Arc::default(), metrics: Metrics::default(), counters: OnceLock::new() }
    }
}

impl Hooks for App {
    fn max_body_bytes(&self, listener: usize, method: &str, target: &str) -> Option<usize> {
        routes::max_body_bytes(listener, method, target)
    }

    fn finished(&self, exchange: &AccessRecord<'_>) {
        // Whoever asks for metrics is not part of them.
        if exchange.listener == routes::OPERATOR {
            return;
        }
        let route = routes::template(exchange.target);
        self.metrics.count(exchange, route);
        let quiet = route.is_some_and(routes::is_probe) && exchange.status < 500 && !self.config.log_health;
        if !quiet {
            logging::access(exchange, route);
        }
    }
}
