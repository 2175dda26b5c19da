//! Everything that is counted.

use crate::app::App;
use crate::lifecycle::Stage;
use crate::metrics::{CONTENT_TYPE, text};
use crate::problem::Problem;
use crate::request::Request;
use crate::response::{Response, with_body};

/// The page that Prometheus reads.
///
/// # Errors
/// None.
pub fn metrics<S>(app: &App<S>, _: &Request<'_>) -> Result<Response, Problem> {
    let ready = app.lifecycle().stage() == Stage::Ready;
    Ok(with_body(200, CONTENT_TYPE, text(app.metrics(), app.counters(), ready)))
}
