//! mote: the smallest web service that is fit for production on AWS Fargate.

pub mod app;
pub mod config;
pub mod healthcheck;
pub mod logging;
pub mod metrics;
pub mod problem;
pub mod routes;
pub mod server;
pub mod state;
pub mod watchdog;
