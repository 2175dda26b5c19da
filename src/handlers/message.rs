//! The message of the settings.

use crate::app::App;
use crate::negotiate::prefers_json;
use crate::problem::{Problem, quote};
use crate::request::Request;
use crate::response::{JSON, Response, header, with_body};

/// The message as text or, to a client that prefers it, as JSON.
///
/// # Errors
/// None.
pub fn message<S>(app: &App<S>, request: &Request<'_>) -> Result<Response, Problem> {
    let message = &app.config().message;
    let response = if prefers_json(&request.list("Accept")) {
        with_body(200, JSON, format!(r#"{{"message":{}}}"#, quote(message)))
    } else {
        with_body(200, "text/plain; charset=utf-8", format!("{message}\n"))
    };
    Ok(response.with_header(header("Vary", "Accept")))
}
