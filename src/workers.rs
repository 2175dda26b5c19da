//! The threads that run handlers.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use tiny_http::{Request, Server};

use crate::problem::Problem;
use crate::response::Response;
use crate::service::Service;

/// Starts as many as the settings say.
pub(crate) fn start<S: Send + Sync>(service: &Arc<Service<S>>, server: &'static Server) -> io::Result<()> {
    let count = service.app().config().workers;
    for number in 0..count {
        let service = Arc::clone(service);
        let work = move || if count == 1 { alone(&service, server) } else { as_one_of_many(&service, server) };
        thread::Builder::new().name(format!("worker-{number}")).spawn(work)?;
    }
    Ok(())
}

/// For handlers that only compute: responses that are ready together leave together.
fn alone<S>(service: &Service<S>, server: &Server) {
    let end = gateway::serve(server, |request| handle(service, request));
    log::error!("requests can no longer be answered: {end}");
}

/// For handlers that wait: no response waits for another.
fn as_one_of_many<S>(service: &Service<S>, server: &Server) {
    for mut request in server.incoming_requests() {
        let response = handle(service, &mut request);
        if let Err(error) = request.respond(response) {
            log::error!("a response could not be given to the gateway: {error}");
        }
    }
}

fn handle<S>(service: &Service<S>, request: &mut Request) -> Response {
    catch_panic(|| service.handle(request))
}

/// Turns a panic into a 500: it costs its own request, and no connection and no worker.
fn catch_panic(handle: impl FnOnce() -> Response) -> Response {
    catch_unwind(AssertUnwindSafe(handle))
        .unwrap_or_else(|_| Problem::new(500, "the request could not be answered").response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_that_panics_gives_a_500() {
        assert_eq!(catch_panic(|| panic!("on purpose")).status_code().0, 500);
        assert_eq!(catch_panic(crate::response::empty).status_code().0, 204);
    }
}
