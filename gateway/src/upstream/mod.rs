//! The side of tiny_http: lasting connections, on which requests of many clients follow each other.

pub(crate) mod conn;
pub(crate) mod pool;
pub(crate) mod queue;
mod response;
pub(crate) mod server;
