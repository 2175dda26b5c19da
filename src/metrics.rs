//! Counts what happens, and tells it to Prometheus and to CloudWatch.

mod custom;
pub mod emf;
mod process;
mod prometheus;
mod registry;

pub use custom::Metric;
pub use prometheus::{CONTENT_TYPE, text};
pub use registry::Metrics;
