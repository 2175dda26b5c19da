//! mote: a minimal, production-ready web service for AWS Fargate.
//!
//! A service of one's own is a table of [`router::Route`]s over an [`app::App`]; `examples/quotes.rs` is a whole one.

pub mod app;
pub mod command;
pub mod config;
pub mod content;
pub mod handlers;
pub mod healthcheck;
pub mod json;
pub mod lifecycle;
pub mod logging;
pub mod metrics;
pub mod negotiate;
pub mod problem;
pub mod request;
pub mod response;
pub mod router;
pub mod routes;
pub mod server;
pub mod service;
pub mod target;
pub mod watchdog;
mod workers;
