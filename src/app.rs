//! What handlers and the guard's policy have in common: settings, stage, and what is counted.

use std::sync::Arc;

use crate::config::Config;
use crate::guard::{Exchange, Policy};
use crate::state::State;
use crate::{logging, routes};

/// One for the whole process.
#[derive(Debug)]
pub struct App {
    /// The settings.
    pub config: Config,
    /// Starting, ready or draining.
    pub state: Arc<State>,
}

impl App {
    /// A service that has not started yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config, state: Arc::default() }
    }
}

impl Policy for App {
    fn body_bytes(&self, _: usize, _: &str, target: &str) -> usize {
        routes::body_bytes(target)
    }

    fn finished(&self, exchange: &Exchange<'_>) {
        let route = routes::template(exchange.target);
        let quiet = route.is_some_and(routes::is_probe) && exchange.status < 500 && !self.config.log_health;
        if !quiet {
            logging::access(exchange, route);
        }
    }
}
