//! Clients that mean harm, by the thousand. None of them may stop the service, slow a well-behaved client or cost more than a bound.
//!
//! Without `MOTE_SOAK` there are fewer clients for a shorter time, so that every run of the tests holds the service to the same bars.

// A test says what it expects by failing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[allow(dead_code, reason = "shared with the other tests, which use more of it")]
#[path = "../support/harness.rs"]
mod harness;

#[path = "../support/example.rs"]
mod example;

mod bodies;
mod clients;
mod descriptors;
mod heads;
mod probe_client;
mod scale;
mod server_under_test;
mod slow;
