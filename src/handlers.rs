//! What mote's own routes do, a file each.

mod health;
mod message;
mod metrics;

pub use health::{HEALTH_BODY, health, ready};
pub use message::message;
pub use metrics::metrics;
