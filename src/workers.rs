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
        let work = move || work(&service, server, count == 1);
        thread::Builder::new().name(format!("worker-{number}")).spawn(work)?;
    }
    Ok(())
}

/// One worker alone only computes: its responses leave together when they are ready together. Of several no response waits
/// for another.
fn work<S>(service: &Service<S>, server: &Server, alone: bool) {
    let handler = |request: &mut Request| handle(service, request);
    let end = if alone { gateway::serve(server, handler) } else { gateway::serve_each(server, handler) };
    log::error!("requests can no longer be answered: {end}");
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
