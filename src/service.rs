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

    fn wants_origin(&self, listener: usize, target: &str) -> bool {
        self.router.find(listener, target).is_some_and(Route::wants_origin)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::metrics::Metrics;
    use crate::response::empty;

    const ROUTES: &[Route<App<()>>] = &[
        Route::get("/", |_, _| Ok(empty())),
        Route::get("/who/{id}", |_, _| Ok(empty())).with_origin(),
        Route::get("/health", |_, _| Ok(empty())).probe(),
    ];

    #[test]
    fn the_gateway_is_told_what_the_table_says_of_a_target() {
        let service = Service::new(App::new(Config::default(), Metrics::default(), ()), ROUTES);
        for (target, origin, probe) in
            [("/", false, false), ("/who/7?x", true, false), ("/health", false, true), ("/no", false, false)]
        {
            assert_eq!((service.wants_origin(PUBLIC, target), service.is_probe(target)), (origin, probe), "{target}");
        }
        assert!(!service.wants_origin(ADMIN, "/who/7"));
    }
}
