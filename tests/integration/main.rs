//! The service from outside: a real process, real sockets, every byte of a response. Names of tests are sentences.

// A test says what it expects by failing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../support/example.rs"]
mod example;
mod gateway;
#[allow(dead_code, reason = "shared with the other tests, which use more of it")]
#[path = "../support/harness.rs"]
mod harness;
mod lifecycle;
mod logs;
mod metrics;
mod routes;
mod settings;
