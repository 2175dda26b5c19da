//! Liveness and readiness.

use tiny_http::Header;

use crate::app::App;
use crate::lifecycle::Stage;
use crate::problem::Problem;
use crate::request::Request;
use crate::response::{JSON, Response, header, with_body};

/// The body of `/health`; load balancers and tests compare it byte by byte.
pub const HEALTH_BODY: &str = r#"{"status":"ok"}"#;

/// Liveness: the same from the start to the end, so that no supervisor ends a process that drains.
///
/// # Errors
/// None.
pub fn health<S>(_: &App<S>, _: &Request<'_>) -> Result<Response, Problem> {
    Ok(with_body(200, JSON, HEALTH_BODY).with_header(no_store()))
}

/// Readiness: whether a load balancer should send more.
///
/// # Errors
/// None: a service that is not ready says so in a response that no cache may keep.
pub fn ready<S>(app: &App<S>, _: &Request<'_>) -> Result<Response, Problem> {
    let response = match app.lifecycle().stage() {
        Stage::Ready => with_body(200, JSON, r#"{"status":"ready"}"#),
        Stage::Starting => Problem::new(503, "the service is starting").response(),
        Stage::Draining => Problem::new(503, "the service is draining").response(),
    };
    Ok(response.with_header(no_store()))
}

fn no_store() -> Header {
    header("Cache-Control", "no-store")
}
