//! The second service, `examples/quotes.rs`, over real sockets: what its routes do, and what hostile bodies cost.

// A test says what it expects by failing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../support/example.rs"]
mod example;
#[allow(dead_code, reason = "shared with the other tests, which use more of it")]
#[path = "../support/harness.rs"]
mod harness;

mod abuse;
mod routes;
mod waiting;

use std::process::Command;

use harness::{Reply, Service};

/// The example on a port that the operating system picks.
pub(crate) fn start(settings: &[(&str, &str)]) -> Service {
    let mut command = Command::new(example::build(env!("CARGO_PKG_NAME"), "quotes"));
    command.env_clear().envs([("MOTE_ADDRESS", "127.0.0.1"), ("MOTE_PORT", "0"), ("MOTE_METRICS_PORT", "0")]);
    command.envs(settings.iter().copied());
    Service::start_program(command)
}

/// A POST with a body of a media type.
pub(crate) fn post(quotes: &Service, media_type: &str, body: &str) -> Reply {
    quotes.post("/quotes", media_type, body)
}

/// A POST with a JSON body.
pub(crate) fn post_json(quotes: &Service, body: &str) -> Reply {
    post(quotes, "application/json", body)
}
