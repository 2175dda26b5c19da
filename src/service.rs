//! An app with its routes: what the workers run, and what the gateway asks and tells.

use gateway::{AccessRecord, Hooks};

use crate::app::App;
use crate::logging;
use crate::response::Response;
use crate::router::{ADMIN, PUBLIC, Route, Router};

/// One for the whole process.
pub struct Service<S: 'static> {
    app: App<S>,
    router: Router<App<S>>,
}

impl<S> Service<S> {
    /// A service by what its handlers share and its route table.
    #[must_use]
    pub fn new(app: App<S>, routes: &'static [Route<App<S>>]) -> Self {
        Self { app, router: Router::new(routes) }
    }

    /// What the handlers share.
    #[must_use]
    pub fn app(&self) -> &App<S> {
        &self.app
    }

    /// The largest body that any route takes.
    #[must_use]
    pub fn largest_body_bytes(&self) -> usize {
        self.router.largest_body_bytes()
    }

    /// Answers one request.
    pub fn handle(&self, request: &mut tiny_http::Request) -> Response {
        self.router.handle(&self.app, request)
    }
}

impl<S: Send + Sync> Hooks for Service<S> {
    fn max_body_bytes(&self, listener: usize, method: &str, target: &str) -> Option<usize> {
        self.router.max_body_bytes(listener, method, target)
    }

    fn is_probe(&self, target: &str) -> bool {
        self.router.find(PUBLIC, target).is_some_and(Route::is_probe)
    }

    fn finished(&self, record: &AccessRecord<'_>) {
        // Requests for metrics are not part of them.
        if record.listener == ADMIN {
            return;
        }
        let route = self.router.find(PUBLIC, record.target);
        let (pattern, probe) = (route.map(Route::pattern), route.is_some_and(Route::is_probe));
        self.app.metrics().count(record, pattern, probe);
        if !probe || record.status >= 500 || self.app.config().log_probes {
            logging::access(record, pattern, self.app.config());
        }
    }
}
